"""Pieces prepared for training: a long strip, its notes in time and on the strip, and words.

A prepared piece is one ``.npz`` file, so that preparation can stop and go on at any piece.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.data.engraving import Engraving
from unisono.data.pages.strips import LongStrip, cut_strips, join_strips


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


@dataclass(frozen=True)
class Piece:
    """A prepared piece.

    ink: (STRIP_HEIGHT, width) uint8, the long strip.
    onset_s, offset_s: (n,) float32; pitch: (n,) int16; staff: (n,) int16 from 0;
    x: (n,) float32 column of the note head's centre in ``ink``.
    """

    facts: PieceFacts
    ink: npt.NDArray[np.uint8]
    onset_s: npt.NDArray[np.float32]
    offset_s: npt.NDArray[np.float32]
    pitch: npt.NDArray[np.int16]
    staff: npt.NDArray[np.int16]
    x: npt.NDArray[np.float32]

    def save(self, path: Path) -> None:
        """Write as compressed npz, whole or not at all."""
        partial = path.with_suffix(".partial")
        with partial.open("wb") as stream:
            np.savez_compressed(
                stream,
                facts=np.array(json.dumps(asdict(self.facts))),
                ink=self.ink,
                onset_s=self.onset_s,
                offset_s=self.offset_s,
                pitch=self.pitch,
                staff=self.staff,
                x=self.x,
            )
        partial.replace(path)

    @classmethod
    def load(cls, path: Path) -> Piece:
        """Read what ``save`` wrote."""
        with np.load(path) as stored:
            facts = json.loads(str(stored["facts"]))
            facts.pop("words", None)  # in pieces prepared earlier; nothing read it
            facts["instruments"] = tuple(facts["instruments"])
            arrays = {name: stored[name] for name in stored.files if name != "facts"}
        return cls(PieceFacts(**facts), **arrays)


def load_pieces(folder: Path) -> list[Piece]:
    """Every prepared piece with more than twenty notes."""
    pieces = [Piece.load(path) for path in sorted(folder.glob("*.npz"))]
    return [piece for piece in pieces if len(piece.pitch) > 20]


def piece_from_engraving(engraving: Engraving, facts: PieceFacts) -> Piece:
    """Cut the systems of an engraving and place its notes on the long strip."""
    strip = long_strip(engraving)
    notes = engraving.notes
    x = [
        strip.column(int(system), float(column))
        for system, column in zip(notes.system, notes.x, strict=True)
    ]
    return Piece(
        facts=facts,
        ink=strip.ink,
        onset_s=notes.onset_s.astype(np.float32),
        offset_s=np.maximum(notes.offset_s, notes.onset_s + 0.02).astype(np.float32),
        pitch=notes.pitch,
        staff=notes.staff,
        x=np.array(x, np.float32),
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
