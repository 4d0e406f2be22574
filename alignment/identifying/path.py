"""One way through query and item on which their passages agree, one after the other.

A local alignment (Smith and Waterman, "Identification of common molecular subsequences", 1981)
whose rows are the passages of the query and whose columns are those of an item. The value of a
cell is its score less ``THRESHOLD``, and the best path to it is

    D(i, j) = value(i, j) + max(0, max over k of D(i - 1, j - k) - TOLL |k - e| / max(1, e))

with k from 1 / ``FREEDOM`` to ``FREEDOM`` times e, the columns that the pace says. So a path may
begin and end anywhere, each query passage counts once, and tempo may bend around its mean. All
paces within reason are tried: pages have no tempo, and recordings have their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import cast

import numpy as np
import numpy.typing as npt

from unisono.towers.encoding import FloatArray

THRESHOLD = 1.0
"""Deviations above unrelated passages that a cell needs to speak for a path."""
FREEDOM = 1.5
"""How far the tempo from one passage to the next may be from the pace of the path."""
TOLL = 0.5
"""What it costs to leave the pace; without it a path might stand still on one passage."""

Integers = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Path:
    """Cells (m, 2) as (row, column), rows rising and columns never falling, and their value.

    gain: sum of the values along it, at least 0. Without a cell above the threshold m is 0.
    """

    cells: Integers
    gain: float


NOWHERE = Path(np.empty((0, 2), np.intp), 0.0)


def best_path(scores: FloatArray, positions: Floats, paces: Floats) -> Path:
    """The path with the highest gain through scores (q, n), of all paces.

    positions: (q,) where the query passages lie, rising. paces: columns for each unit of position.
    """
    found = NOWHERE
    if not scores.size:
        return found
    values = scores - np.float32(THRESHOLD)
    for pace in paces:
        one = path_at(values, positions * pace)
        if one.gain > found.gain:
            found = one
    return found


def path_at(values: FloatArray, positions: Floats) -> Path:
    """The best path through values (q, n), given columns (q,) where a path at pace would be."""
    columns = values.shape[1]
    advances = np.diff(positions)
    low = np.minimum(np.floor(advances / FREEDOM), columns).astype(np.int64)
    high = np.minimum(np.maximum(np.ceil(advances * FREEDOM), low + 1), columns).astype(np.int64)
    # Rounded together, not one by one: a pace of half a column goes on in every second row.
    expected = np.diff(np.rint(positions - positions[0]))
    steps = np.empty(values.shape, np.int32)
    toll = TOLL / np.maximum(1.0, expected)
    gain, row, column = _compiled()(
        np.ascontiguousarray(values, np.float32), low, high, expected, toll, steps
    )
    if gain <= 0:
        return NOWHERE
    cells = [(row, column)]
    while steps[row, column] >= 0:
        column -= int(steps[row, column])
        row -= 1
        cells.append((row, column))
    return Path(np.array(cells[::-1], np.intp), float(gain))


def by_chance(scores: FloatArray, positions: Floats, paces: Floats) -> float:
    """The gain where the item runs backwards: what its passages give without their order."""
    return best_path(scores[:, ::-1], positions, paces).gain


@cache
def _compiled() -> Callable[..., tuple[float, int, int]]:
    # Here, not at import: numba is slow to import, and compiles once into its own cache.
    from numba import njit

    return cast("Callable[..., tuple[float, int, int]]", njit(cache=True)(_accumulate))


def _accumulate(
    values: FloatArray,
    low: npt.NDArray[np.int64],
    high: npt.NDArray[np.int64],
    expected: Floats,
    toll: Floats,
    steps: npt.NDArray[np.int32],
) -> tuple[float, int, int]:
    """Fill ``steps`` (q, n), columns back to the cell before or -1; the best sum and its cell."""
    rows, columns = values.shape
    above = np.zeros(columns, np.float64)
    here = np.zeros(columns, np.float64)
    best, best_row, best_column = -np.inf, 0, 0
    for i in range(rows):
        for j in range(columns):
            before, step = 0.0, -1
            if i > 0:
                for k in range(low[i - 1], min(high[i - 1], j) + 1):
                    reached = above[j - k] - toll[i - 1] * abs(k - expected[i - 1])
                    if reached > before:
                        before, step = reached, k
            here[j] = values[i, j] + before
            steps[i, j] = step
            if here[j] > best:
                best, best_row, best_column = here[j], i, j
        above[:] = here
    return best, best_row, best_column
