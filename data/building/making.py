"""One entry of a source into prepared pieces, with a key of what they are made from and how."""

from __future__ import annotations

import hashlib
import json
import random
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.data.corpus import Piece, PieceFacts, piece_from_engraving
from unisono.data.errors import ReadError
from unisono.data.sources.entry import Entry, Media, Role

VERSION = 5
"""Of how pieces are made; a change makes all of them anew."""

EXCHANGED = "-exchanged"
"""Behind the name of a collection, whose pieces these are in exchanged clefs."""

_ACCOMPANIMENT = 0.7  # share of copies without the first of several parts: two staves, as a piano
_MUSICXML = (".musicxml", ".mxl", ".xml")
_SEEN_BY_PIECES: tuple[Role, ...] = ("score", "page", "midi")
_WHOLE_BYTES = 64 << 20  # larger files are known by size and time of change


@dataclass(frozen=True)
class PieceSpec:
    """How a piece of an entry is to be made; all of it is part of the key.

    layout: number of the page layout, from 0; several layouts are several editions of a piece.
    exchange: from 1, number of a copy in exchanged clefs; 0 is the piece as it is.
    """

    layout: int = 0
    exchange: int = 0
    seed: int = 0
    keep_pages: bool = False


def makes_pieces(entry: Entry) -> bool:
    """Whether the notes of an entry can be placed on pages."""
    return entry.load_piece is not None or "score" in entry.media


def can_exchange_clefs(entry: Entry) -> bool:
    """Whether an entry is engraved from MusicXML, whose clefs can be exchanged."""
    scores = entry.media.get("score", ())
    return len(scores) == 1 and _is_musicxml(scores[0])


def main_file(entry: Entry) -> Path | None:
    """The file that a piece of an entry is made of first of all; None where it names none."""
    files = [media.path for role in _SEEN_BY_PIECES for media in entry.media.get(role, ())]
    return files[0] if files else None


def piece_key(entry: Entry, source: str, spec: PieceSpec) -> str:
    """Equal where a piece would be the same: contents of its files, facts and settings."""
    contents = [
        [role, media.path.name, media.member, file_hash(media.path)]
        for role in _SEEN_BY_PIECES
        for media in entry.media.get(role, ())
    ]
    facts = [source, entry.identifier, entry.work, entry.title, entry.composer, entry.licence]
    known = json.dumps([VERSION, asdict(spec), facts, contents], ensure_ascii=False)
    return hashlib.sha256(known.encode()).hexdigest()[:24]


def file_hash(path: Path) -> str:
    """Of the content; of size and time of change where a file is larger than 64 MiB."""
    facts = path.stat()
    if facts.st_size > _WHOLE_BYTES:
        return f"{facts.st_size} {facts.st_mtime_ns}"
    return hashlib.sha256(path.read_bytes()).hexdigest()


def make_piece(
    entry: Entry, source: str, spec: PieceSpec
) -> tuple[Piece, Sequence[npt.NDArray[np.uint8]]]:
    """The piece, and its pages where it was engraved; raises ReadError and what readers raise."""
    engraved = spec.exchange or (spec.keep_pages and "score" in entry.media)
    own = spec.layout == 0 and not engraved
    if entry.load_piece is not None and own:
        piece = entry.load_piece()
        facts = replace(
            piece.facts, collection=source, identifier=entry.identifier, work=entry.work
        )
        return replace(piece, facts=facts), ()
    media = entry.media["score"]
    if len(media) > 1:
        name = f"{media[0].path} and {len(media) - 1} more"
        raise ReadError(name, "several scores of one entry", "give each an entry of its own")
    return _engraved(entry, source, spec, media[0])


def save_piece(
    entry: Entry,
    source: str,
    spec: PieceSpec,
    key: str,
    target: Path,
    page_path: Callable[[int], Path],
) -> None:
    """Make a piece and write it, whole or not at all; its pages first, where they are kept."""
    piece, pages = make_piece(entry, source, spec)
    if spec.keep_pages:
        from PIL import Image

        for number, page in enumerate(pages, start=1):
            path = page_path(number)
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(page // 17 * 17).save(path, optimize=True)  # 16 shades
    replace(piece, key=key).save(target)


def take_out(media: Media, target: Path) -> None:
    """A member of an archive as a file, or a part of a recording as FLAC at 16 kHz."""
    partial_path = target.with_name(f"{target.stem}.partial{target.suffix}")
    if media.start_s == 0 and media.end_s is None:
        partial_path.write_bytes(read_member(media))
    else:
        import soundfile

        from unisono.data.pairs.source import WAVEFORM_RATE
        from unisono.data.readers.recording import open_recording

        with tempfile.TemporaryDirectory() as folder:
            path = media.path
            if media.member:
                path = Path(folder) / Path(media.member).name
                path.write_bytes(read_member(media))
            recording = open_recording(path, WAVEFORM_RATE)
            end = recording.duration_s if media.end_s is None else media.end_s
            sound = recording.read(media.start_s, end - media.start_s)
        soundfile.write(partial_path, sound, WAVEFORM_RATE, format="FLAC")
    partial_path.replace(target)


def read_score(media: Media) -> str:
    """The text of a score file or of a member of an archive; raises ReadError."""
    from unisono.data.readers.musicxml import read_musicxml

    if not media.member:
        if media.path.suffix.lower() in _MUSICXML:
            return read_musicxml(media.path)
        return _decoded(media.path, media.path.read_bytes())
    content = read_member(media)
    if Path(media.member).suffix.lower() not in _MUSICXML:
        return _decoded(media.path, content)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / Path(media.member).name
        path.write_bytes(content)
        return read_musicxml(path)


def read_member(media: Media) -> bytes:
    """The bytes of a member of a zip or tar archive; raises ReadError."""
    try:
        if zipfile.is_zipfile(media.path):
            with zipfile.ZipFile(media.path) as archive:
                return archive.read(media.member)
        with tarfile.open(media.path) as tape:
            member = tape.extractfile(media.member)
            if member is not None:
                return member.read()
    except (KeyError, OSError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise ReadError(media.path, f"{media.member} cannot be taken out of it ({error})") from None
    raise ReadError(media.path, f"{media.member} in it is no file")


def _engraved(
    entry: Entry, source: str, spec: PieceSpec, media: Media
) -> tuple[Piece, Sequence[npt.NDArray[np.uint8]]]:
    from unisono.data.engraving import engrave
    from unisono.data.scores.layout import draw_layout
    from unisono.data.sources.openscore import staff_instruments

    score = read_score(media)
    drawing = f"{entry.identifier} {spec.seed} {spec.layout}"
    if spec.exchange:
        drawing += f" exchange {spec.exchange}"
        score = _exchanged(score, random.Random(drawing))
        source = f"{source}{EXCHANGED}"
    layout = draw_layout(random.Random(drawing))
    engraving = engrave(score, layout, name=str(media.path / media.member))
    musicxml = _is_musicxml(media)
    facts = PieceFacts(
        collection=source,
        identifier=entry.identifier,
        title=entry.title,
        composer=entry.composer,
        licence=entry.licence,
        instruments=staff_instruments(score) if musicxml else (),
        work=entry.work,
    )
    return piece_from_engraving(engraving, facts), engraving.pages


def _exchanged(score: str, drawing: random.Random) -> str:
    from unisono.data.scores.exchanged_clefs import exchange_clefs, without_first_part

    if drawing.random() < _ACCOMPANIMENT:
        score = without_first_part(score)
    return exchange_clefs(score, drawing)


def _is_musicxml(media: Media) -> bool:
    return Path(media.member or media.path).suffix.lower() in _MUSICXML


def _decoded(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")  # kern of the nineties
