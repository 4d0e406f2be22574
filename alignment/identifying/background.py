"""What stored passages have in common with a passage that asks, whatever they are.

Some passages of a query are like everything (a held chord, a scale in C), others like next to
nothing. A similarity says something only beside those to all stored passages:

    score = (similarity - mean) / deviation

with mean and deviation of that one passage over all that is stored. Both are had from the sum
and the second moments of the stored vectors, so that the passages are read once, whatever asks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unisono.towers.encoding import FloatArray

PRIOR = 500
"""Passages that are taken as known besides what is stored, with the mean and deviation of the
space's own unrelated pairs: a catalogue of one piece is no background."""
_LEAST_DEVIATION = 1e-3

Floats = npt.NDArray[np.float64]


class Moments:
    """Count, sum (d,) and second moments (d, d) of vectors that are added block by block."""

    def __init__(self, dimension: int) -> None:
        self.count = 0
        self.total: Floats = np.zeros(dimension)
        self.products: Floats = np.zeros((dimension, dimension))

    def add(self, vectors: FloatArray) -> None:
        """Add vectors (n, d)."""
        self.count += len(vectors)
        self.total += vectors.sum(axis=0, dtype=np.float64)
        self.products += vectors.T @ vectors


@dataclass(frozen=True)
class Background:
    """Mean and deviation (q,) of the similarities of q asking vectors."""

    mean: FloatArray
    deviation: FloatArray

    def standardise(self, similarity: FloatArray) -> FloatArray:
        """Similarities (q, n) as deviations above the mean of their row."""
        scores: FloatArray = (similarity - self.mean[:, None]) / self.deviation[:, None]
        return scores


def background(
    asking: FloatArray, stored: Moments, prior_mean: float, prior_deviation: float
) -> Background:
    """Of asking vectors (q, d) against all that was added, and ``PRIOR`` passages besides."""
    vectors = asking.astype(np.float64)
    weight = PRIOR + stored.count
    mean = (PRIOR * prior_mean + vectors @ stored.total) / weight
    squares = np.einsum("qd,de,qe->q", vectors, stored.products, vectors)
    square = (PRIOR * (prior_mean**2 + prior_deviation**2) + squares) / weight
    deviation = np.sqrt(np.maximum(square - mean**2, _LEAST_DEVIATION**2))
    return Background(np.asarray(mean, np.float32), np.asarray(deviation, np.float32))
