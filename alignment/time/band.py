"""Which cells of a cost matrix a path may use: one run of columns in each row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Band:
    """Row i may use the columns ``low[i]`` to ``high[i] - 1``.

    low, high: (n,) int64, never falling. Raises ValueError for what is no such band.
    """

    low: Ints
    high: Ints

    def __post_init__(self) -> None:
        if self.low.ndim != 1 or self.low.shape != self.high.shape:
            raise ValueError(f"low {self.low.shape} and high {self.high.shape} must be (n,) both")
        if (np.diff(self.low) < 0).any() or (np.diff(self.high) < 0).any():
            raise ValueError("low and high of a band must not fall")
        if (self.low >= self.high).any():
            raise ValueError("a band needs a column in every row")

    @property
    def cells(self) -> int:
        """How many cells it holds."""
        return int((self.high - self.low).sum())

    @classmethod
    def whole(cls, n: int, m: int) -> Band:
        """All of a matrix (n, m)."""
        return cls(np.zeros(n, np.int64), np.full(n, m, np.int64))

    @classmethod
    def sakoe_chiba(cls, n: int, m: int, radius: int) -> Band:
        """``radius`` columns on both sides of the straight line from corner to corner.

        Sakoe and Chiba, 1978, equation 9, for sequences that may differ in length.
        """
        rows = np.arange(n, dtype=np.int64)
        path = np.stack([rows, np.rint(rows * (m - 1) / max(1, n - 1)).astype(np.int64)], axis=1)
        if n == 1:
            path = np.stack([np.zeros(m, np.int64), np.arange(m)], axis=1)
        return cls.around(path, (n, m), (n, m), radius)

    @classmethod
    def around(
        cls,
        path: npt.NDArray[np.integer],
        of: tuple[int, int],
        shape: tuple[int, int],
        radius: int,
    ) -> Band:
        """The surroundings, in a matrix of ``shape``, of a path (k, 2) through a smaller one.

        A cell of the matrix ``of`` covers its share of rows and columns of ``shape``; what it
        covers is widened by ``radius`` rows and columns on all sides. The ends of the path need
        not be corners. Salvador and Chan, "FastDTW", 2004; Müller, Mattes and Kurth, "An
        efficient multiscale approach to audio synchronization", 2006, section 3.
        """
        (rows, columns), (n, m) = of, shape
        first = np.full(rows, columns, np.int64)
        last = np.zeros(rows, np.int64)
        np.minimum.at(first, path[:, 0], path[:, 1])
        np.maximum.at(last, path[:, 0], path[:, 1] + 1)
        # Rows that a step has skipped span from the row before to the row after.
        skipped = last == 0
        first[skipped], last[skipped] = 0, columns
        first, last = np.maximum.accumulate(first), np.minimum.accumulate(last[::-1])[::-1]
        # Columns that a step has skipped must not part a row from the one before.
        first[1:] = np.minimum(first[1:], last[:-1])
        coarse = np.arange(n) * rows // n
        low, high = first[coarse] * m // columns, -(-last[coarse] * m // columns)
        above = np.maximum(np.arange(n) - radius, 0)
        below = np.minimum(np.arange(n) + radius, n - 1)
        low = np.maximum(low[above] - radius, 0)
        high = np.minimum(high[below] + radius, m)
        return cls(np.minimum(low, m - 1), np.maximum(high, 1))
