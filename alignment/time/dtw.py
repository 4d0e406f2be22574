"""Dynamic time warping: the cheapest monotone path through the costs of two sequences.

Sakoe and Chiba, "Dynamic programming algorithm optimization for spoken word recognition", 1978;
the subsequence form is that of Müller, "Information Retrieval for Music and Motion", 2007,
section 4.4, the steps of slope 1/2 to 2 are those of his section 4.2 (figure 4.5).

The path is exact. Of the sums only the last rows are held, of the ways back two bits a cell. If
these are too many to hold, sums are kept only where a section of rows begins, and the sections
are gone through a second time from the last to the first. Hirschberg (1975) and Tralie and
Dempsey ("Exact, parallelizable dynamic time warping alignment with linear memory", 2020) halve
the path instead; sections take less time, and for n rows about sqrt(32 n) bytes a column.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from unisono.alignment.time.band import Band
from unisono.alignment.time.cost_blocks import CostBlocks, FloatArray, MatrixCost

HELD_BYTES = 256 << 20
"""Of ways back; more are worked out a second time."""
BLOCK_CELLS = 1 << 19
FEWEST_ROWS = 8
"""Costs are asked for in blocks of about so many cells, of at least so many rows."""

Sums = npt.NDArray[np.float64]
Path = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Warp:
    """A path (k, 2) of index pairs, rising in both, and the weighted cost along it."""

    path: Path
    total: float


@dataclass(frozen=True)
class StepWeights:
    """What a cell costs by the step into it, for steps (1, 1), (1, 0) and (0, 1).

    2 for the diagonal favours no direction. Raises ValueError unless all are above 0.
    """

    diagonal: float = 1.0
    down: float = 1.0
    right: float = 1.0

    def __post_init__(self) -> None:
        _check_weights(self.diagonal, self.down, self.right)


@dataclass(frozen=True)
class SlopedStepWeights:
    """The same for steps (1, 1), (2, 1) and (1, 2), which hold the slope between 1/2 and 2.

    What a step jumps over costs nothing. Raises ValueError unless all are above 0.
    """

    diagonal: float = 1.0
    down: float = 1.0
    right: float = 1.0

    def __post_init__(self) -> None:
        _check_weights(self.diagonal, self.down, self.right)


def dtw(
    cost: npt.NDArray[np.float32] | CostBlocks,
    *,
    weights: StepWeights | SlopedStepWeights | None = None,
    band: Band | None = None,
    subsequence: bool = False,
    held_bytes: int = HELD_BYTES,
) -> Warp:
    """Find the cheapest path through ``cost`` (n, m) from corner to corner.

    With ``subsequence`` all rows are matched with some run of columns: the path may begin and
    end at any column. ``band`` says which cells it may use; its first row must then hold column
    0 and its last row column m - 1. Equal ways are decided for the diagonal, then down, then
    right, and for the first of equal ends.
    Raises ValueError for costs that are empty or not finite, and where there is no path.
    """
    blocks = MatrixCost(_checked_matrix(cost)) if isinstance(cost, np.ndarray) else cost
    n, m = blocks.shape
    if not n or not m:
        raise ValueError(f"a cost matrix with rows and columns is needed, not shape {(n, m)}")
    band = band or Band.whole(n, m)
    if len(band.low) != n or band.low[0] < 0 or band.high[-1] > m:
        raise ValueError(f"the band is not one of a cost matrix {(n, m)}")
    return _Search(blocks, band, weights or StepWeights(), subsequence, held_bytes).run()


def multi_scale_dtw(
    levels: list[CostBlocks],
    *,
    weights: StepWeights | None = None,
    radius: int = 30,
    subsequence: bool = False,
) -> Warp:
    """Find a path through the last of ``levels``, each in the surroundings of the one before.

    levels: costs of the same two sequences, from coarse to fine. radius: cells of each level
    that the path may leave the path of the level before by. The first level is searched whole.
    Müller, Mattes and Kurth, "An efficient multiscale approach to audio synchronization", 2006;
    Prätzlich, Driedger and Müller, "Memory-restricted multiscale dynamic time warping", 2016.
    Raises ValueError as ``dtw`` does, and for no levels.
    """
    if not levels:
        raise ValueError("no costs to find a path through")
    warp = dtw(levels[0], weights=weights, subsequence=subsequence)
    for coarse, fine in pairwise(levels):
        band = Band.around(warp.path, coarse.shape, fine.shape, radius)
        warp = dtw(fine, weights=weights, band=band, subsequence=subsequence)
    return warp


class _Search:
    """One search: the sums of the last rows go down, and the ways back up again."""

    def __init__(
        self,
        cost: CostBlocks,
        band: Band,
        weights: StepWeights | SlopedStepWeights,
        subsequence: bool,
        held_bytes: int,
    ) -> None:
        # Here, not at import: numba is slow to import, and compiles once into its own cache.
        from unisono.alignment.time import dtw_kernel

        self._cost = cost
        self._low, self._high = band.low.astype(np.int64), band.high.astype(np.int64)
        self._n, self._m = cost.shape
        self._subsequence = subsequence
        self._sloped = isinstance(weights, SlopedStepWeights)
        self._weights = (float(weights.diagonal), float(weights.down), float(weights.right))
        self._kernel: Any = dtw_kernel
        self._add = dtw_kernel.add_sloped_rows if self._sloped else dtw_kernel.add_rows
        self._trace = dtw_kernel.trace_sloped_back if self._sloped else dtw_kernel.trace_back
        self._section = max(1, self._n)
        if band.cells // 4 > held_bytes:
            # As many bytes of sums, 16 a column and section, as of ways back.
            self._section = max(64, round(np.sqrt(64 * self._n)))

    def run(self) -> Warp:
        """Go down, keeping what a section starts from, then back through section by section."""
        above = np.full((2, self._m), np.inf)
        came = self._first_row(above[0])
        starts = list(range(1, self._n, self._section))
        kept: list[tuple[int, Sums]] = []
        held: list[tuple[int, int, npt.NDArray[np.uint8]]] = []
        single = len(starts) == 1
        for start in starts:
            left, right = self._above(start)
            kept.append((left, above[:, left:right].copy()))
            for found in self._rows(start, self._end(start), above, self._high, keep=single):
                if single:
                    held.append(found)
        j = self._last_column(above[0])
        total = float(above[0][j])
        path = np.empty((self._n + self._m, 2), np.int64)
        i, at = self._n - 1, 0
        for start, (left, sums) in zip(starts[::-1], kept[::-1], strict=True):
            if i < start:
                continue
            if not single:
                above[:] = np.inf
                above[:, left : left + sums.shape[1]] = sums
                # Nothing right of the path is needed.
                high = np.minimum(self._high, j + 1)
                held = list(self._rows(start, i + 1, above, high, keep=True))
            for first, block_left, back in reversed(held):
                i, j, at = self._trace(back, block_left, first, i, j, path, at)
        at = self._kernel.trace_first_row(came, self._low[0], j, path, at)
        return Warp(path[:at][::-1].copy(), total)

    def _first_row(self, last: Sums) -> npt.NDArray[np.bool_]:
        low, high = int(self._low[0]), int(self._high[0])
        came = np.zeros(high - low, np.bool_)
        if low > 0 and not self._subsequence:
            raise ValueError("the band leaves out the first corner of the cost matrix")
        row = _checked(self._cost.block(slice(0, 1), slice(low, high)))[0]
        along = -1.0 if self._sloped else self._weights[2]
        self._kernel.first_row(row, along, self._subsequence, last[low:high], came)
        return came

    def _last_column(self, last: Sums) -> int:
        j = int(np.argmin(last)) if self._subsequence else self._m - 1
        if not np.isfinite(last[j]):
            why = "the band is broken or leaves out the last corner"
            if self._sloped:
                why += ", or one sequence is more than twice as long as the other"
            raise ValueError(f"there is no path through the cost matrix: {why}")
        return j

    def _end(self, start: int) -> int:
        return min(start + self._section, self._n)

    def _above(self, row: int) -> tuple[int, int]:
        """The columns in which the two rows above may hold sums."""
        return int(self._low[max(0, row - 2)]), int(self._high[row - 1])

    def _rows(
        self, start: int, end: int, above: Sums, high: npt.NDArray[np.int64], *, keep: bool
    ) -> Iterator[tuple[int, int, npt.NDArray[np.uint8]]]:
        """Go on from row ``start`` to ``end``; yields first row, first column, ways back."""
        while start < end:
            stop = start + self._block_rows(start, end, high)
            left, right = int(self._low[start]), int(high[stop - 1])
            cost = _checked(self._cost.block(slice(start, stop), slice(left, right)))
            width = right - left + self._kernel.ROWS - 1
            back = np.zeros((-(-(stop - start) // 4), width if keep else 0), np.uint8)
            above_from, above_to = self._above(start)
            self._add(
                cost,
                left,
                self._low[start:stop],
                high[start:stop],
                self._weights,
                above,
                above_from,
                min(above_to, int(high[start])),
                back,
            )
            yield start, left, back
            start = stop

    def _block_rows(self, start: int, end: int, high: npt.NDArray[np.int64]) -> int:
        """Rows of the next block: few enough, and a rectangle that the band mostly fills."""
        rows = FEWEST_ROWS
        while start + rows < end:
            more = min(2 * rows, end - start)
            last = start + more - 1
            width = int(high[last] - self._low[start])
            if more * width > BLOCK_CELLS or width > 2 * (high[start] - self._low[start]) + 64:
                break
            rows = more
        return min(rows, end - start)


def _check_weights(*weights: float) -> None:
    if not all(np.isfinite(weight) and weight > 0 for weight in weights):
        raise ValueError(f"weights of steps must be above 0, not {weights}")


def _checked_matrix(cost: npt.NDArray[Any]) -> FloatArray:
    cost = np.ascontiguousarray(cost, dtype=np.float32)
    if cost.ndim != 2:
        raise ValueError(f"a cost matrix with rows and columns is needed, not shape {cost.shape}")
    return cost


def _checked(cost: FloatArray) -> FloatArray:
    # A sum is cheaper than isfinite on every cell, and not finite where one is not.
    if not np.isfinite(cost.sum(dtype=np.float32)) and not np.isfinite(cost).all():
        raise ValueError("the cost matrix holds numbers that are not finite")
    return cost
