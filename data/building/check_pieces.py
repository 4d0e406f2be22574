"""What can be wrong with a prepared piece."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from unisono.data.building.duplicates import Shingles, note_shingles
from unisono.data.corpus import FEWEST_NOTES, Piece

_LEAST_INK = 0.002
"""Share of dark pixels of a system with nothing but staff lines is some ten times as much."""

_DARK = 96


@dataclass(frozen=True)
class PieceSummary:
    """What is remembered of a piece to compare it with the others."""

    name: str
    split: str
    work: str
    shingles: Shingles


def summarise(piece: Piece, name: str, split: str, work: str) -> PieceSummary:
    """A piece in a few kilobytes."""
    return PieceSummary(name, split, work, note_shingles(piece.onset_s, piece.pitch))


def faults_of_piece(piece: Piece) -> Iterator[tuple[str, str, str]]:
    """(level, kind, what) of everything that is wrong with a piece."""
    count, width = len(piece.pitch), piece.ink.shape[1]
    if count < FEWEST_NOTES:
        yield "note", "few notes", f"{count} notes; training leaves it out"
    if not count:
        return
    lengths = {len(getattr(piece, name)) for name in ("onset_s", "offset_s", "staff", "x")}
    if lengths != {count}:
        yield "error", "notes", "its arrays are of different lengths; build it again"
        return
    if not np.isfinite(piece.onset_s).all() or (piece.offset_s <= piece.onset_s).any():
        yield "error", "notes", "notes without a time, or without a length"
    outside = int(((piece.x < 0) | (piece.x >= width) | ~np.isfinite(piece.x)).sum())
    if outside:
        yield "error", "outside", f"{outside} of {count} notes stand outside the strip"
    if piece.places is not None:
        rows = piece.places.strip_y
        above = int(((rows < 0) | (rows >= piece.ink.shape[0])).sum())
        if above:
            yield "note", "outside", f"{above} of {count} notes are above or below the strip"
    yield from _empty_systems(piece)
    if not piece.facts.title:
        yield "note", "no title", "captions cannot name it"


def _empty_systems(piece: Piece) -> Iterator[tuple[str, str, str]]:
    dark = (piece.ink > _DARK).mean(0)
    starts = [0] if piece.system_start is None else [int(start) for start in piece.system_start]
    parts = np.split(dark, starts[1:])
    empty = [row for row, part in enumerate(parts, start=1) if part.mean() < _LEAST_INK]
    if len(empty) == len(parts):
        yield "error", "empty", "there is no ink on its strip"
    elif empty:
        yield "error", "empty", f"no ink in {len(empty)} of {len(parts)} systems: {empty[:5]}"
