"""MusicXML: the text of a score, plain or compressed, and what its head says."""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from unisono.data.errors import ReadError

MAX_BYTES = 64 << 20
"""Uncompressed size of a score at most; the largest orchestral scores have some 40 MiB."""

_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_ENCODING = re.compile(rb"""^\s*<\?xml[^>]*encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_CONTAINER = "META-INF/container.xml"
_REPACK = "export the score again"


def read_musicxml(path: Path) -> str:
    """Return the score as XML text, out of .musicxml, .xml or .mxl.

    Raises: ReadError for a file that is no MusicXML, is broken, too large, or defines entities
    (a few bytes of which can unfold into gigabytes).
    """
    try:
        with path.open("rb") as file:
            head = file.read(4)
        if head.startswith(b"PK"):
            data = _score_in_archive(path)
        else:
            if path.stat().st_size > MAX_BYTES:
                raise _too_large(path)
            data = path.read_bytes()
    except OSError as error:
        raise ReadError(path, f"cannot be opened ({error.strerror})", "check the name") from error
    text = _decode(path, data)
    if "<!ENTITY" in text:
        raise ReadError(path, "defines XML entities, which scores do not need", _REPACK)
    if not has_score_root(text[:100_000]):
        raise ReadError(path, "is not MusicXML", "export the score as MusicXML")
    return text


def has_score_root(text: str) -> bool:
    """Tell whether the start of an XML text opens a MusicXML score."""
    return re.search(r"<(?:\w+:)?score-(?:partwise|timewise)\b", text) is not None


def is_score_archive(path: Path) -> bool:
    """Tell whether a zip archive is a compressed MusicXML score."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _root_name(archive) is not None
    except (zipfile.BadZipFile, ElementTree.ParseError, RuntimeError, OSError, zlib.error):
        return False


def musicxml_title(xml: str) -> str | None:
    """Titles of the work and of the movement, else the text marked as title; None without."""
    head = _head(xml)
    work, movement = _text(head.find("work/work-title")), _text(head.find("movement-title"))
    if work and movement and movement not in work:
        return movement if work in movement else f"{work}: {movement}"
    if work or movement:
        return work or movement
    for credit in head.iter("credit"):
        if _text(credit.find("credit-type")) == "title" and (
            words := _text(credit.find("credit-words"))
        ):
            return words
    return None


def musicxml_composer(xml: str) -> str | None:
    """The creator whose type is composer, else the one without a type; None without."""
    creators = _head(xml).findall("identification/creator")
    for kind in ("composer", None):
        for creator in creators:
            if creator.get("type") == kind and (text := _text(creator)):
                return text
    return None


def _too_large(path: Path) -> ReadError:
    return ReadError(path, f"is larger than {MAX_BYTES >> 20} MiB of XML", "split the score")


def _root_name(archive: zipfile.ZipFile) -> str | None:
    """Name of the score inside the archive: what the container says, else the first XML file."""
    names = archive.namelist()
    if _CONTAINER in names:
        with archive.open(_CONTAINER) as file:
            container = file.read(1 << 20)
        if b"<!ENTITY" not in container:
            for element in ElementTree.fromstring(container).iter():
                name = element.get("full-path")
                kind = element.get("media-type")
                if name in names and (kind is None or "musicxml" in kind):
                    return name
    scores = (".musicxml", ".xml")
    inside = [n for n in names if not n.startswith(("META-INF/", "__MACOSX/", "_rels/", "["))]
    return next((n for n in inside if n.lower().endswith(scores) and "/" not in n), None)


def _score_in_archive(path: Path) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive:
            name = _root_name(archive)
            if name is None:
                raise ReadError(path, "is an archive without a score in it", _REPACK)
            with archive.open(name) as file:
                data = file.read(MAX_BYTES + 1)  # what its directory says of its size may lie
    except (zipfile.BadZipFile, ElementTree.ParseError, zlib.error, EOFError) as error:
        raise ReadError(path, "is a broken archive", _REPACK) from error
    except RuntimeError as error:
        raise ReadError(path, "is encrypted", "save it without a password") from error
    if len(data) > MAX_BYTES:
        raise _too_large(path)
    return data


def _decode(path: Path, data: bytes) -> str:
    """Decode by mark or declaration; what is returned declares UTF-8, as it will be handed on."""
    try:
        text = data.decode(_encoding(data))
    except (UnicodeDecodeError, LookupError) as error:
        raise ReadError(path, "is not in the encoding that it declares", _REPACK) from error
    return _DECLARATION.sub('<?xml version="1.0" encoding="UTF-8"?>', text, count=1)


def _encoding(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if data.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    if data.startswith(b"<\0"):
        return "utf-16-le"
    if data.startswith(b"\0<"):
        return "utf-16-be"
    declared = _ENCODING.match(data[:1000])
    return declared.group(1).decode("ascii") if declared else "utf-8"


def _head(xml: str) -> ElementTree.Element:
    """Parse what stands before the first part, so that a long score costs no more."""
    parser: Any = ElementTree.XMLPullParser(["start"])
    root: ElementTree.Element | None = None
    try:
        for start in range(0, len(xml), 1 << 14):
            parser.feed(xml[start : start + (1 << 14)])
            for _, element in parser.read_events():
                root = element if root is None else root
                if element.tag in ("part", "measure"):
                    return root
    except ElementTree.ParseError:
        pass  # a title is welcome, not needed
    return ElementTree.Element("score-partwise") if root is None else root


def _text(element: ElementTree.Element | None) -> str | None:
    return (" ".join("".join(element.itertext()).split()) or None) if element is not None else None
