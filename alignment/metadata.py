"""Title and composer, as far as a file itself names them."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from unisono.data.modality import Modality

_HEAD_BYTES = 65_536
_COMPOSER = re.compile(r"<creator\b[^>]*type=[\"']composer[\"'][^>]*>([^<]*)<", re.DOTALL)
_WORK = re.compile(r"<work-title\b[^>]*>([^<]*)<", re.DOTALL)
_MOVEMENT = re.compile(r"<movement-title\b[^>]*>([^<]*)<", re.DOTALL)


@dataclass(frozen=True)
class Metadata:
    """What a table shows of an item; the title is the file's own, else its name."""

    title: str
    composer: str | None = None


def read_metadata(path: Path, modality: Modality) -> Metadata:
    """Read the tags of a recording or the header of MusicXML; else the file's name as title.

    A tag that cannot be read is no fault of the music: the name then stands in.
    """
    title: str | None = None
    composer: str | None = None
    try:
        if modality is Modality.AUDIO:
            title, composer = _audio_tags(path)
        elif modality is Modality.SHEET and path.suffix.lower() in {".xml", ".musicxml", ".mxl"}:
            title, composer = _musicxml_header(path)
    except Exception:
        # Tags are decoration, and their parsers raise what they like on damaged files.
        title, composer = None, None
    return Metadata(title or path.stem.replace("_", " "), composer)


def _audio_tags(path: Path) -> tuple[str | None, str | None]:
    import av

    with av.open(str(path), metadata_errors="replace") as container:
        tags = {key.lower(): value for key, value in container.metadata.items()}
        # Ogg keeps its tags with the stream.
        for stream in container.streams.audio:
            tags |= {key.lower(): value for key, value in stream.metadata.items()}
    return _clean(tags.get("title")), _clean(tags.get("composer"))


def _musicxml_header(path: Path) -> tuple[str | None, str | None]:
    head = _compressed_head(path) if zipfile.is_zipfile(path) else _plain_head(path)
    encoding = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    text = head.decode(encoding, errors="replace")
    work, movement = _first(_WORK, text), _first(_MOVEMENT, text)
    title = f"{work}: {movement}" if work and movement and work != movement else work or movement
    return title, _first(_COMPOSER, text)


def _plain_head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD_BYTES)


def _compressed_head(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        names = [n for n in archive.namelist() if n.endswith("xml") and "META-INF" not in n]
        if not names:
            return b""
        with archive.open(names[0]) as file:
            return file.read(_HEAD_BYTES)


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return _clean(unescape(found.group(1))) if found else None


def _clean(value: str | None) -> str | None:
    return " ".join(value.split()) or None if value else None
