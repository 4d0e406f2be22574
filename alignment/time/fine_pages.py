"""A way along pages made finer: through every column, where passages were compared before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from unisono.alignment.time.band import Band
from unisono.alignment.time.column_path import ColumnPath, Ints, follow_columns
from unisono.alignment.time.cost import MOST_CELLS
from unisono.alignment.time.score import Floats, centres
from unisono.data.places import Region

if TYPE_CHECKING:
    from unisono.alignment.time.alignment import Alignment
    from unisono.towers.encoding import Passages
    from unisono.towers.space import Space

FINEST_HOP_S = 0.1
"""Of recordings; the columns of pages are a staff space wide."""
REACH_COLUMNS = 256
REACH_S = 1.0
"""How far from the way of passages a column may be: two to three systems, and a second of it."""
LATE_S = 0.005
"""By which ways along pages are late: an attack is seen once it has begun."""

_MOMENT_S = 1e-3


def finer_on_pages(space: Space, recording: Path, found: Alignment) -> Alignment:
    """The same alignment with a way through all columns of a recording and of its pages.

    Its probabilities stay; a pair of more than ``MOST_CELLS`` near its way keeps the way it has.
    Raises ReadError.
    """
    score = found.score
    if score.fine is None or len(score.fine) == len(score.passages):
        return found
    played = space.encode_item(recording, hop_s=FINEST_HOP_S)
    seconds = centres(played.passages)
    band = _around(found, seconds, len(score.fine))
    if band.cells > MOST_CELLS:
        return found
    path = follow_columns(
        space.weigh(played.passages.vectors, played.modality, score.modality, "passage"),
        played.passages.weights > 0,
        score.fine.vectors,
        starts_of_systems(score.fine),
        band,
    )
    recording_s, columns = _with_jumps(seconds, path)
    recording_s = recording_s - LATE_S
    confidences = np.interp(recording_s, found.recording_s, found.confidences)
    return replace(
        found,
        recording_s=recording_s,
        positions=columns / score.columns_a_passage,
        confidences=confidences.astype(np.float32),
    )


def starts_of_systems(fine: Passages) -> list[int]:
    """First column of each system, in the order of the columns; a system may come again."""
    regions = [place for place in fine.places if isinstance(place, Region)]
    systems = np.array([(region.page, region.system) for region in regions])
    edges = np.array([region.x0 + region.x1 for region in regions])
    begun = (systems[1:] != systems[:-1]).any(axis=1) | (np.diff(edges) < 0)
    return [0, *(np.flatnonzero(begun) + 1).tolist()]


def _around(found: Alignment, seconds: Floats, columns: int) -> Band:
    """The columns near the way that was found, for each of some seconds of the recording."""
    each = found.score.columns_a_passage

    def column(shift_s: float) -> Ints:
        near = np.interp(seconds + shift_s, found.recording_s, found.positions * each)
        return np.asarray(np.rint(near), np.int64)

    low = np.clip(column(-REACH_S) - REACH_COLUMNS, 0, columns - 1)
    return Band(low, np.clip(column(REACH_S) + REACH_COLUMNS, low + 1, columns))


def _with_jumps(seconds: Floats, path: ColumnPath) -> tuple[Floats, Floats]:
    """Seconds and columns with two pairs more where a system is left: the way does not go between.

    It stays until half-way to the first moment that is in another system.
    """
    after = np.flatnonzero(np.diff(path.section)) + 1
    jump_s = (seconds[after - 1] + seconds[after]) / 2
    recording_s = np.insert(seconds, np.repeat(after, 2), _pairs(jump_s - _MOMENT_S, jump_s))
    columns = np.insert(
        path.columns, np.repeat(after, 2), _pairs(path.columns[after - 1], path.columns[after])
    )
    return recording_s, columns


def _pairs(first: Floats, second: Floats) -> Floats:
    return np.stack([first, second], axis=1).ravel()
