"""Dynamic time warping over a cost matrix.

Sakoe and Chiba, "Dynamic programming algorithm optimization for spoken word recognition",
1978, with the steps (1, 1), (1, 0) and (0, 1); the subsequence form is that of Müller,
"Fundamentals of Music Processing", 2015, section 7.2.

Memory: the cost as float32 and one byte a cell for the way back; sums are kept for two rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

DIAGONAL, DOWN, RIGHT, START = 0, 1, 2, 3
"""Steps: both sequences go on, only the first (a row down), only the second; or a path begins."""


@dataclass(frozen=True)
class Warp:
    """A path (m, 2) of index pairs, rising in both, and the weighted cost along it."""

    path: npt.NDArray[np.int64]
    total: float


@dataclass(frozen=True)
class StepWeights:
    """What a cell costs by the step into it; 2 for the diagonal favours no direction."""

    diagonal: float = 1.0
    down: float = 1.0
    right: float = 1.0


def dtw(
    cost: npt.NDArray[np.float32],
    *,
    weights: StepWeights | None = None,
    subsequence: bool = False,
) -> Warp:
    """Find the cheapest path through ``cost`` (n, m) from corner to corner.

    With ``subsequence`` all rows are matched with some run of columns: the path may begin and
    end at any column. Equal ways are decided for the diagonal, then down, then right, and for
    the first of equal ends. Raises ValueError for an empty matrix or one that is not finite.
    """
    cost = np.ascontiguousarray(cost, dtype=np.float32)
    if cost.ndim != 2 or not cost.size:
        raise ValueError(f"a cost matrix with rows and columns is needed, not shape {cost.shape}")
    if not np.isfinite(cost).all():
        raise ValueError("the cost matrix holds numbers that are not finite")
    weights = weights or StepWeights()
    steps = np.empty(cost.shape, dtype=np.uint8)
    last = np.empty(cost.shape[1], dtype=np.float64)
    by_step = np.array([weights.diagonal, weights.down, weights.right], dtype=np.float64)
    _compiled()(cost, by_step, subsequence, steps, last)
    end = int(np.argmin(last)) if subsequence else cost.shape[1] - 1
    return Warp(_way_back(steps, end), float(last[end]))


@cache
def _compiled() -> Callable[..., Any]:
    # Here, not at import: numba is slow to import, and compiles once into its own cache.
    from numba import njit

    return njit(cache=True)(_accumulate)


def _accumulate(
    cost: npt.NDArray[np.float32],
    weights: npt.NDArray[np.float64],
    subsequence: bool,
    steps: npt.NDArray[np.uint8],
    last: npt.NDArray[np.float64],
) -> None:
    """Fill ``steps`` (n, m) and ``last`` (m,), the sums of the last row."""
    n, m = cost.shape
    above = np.empty(m, dtype=np.float64)
    for i in range(n):
        above[:] = last
        for j in range(m):
            here = np.float64(cost[i, j])
            best, step = np.inf, 3
            if i == 0 and (subsequence or j == 0):
                best = here
            if i > 0 and j > 0:
                best, step = above[j - 1] + weights[0] * here, 0
            if i > 0 and above[j] + weights[1] * here < best:
                best, step = above[j] + weights[1] * here, 1
            if j > 0 and last[j - 1] + weights[2] * here < best:
                best, step = last[j - 1] + weights[2] * here, 2
            last[j] = best
            steps[i, j] = step


def _way_back(steps: npt.NDArray[np.uint8], end: int) -> npt.NDArray[np.int64]:
    i, j = steps.shape[0] - 1, end
    path = [(i, j)]
    while steps[i, j] != START:
        if steps[i, j] != RIGHT:
            i -= 1
        if steps[path[-1]] != DOWN:
            j -= 1
        path.append((i, j))
    return np.array(path[::-1], dtype=np.int64)
