"""MusicXML: the text of a score, plain or compressed, and what its head says."""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from unisono.data.errors import ReadError
from unisono.data.readers.regular_file import read_bytes
from unisono.data.readers.score_archive import score_in_archive

MAX_BYTES = 64 << 20
"""Uncompressed size of a score at most; the largest orchestral scores have some 40 MiB."""

_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_ENCODING = re.compile(rb"""^\s*<\?xml[^>]*encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
# Of characters only: Python knows others by name, some of which take hours for a long text.
_ENCODINGS = re.compile(
    r"ascii|utf-(8|16|32)(-\w+)?|iso8859-\d+|cp\d+|koi8-\w|mac-\w+|(shift_jis|euc_|gb|big5)\w*"
)
_REPACK = "export the score again"
_BEFORE_XML = b"\xef\xbb\xbf\xff\xfe \t\r\n\0"  # marks of the encoding, and white space
_HEAD_CHARACTERS = 1 << 20


def read_musicxml(path: Path) -> str:
    """Return the score as XML text, out of .musicxml, .xml or .mxl.

    Raises: ReadError for a file that is no MusicXML, is broken, too large, or defines entities
    (a few bytes of which can unfold into gigabytes).
    """
    read = score_in_archive if read_bytes(path, 2) == b"PK" else read_bytes
    data = read(path, MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ReadError(path, f"is larger than {MAX_BYTES >> 20} MiB of XML", "split the score")
    if read is read_bytes and not data[:100].lstrip(_BEFORE_XML).startswith(b"<"):
        raise ReadError(path, "is no score: neither XML nor a zip archive of it", _REPACK)
    text = decode_xml(path, data)
    if not has_score_root(text[:100_000]):
        raise ReadError(path, "is not MusicXML", "export the score as MusicXML")
    return text


def has_score_root(text: str) -> bool:
    """Tell whether the start of an XML text opens a MusicXML score."""
    return re.search(r"<(?:\w+:)?score-(?:partwise|timewise)\b", text) is not None


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


def decode_xml(path: Path, data: bytes) -> str:
    """Decode by mark or declaration; what is returned declares UTF-8, as it will be handed on.

    Raises: ReadError for what is in another encoding than it says, or defines entities.
    """
    try:
        encoding = codecs.lookup(_encoding(data)).name
        if not _ENCODINGS.fullmatch(encoding):
            raise LookupError(encoding)
        text = data.decode(encoding)
    except (UnicodeError, LookupError) as error:
        raise ReadError(path, "is not in the encoding that it declares", _REPACK) from error
    if "<!ENTITY" in text:
        raise ReadError(path, "defines XML entities, which scores do not need", _REPACK)
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
    """Parse what stands before the first part, so that a long score costs no more.

    A head of more than a million characters is cut off there: it is no head.
    """
    parser: Any = ElementTree.XMLPullParser(["start"])
    root: ElementTree.Element | None = None
    try:
        for start in range(0, min(len(xml), _HEAD_CHARACTERS), 1 << 14):
            parser.feed(xml[start : start + (1 << 14)])
            for _, element in parser.read_events():
                root = element if root is None else root
                if element.tag in ("part", "measure"):
                    return root
    except (ElementTree.ParseError, ValueError):
        pass  # a title is welcome, not needed
    return ElementTree.Element("score-partwise") if root is None else root


def _text(element: ElementTree.Element | None) -> str | None:
    return (" ".join("".join(element.itertext()).split()) or None) if element is not None else None
