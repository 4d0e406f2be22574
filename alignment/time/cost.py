"""How badly each passage of a recording fits each passage of a score."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from unisono.data.modality import Modality
from unisono.towers.encoding import FloatArray, Passages

if TYPE_CHECKING:
    from unisono.towers.space import Space

NEUTRAL = 0.5
"""The cost of a pair that says nothing: silence, or a passage like all others."""
MOST_CELLS = 60_000_000
"""Of a cost matrix; a longer pair is compared at a coarser hop instead of filling memory."""


def cost_matrix(
    space: Space, recording: Passages, played: Modality, score: Passages, written: Modality
) -> FloatArray:
    """Cost (n, m) in 0..1 of n passages of a recording against m of a score.

    The cost is a logistic function of the similarity after row and column means are taken off:
    within one piece everything is somewhat alike, and some passages are like everything.
    Silent passages cost the same everywhere, so that applause or a rest pulls nowhere.
    """
    asking = space.weigh(recording.vectors, played, written, "passage")
    cost = standardised_cost(asking @ score.vectors.T, recording.weights, score.weights)
    return cost


def standardised_cost(
    similarity: FloatArray, row_weights: FloatArray, column_weights: FloatArray
) -> FloatArray:
    """Turn similarities (n, m) into costs; see ``cost_matrix``."""
    rows, columns = np.flatnonzero(row_weights > 0), np.flatnonzero(column_weights > 0)
    cost = np.full(similarity.shape, NEUTRAL, dtype=np.float32)
    if not (len(rows) and len(columns)):
        return cost
    inside: npt.NDArray[np.float32] = similarity[np.ix_(rows, columns)].astype(np.float32)
    inside -= inside.mean(axis=1, keepdims=True)
    inside -= inside.mean(axis=0, keepdims=True)
    spread = float(inside.std())
    if spread > 1e-6:
        cost[np.ix_(rows, columns)] = 1 / (1 + np.exp(inside / spread))
    return cost
