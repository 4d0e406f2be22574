"""Pieces prepared for training: a long strip, its notes in time and on the strip, and words.

A prepared piece is one file, so that preparation can stop and go on at any piece: ``.npz``, or
``.piece`` in a pack, with the strip in a few shades of gray (``data/building/packed_piece.py``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.data.engraving import Engraving
from unisono.data.pages.strips import LongStrip, cut_strips, join_strips

FEWEST_NOTES = 21
"""Pieces with fewer notes are left out of training."""

PACKED_SUFFIX = ".piece"


@dataclass(frozen=True)
class PieceFacts:
    """What is known of a piece beside its notes; empty strings where unknown."""

    collection: str
    identifier: str
    title: str
    composer: str
    licence: str
    instruments: tuple[str, ...]
    """One General MIDI family word a staff from the top: piano, voice, violin, viola, cello."""
    work: str = ""
    """Equal for versions, editions and layouts of one thing; the identifier stands in for it."""
    fifths: int | None = None
    """Sharps (above 0) or flats of the signature; with ``metre`` where it holds throughout."""
    metre: str = ""
    tempo_mark: str = ""
    """The words above the first bar."""


@dataclass(frozen=True)
class NotePlaces:
    """Where the notes of a piece stand in the score; one entry a note.

    page: (n,) int16 from 1; system: (n,) int32 from 0 through all pages; page_x, page_y: (n,)
    float32 pixels of the page, the centre of the note head, and width, height those of its box;
    strip_y: (n,) float32 row of the strip; measure: (n,) printed numbers; beat: (n,) float32
    quarters from the start.
    """

    page: npt.NDArray[np.int16]
    system: npt.NDArray[np.int32]
    page_x: npt.NDArray[np.float32]
    page_y: npt.NDArray[np.float32]
    width: npt.NDArray[np.float32]
    height: npt.NDArray[np.float32]
    strip_y: npt.NDArray[np.float32]
    measure: npt.NDArray[np.str_]
    beat: npt.NDArray[np.float32]


@dataclass(frozen=True)
class Piece:
    """A prepared piece.

    ink: (STRIP_HEIGHT, width) uint8, the long strip.
    onset_s, offset_s: (n,) float32; pitch: (n,) int16; staff: (n,) int16 from 0;
    x: (n,) float32 column of the note head's centre in ``ink``.
    places: where the notes stand in the score, where that was kept.
    system_start: (m,) int64 first column of each system in ``ink``, where that was kept.
    key: of what the piece was made from and how; empty for pieces of earlier versions.
    """

    facts: PieceFacts
    ink: npt.NDArray[np.uint8]
    onset_s: npt.NDArray[np.float32]
    offset_s: npt.NDArray[np.float32]
    pitch: npt.NDArray[np.int16]
    staff: npt.NDArray[np.int16]
    x: npt.NDArray[np.float32]
    places: NotePlaces | None = None
    system_start: npt.NDArray[np.int64] | None = None
    key: str = ""

    @property
    def name(self) -> str:
        """Collection and identifier."""
        return f"{self.facts.collection} {self.facts.identifier}"

    @property
    def work(self) -> str:
        """Of which it is a version."""
        return self.facts.work or self.name

    @property
    def duration_s(self) -> float:
        """Seconds from 0 to the end of the last note; 0 without notes."""
        return float(self.offset_s.max()) if len(self.offset_s) else 0.0

    def save(self, path: Path) -> None:
        """Write as compressed npz, whole or not at all."""
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        if self.places is not None:
            arrays |= {_PLACE + f.name: getattr(self.places, f.name) for f in fields(NotePlaces)}
        if self.system_start is not None:
            arrays["system_start"] = self.system_start
        partial = path.with_suffix(".partial")
        with partial.open("wb") as stream:
            np.savez_compressed(
                stream, facts=np.array(json.dumps(asdict(self.facts))), key=self.key, **arrays
            )
        partial.replace(path)

    @classmethod
    def load(cls, path: Path) -> Piece:
        """Read what ``save`` wrote, or a piece of a pack."""
        if path.suffix == PACKED_SUFFIX:
            from unisono.data.building.packed_piece import load_packed

            return load_packed(path)
        with np.load(path) as stored:
            facts = piece_facts(str(stored["facts"]))
            arrays = {name: stored[name] for name in stored.files if name not in ("facts", "key")}
            key = str(stored["key"]) if "key" in stored.files else ""
        placed = {name: arrays.pop(name) for name in list(arrays) if name.startswith(_PLACE)}
        places = {name.removeprefix(_PLACE): array for name, array in placed.items()}
        return cls(facts, places=NotePlaces(**places) if places else None, key=key, **arrays)


_ARRAYS = ("ink", "onset_s", "offset_s", "pitch", "staff", "x")
_PLACE = "place_"


def piece_facts(stored: str) -> PieceFacts:
    """Facts as a piece's file has them, also one of another version."""
    facts = json.loads(stored)
    facts["instruments"] = tuple(facts["instruments"])
    known = {field.name for field in fields(PieceFacts)}
    return PieceFacts(**{name: value for name, value in facts.items() if name in known})


def key_of(path: Path) -> str:
    """The key of a piece on disk; empty where there is none, or no readable piece."""
    try:
        with np.load(path) as stored:
            return str(stored["key"]) if "key" in stored.files else ""
    except (OSError, ValueError, EOFError):
        return ""
    except Exception as error:  # zipfile has errors of its own for a torn file
        if type(error).__name__ == "BadZipFile":
            return ""
        raise


def piece_paths(folder: Path) -> list[Path]:
    """Files of prepared pieces, in order of name."""
    return sorted([*folder.glob("*.npz"), *folder.glob(f"*{PACKED_SUFFIX}")])


def iterate_pieces(folder: Path) -> Iterator[Piece]:
    """Every prepared piece, one after the other."""
    return map(Piece.load, piece_paths(folder))


def load_pieces(folder: Path) -> list[Piece]:
    """Every prepared piece with more than twenty notes."""
    return [piece for piece in iterate_pieces(folder) if len(piece.pitch) >= FEWEST_NOTES]


def piece_from_engraving(engraving: Engraving, facts: PieceFacts) -> Piece:
    """Cut the systems of an engraving and place its notes on the long strip.

    Signature, metre and tempo words are those of the engraving.
    """
    heading = engraving.heading
    facts = replace(
        facts, fifths=heading.fifths, metre=heading.metre, tempo_mark=heading.tempo_mark
    )
    strip = long_strip(engraving)
    notes = engraving.notes
    x = [
        strip.column(int(system), float(column))
        for system, column in zip(notes.system, notes.x, strict=True)
    ]
    places = NotePlaces(
        page=notes.page,
        system=notes.system,
        page_x=notes.x.astype(np.float32),
        page_y=notes.y.astype(np.float32),
        width=notes.width.astype(np.float32),
        height=notes.height.astype(np.float32),
        strip_y=strip.heights(notes.system, notes.y),
        measure=notes.measure,
        beat=notes.beat.astype(np.float32),
    )
    return Piece(
        facts=facts,
        ink=strip.ink,
        onset_s=notes.onset_s.astype(np.float32),
        offset_s=np.maximum(notes.offset_s, notes.onset_s + 0.02).astype(np.float32),
        pitch=notes.pitch,
        staff=notes.staff,
        x=np.array(x, np.float32),
        places=places,
        system_start=strip.starts,
    )


def long_strip(engraving: Engraving) -> LongStrip:
    """All systems of an engraving side by side."""
    strips = []
    for number, page in enumerate(engraving.pages, start=1):
        systems = [system for system in engraving.systems if system.page == number]
        boxes = [system.box for system in systems]
        spaces = [staff_space(system.staves) for system in systems]
        strips.extend(cut_strips(page, boxes, spaces, number=number))
    return join_strips(strips)


def staff_space(staves: Sequence[tuple[float, float, float, float]]) -> float:
    """Median distance of staff lines, from boxes of five-line staves."""
    return float(np.median([(y1 - y0) / 4 for _, y0, _, y1 in staves]))
