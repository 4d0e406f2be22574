"""From columns to passages and a whole: choose, average, weigh by what sounds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from unisono.data.places import Place

if TYPE_CHECKING:  # it imports torch, for which a text search never waits
    from unisono.towers.blockwise import ColumnVectors

FloatArray = npt.NDArray[np.float32]
CharacterHead = Callable[[FloatArray], FloatArray]
"""(n, features) mean features -> (n, character_dimension), unit length."""

CHARACTER_COLUMNS = 32
"""Columns of the character that a passage is averaged over: 6.4 s, or 64 staff spaces."""


@dataclass(frozen=True)
class ItemViews:
    """Both views of one item, before they are put together.

    notes: (n, notes_dimension) or None; character: (n, character_dimension); weights: (n,);
    the whole ones (1, ...). All vectors have unit length.
    """

    notes: FloatArray | None
    character: FloatArray
    weights: FloatArray
    places: Sequence[Place | None]
    whole_notes: FloatArray | None
    whole_character: FloatArray
    duration_s: float | None = None


def local_means(
    features: FloatArray, weights: FloatArray, chosen: npt.NDArray[np.int64], width: int
) -> FloatArray:
    """Weighted mean of (T, f) features over ``width`` columns around each chosen column."""
    weights = np.maximum(weights, 1e-3)
    means = np.empty((len(chosen), features.shape[1]), np.float32)
    for row, column in enumerate(chosen):
        span = slice(max(int(column) - width // 2, 0), int(column) + width // 2 + 1)
        means[row] = weights[span] @ features[span] / weights[span].sum()
    return means


def weighted_mean(rows: FloatArray, weights: FloatArray) -> FloatArray:
    """(1, d) mean of (n, d) rows; equal weights where all are zero."""
    if not weights.any():
        weights = np.ones_like(weights)
    mean = weights.astype(np.float64) @ rows / weights.sum(dtype=np.float64)
    return np.asarray(mean[None], np.float32)


def unit(rows: FloatArray) -> FloatArray:
    """Rows scaled to unit length."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-12), np.float32)


def activity(energy: FloatArray) -> FloatArray:
    """Energy of columns -> 0..1: nothing below a tenth of the loud ones, one above two fifths."""
    loud = float(np.percentile(energy, 90)) if len(energy) else 0.0
    if loud <= 0:
        return np.zeros_like(energy)
    return np.asarray(np.clip((energy / loud - 0.1) / 0.3, 0.0, 1.0), np.float32)


def pool(
    columns: ColumnVectors,
    weights: FloatArray,
    chosen: npt.NDArray[np.int64],
    places: Sequence[Place | None],
    embed_character: CharacterHead,
    duration_s: float | None = None,
    *,
    repeats: int = 1,
) -> ItemViews:
    """Passages at the chosen columns, and the whole from all columns.

    repeats: how often each column of the character stands in ``columns``.
    """
    means = local_means(columns.features, weights, chosen, CHARACTER_COLUMNS * repeats)
    return ItemViews(
        notes=columns.notes[chosen],
        character=embed_character(means),
        weights=weights[chosen],
        places=places,
        whole_notes=unit(weighted_mean(columns.notes, weights)),
        whole_character=embed_character(weighted_mean(columns.features, weights)),
        duration_s=duration_s,
    )
