"""Two views in one vector: which notes these are, and what the music is like.

A stored vector is ``[sqrt(w) notes, sqrt(1 - w) character]`` with unit-length parts, so it has
unit length; a text or a cover has no notes and is ``[0, character]``. What a pair of modalities
should weigh is a matter of the question, so it is put into the vector that asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from unisono.data.modality import Modality

Level = Literal["whole", "passage"]
FloatArray = npt.NDArray[np.float32]

WITHOUT_NOTES = frozenset({Modality.TEXT, Modality.COVER})


@dataclass(frozen=True)
class Views:
    """Shape and weights of the two views.

    stored: weight of the notes in stored vectors.
    tuned: weight of the notes by ``pair_key``; pairs that are not named take ``stored``.
    """

    notes_dimension: int
    character_dimension: int
    stored: float = 0.5
    tuned: Mapping[str, float] = field(default_factory=dict)

    @property
    def dimension(self) -> int:
        """Length of a vector of the space."""
        return self.notes_dimension + self.character_dimension

    def compose(self, notes: FloatArray | None, character: FloatArray) -> FloatArray:
        """Unit-length parts (n, notes) or None, and (n, character) -> vectors (n, dimension)."""
        vectors = np.zeros((len(character), self.dimension), np.float32)
        if notes is None:
            vectors[:, self.notes_dimension :] = character
            return vectors
        vectors[:, : self.notes_dimension] = np.sqrt(self.stored) * notes
        vectors[:, self.notes_dimension :] = np.sqrt(1 - self.stored) * character
        return vectors

    def weigh(
        self, vectors: FloatArray, asks: Modality, answers: Modality, level: Level
    ) -> FloatArray:
        """Scale the parts of asking vectors (n, dimension) for a pair of modalities.

        The inner product with a stored vector of ``answers`` is then the weighted mean of the
        cosines of the two views.
        """
        notes = self.notes_weight(asks, answers, level)
        scales = [1.0 if m in WITHOUT_NOTES else 1 - self.stored for m in (asks, answers)]
        weighed = vectors.astype(np.float32, copy=True)
        weighed[:, : self.notes_dimension] *= notes / self.stored
        weighed[:, self.notes_dimension :] *= (1 - notes) / np.sqrt(scales[0] * scales[1])
        return weighed

    def notes_weight(self, asks: Modality, answers: Modality, level: Level) -> float:
        """Share of the notes in the similarity of a pair; 0 where one side has none."""
        if asks in WITHOUT_NOTES or answers in WITHOUT_NOTES:
            return 0.0
        return self.tuned.get(pair_key(asks, answers, level), self.stored)


def pair_key(asks: Modality, answers: Modality, level: Level) -> str:
    """Name of an unordered pair of modalities at a level, as bundles write it."""
    first, second = sorted((str(asks), str(answers)))
    return f"{first}-{second}-{level}"
