"""Costs of aligning two sequences, worked out block by block so that no full matrix is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]


class CostBlocks(Protocol):
    """The costs (n, m) of n moments of one sequence against m of another."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        ...

    def block(self, rows: slice, columns: slice) -> FloatArray:
        """Float32 costs of a rectangle; both slices have a start and a stop and lie inside."""
        ...


@dataclass(frozen=True)
class MatrixCost:
    """Costs (n, m) that are there already, float32."""

    matrix: FloatArray

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.matrix.shape[0], self.matrix.shape[1]

    def block(self, rows: slice, columns: slice) -> FloatArray:
        """A view of the rectangle."""
        return self.matrix[rows, columns]


@dataclass(frozen=True)
class CosineCost:
    """1 minus the inner product of unit vectors ``rows`` (n, d) and ``columns`` (m, d), float32.

    Müller, "Fundamentals of Music Processing", 2015, equation 3.14.
    """

    rows: FloatArray
    columns: FloatArray

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.rows), len(self.columns)

    def block(self, rows: slice, columns: slice) -> FloatArray:
        """The costs of the rectangle."""
        cost: FloatArray = self.rows[rows] @ self.columns[columns].T
        np.subtract(np.float32(1), cost, out=cost)
        return cost


@dataclass(frozen=True)
class EuclideanCost:
    """The Euclidean distance of vectors ``rows`` (n, d) and ``columns`` (m, d), float32."""

    rows: FloatArray
    columns: FloatArray

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.rows), len(self.columns)

    def block(self, rows: slice, columns: slice) -> FloatArray:
        """The costs of the rectangle."""
        x, y = self.rows[rows], self.columns[columns]
        cost: FloatArray = x @ y.T
        cost *= np.float32(-2)
        cost += np.einsum("ij,ij->i", x, x)[:, None]
        cost += np.einsum("ij,ij->i", y, y)
        np.maximum(cost, np.float32(0), out=cost)  # rounding may go below
        np.sqrt(cost, out=cost)
        return cost


@dataclass(frozen=True)
class WeightedCost:
    """A weighted sum of costs of the same shape.

    Raises ValueError for no parts, another number of weights, or shapes that differ.
    """

    parts: Sequence[CostBlocks]
    weights: Sequence[float]

    def __post_init__(self) -> None:
        if not self.parts or len(self.parts) != len(self.weights):
            raise ValueError(f"{len(self.parts)} costs with {len(self.weights)} weights")
        if len({part.shape for part in self.parts}) > 1:
            raise ValueError(f"costs of different shapes: {[part.shape for part in self.parts]}")

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.parts[0].shape

    def block(self, rows: slice, columns: slice) -> FloatArray:
        """The costs of the rectangle."""
        total: FloatArray = self.parts[0].block(rows, columns) * np.float32(self.weights[0])
        for part, weight in zip(self.parts[1:], self.weights[1:], strict=True):
            total += part.block(rows, columns) * np.float32(weight)
        return total


@dataclass(frozen=True)
class PaddedCost:
    """The same costs with a column of ``value`` before the first and after the last."""

    cost: CostBlocks
    value: float

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, columns = self.cost.shape
        return rows, columns + 2

    def block(self, rows: slice, columns: slice) -> FloatArray:
        """The costs of the rectangle."""
        m = self.cost.shape[1]
        padded = np.full(
            (rows.stop - rows.start, columns.stop - columns.start), self.value, np.float32
        )
        start, stop = max(columns.start, 1), min(columns.stop, m + 1)
        if start < stop:
            inside = self.cost.block(rows, slice(start - 1, stop - 1))
            padded[:, start - columns.start : stop - columns.start] = inside
        return padded
