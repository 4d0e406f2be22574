"""Which notes begin in which output column, as targets of a prediction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from unisono.data.modality import Modality
from unisono.data.pages.strips import STRIP_HEIGHT
from unisono.data.pairs.source import Side

LOWEST_PITCH = 21
PITCHES = 88
ROW_PX = 2
"""Half a staff space: one row of targets for a line, one for the space beside it."""
UNKNOWN = -1
_STRIP_ROWS = STRIP_HEIGHT // ROW_PX

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class NoteTargets:
    """What begins in each column, as heads are to tell it.

    near: (B, rows, T') int8, where notes stand and which they are: ``STRIP_HEIGHT / ROW_PX`` rows
    of a strip and then the ``PITCHES`` keys of a piano, or these alone. far: (B, PITCHES, T') int8,
    which notes they are.

    1 where a note begins, 0 where none does, ``UNKNOWN`` where nobody says.
    """

    near: Tensor
    far: Tensor

    def part(self, rows: slice) -> NoteTargets:
        """Those of some items."""
        return NoteTargets(self.near[rows], self.far[rows])

    def map(self, change: Callable[[Tensor], Tensor]) -> NoteTargets:
        """Both changed alike."""
        return NoteTargets(change(self.near), change(self.far))


def near_rows(modality: str) -> int:
    """Rows of ``NoteTargets.near``."""
    return _STRIP_ROWS + PITCHES if modality == Modality.SHEET else PITCHES


def note_targets(
    sides: Sequence[Side], rate: float, stride: int, columns: int
) -> NoteTargets | None:
    """Targets of sides with note heads; None where none has any.

    rate: input columns for one unit of the side's places; stride: input columns to an output
    column; columns: output columns.
    """
    if all(side.heads is None for side in sides):
        return None
    rows = near_rows(sides[0].modality)
    near = np.full((len(sides), rows, columns), UNKNOWN, np.int8)
    far = np.full((len(sides), PITCHES, columns), UNKNOWN, np.int8)
    for item, side in enumerate(sides):
        if side.heads is None:
            continue
        place, row, pitch = np.asarray(side.heads, np.float64)
        column = output_columns(place, rate, stride)
        key = pitch.astype(np.int64) - LOWEST_PITCH
        _mark(far[item], key, column)
        near[item, rows - PITCHES :] = far[item]
        if rows > PITCHES and np.isfinite(row).all():
            _mark(near[item, :_STRIP_ROWS], np.floor(row / ROW_PX).astype(np.int64), column)
    return NoteTargets(torch.from_numpy(near), torch.from_numpy(far))


def output_columns(places: npt.NDArray[np.float64], rate: float, stride: int) -> Integers:
    """Output columns of places: column k is centred on input ``stride * k + (stride - 1) / 2``."""
    return np.round((places * rate - (stride - 1) / 2) / stride).astype(np.int64)


def _mark(targets: npt.NDArray[np.int8], row: Integers, column: Integers) -> None:
    """Set (rows, columns) to 0, and to 1 at what lies inside."""
    targets[:] = 0
    inside = (row >= 0) & (row < targets.shape[0]) & (column >= 0) & (column < targets.shape[1])
    targets[row[inside], column[inside]] = 1
