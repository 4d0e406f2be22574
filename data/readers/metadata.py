"""Title, composer and year, as far as a file itself names them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from unisono.data.errors import ReadError
from unisono.data.modality import Modality

_YEAR = re.compile(r"\b(1[0-9]{3}|20[0-9]{2})\b")
_TITLE_CHARACTERS = 80
_TAG_CHARACTERS = 500


@dataclass(frozen=True)
class Metadata:
    """What a file says of itself; ``title`` is never empty."""

    title: str
    composer: str | None = None
    artist: str | None = None
    album: str | None = None
    year: int | None = None


def read_metadata(path: Path, modality: Modality) -> Metadata:
    """Read tags, names and headings, without decoding sound or drawing pages.

    The title falls back to the file's name. Never raises for a file whose own reader has read
    it: what a broken tag says is left out.
    """
    try:
        named = _read(path, modality)
    except ReadError:
        named = None
    return _cut_to_size(named or Metadata(_stem(path)))


def _read(path: Path, modality: Modality) -> Metadata | None:
    if modality is Modality.AUDIO:
        return _audio_tags(path)
    if modality is Modality.MIDI:
        from unisono.data.readers.midi import title_of
        from unisono.data.readers.midi_events import read_events

        return Metadata(title_of(read_events(path, most_tracks=1)) or _stem(path))
    if modality is Modality.SHEET:
        return _sheet_heading(path)
    if modality is Modality.TEXT:
        from unisono.data.readers.text import read_text

        line = read_text(path, limit=1000).splitlines()[0].strip().lstrip("# ")
        return Metadata(_shorten(line) or _stem(path))
    return None


def _cut_to_size(named: Metadata) -> Metadata:
    """A tag may hold a book, or a picture by mistake; a catalogue has no use for it."""

    def cut(text: str | None) -> str | None:
        return text and text[:_TAG_CHARACTERS]

    return Metadata(
        named.title[:_TAG_CHARACTERS],
        cut(named.composer),
        cut(named.artist),
        cut(named.album),
        named.year,
    )


def _stem(path: Path) -> str:
    return " ".join(path.stem.replace("_", " ").split()) or path.name


def _shorten(line: str) -> str:
    if len(line) <= _TITLE_CHARACTERS:
        return line
    return line[:_TITLE_CHARACTERS].rsplit(" ", 1)[0] + " …"


def _audio_tags(path: Path) -> Metadata | None:
    import av

    from unisono.data.readers.audio import open_container

    try:
        with open_container(path) as container:
            tags = {key.lower(): value for key, value in container.metadata.items()}
            for stream in container.streams.audio[:1]:  # Ogg keeps its tags with the stream
                tags |= {key.lower(): value for key, value in stream.metadata.items()}
    except (av.FFmpegError, ValueError, OverflowError):
        return None

    def tag(*names: str) -> str | None:
        found = (" ".join(tags.get(name, "").replace("\0", " ").split()) for name in names)
        return next(filter(None, found), None)

    year = _YEAR.search(tag("date", "year", "tyer", "originaldate") or "")
    return Metadata(
        title=tag("title") or _stem(path),
        composer=tag("composer"),
        artist=tag("artist", "album_artist"),
        album=tag("album"),
        year=int(year.group(1)) if year else None,
    )


def _sheet_heading(path: Path) -> Metadata | None:
    from unisono.data.readers.musicxml import musicxml_composer, musicxml_title, read_musicxml
    from unisono.data.readers.page import pdf_title
    from unisono.data.readers.regular_file import read_bytes
    from unisono.data.readers.score_archive import is_score_archive

    head = read_bytes(path, 1024)
    if b"%PDF-" in head:
        title, author = pdf_title(path)
        return Metadata(title or _stem(path), composer=author)
    is_xml = head.lstrip(b"\xff\xfe\xef\xbb\xbf\0 \t\r\n").startswith(b"<")
    if is_xml or (head.startswith(b"PK") and is_score_archive(path)):
        xml = read_musicxml(path)
        return Metadata(musicxml_title(xml) or _stem(path), composer=musicxml_composer(xml))
    return None
