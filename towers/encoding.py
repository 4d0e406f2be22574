"""What a space gives for one item: a whole vector and its passages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unisono.data.modality import Modality
from unisono.data.places import Place

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Passages:
    """Passages of one item in order.

    vectors: (n, d) float32, rows of unit length.
    places: n places; a text or a cover is one passage with place None.
    weights: (n,) float32 in 0..1, how much sounds or stands there (0 for silence).
    """

    vectors: FloatArray
    places: Sequence[Place | None]
    weights: FloatArray

    def __len__(self) -> int:
        return len(self.places)

    def chosen(self, rows: npt.NDArray[np.integer]) -> Passages:
        """Those at rows (k,), in that order."""
        places = [self.places[row] for row in rows.tolist()]
        return Passages(self.vectors[rows], places, self.weights[rows])


@dataclass(frozen=True)
class Encoding:
    """One item in the space: its modality, whole vector (d,) and passages."""

    modality: Modality
    whole: FloatArray
    passages: Passages
    duration_s: float | None = None
