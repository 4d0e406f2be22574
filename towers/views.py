"""Two views in one vector: which notes these are, and what the music is like.

A stored vector is ``[sqrt(w) notes, sqrt(1 - w) character]`` with unit-length parts, so it has
unit length; a text or a cover has no notes and is ``[0, character]``. What a pair of modalities
should weigh is a matter of the question, so it is put into the vector that asks.

A space need not be divided: with ``w`` of 0 all is character, with ``w`` of 1 all is notes.
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

    stored: weight of the notes in stored vectors, 0..1; a view without dimensions must have none.
    tuned: weight of the notes by ``pair_key``; pairs that are not named take ``stored``, and so do
        all pairs where ``stored`` is 0 or 1, since the other view is not in the vectors.

    Raises ValueError for a weight that does not fit.
    """

    notes_dimension: int
    character_dimension: int
    stored: float = 0.5
    tuned: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 <= self.stored <= 1:
            raise ValueError(f"the stored weight of the notes is {self.stored}, not within 0..1")
        if not self.notes_dimension and self.stored != 0:
            raise ValueError(f"notes without dimensions weigh {self.stored}; store them with 0")
        if not self.character_dimension and self.stored != 1:
            raise ValueError(f"without character the notes weigh {self.stored}; store them with 1")

    @property
    def dimension(self) -> int:
        """Length of a vector of the space."""
        return self.notes_dimension + self.character_dimension

    def compose(self, notes: FloatArray | None, character: FloatArray) -> FloatArray:
        """Unit-length parts (n, notes) or None, and (n, character) -> vectors (n, dimension).

        Raises ValueError for an item without notes in a space of notes alone.
        """
        if notes is None and not self.character_dimension:
            raise ValueError("what has no notes has no vector in a space of notes alone")
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
        weighed[:, : self.notes_dimension] *= _quotient(notes, self.stored)
        weighed[:, self.notes_dimension :] *= _quotient(1 - notes, np.sqrt(scales[0] * scales[1]))
        return weighed

    def notes_weight(self, asks: Modality, answers: Modality, level: Level) -> float:
        """Share of the notes in the similarity of a pair; 0 where one side has none."""
        if asks in WITHOUT_NOTES or answers in WITHOUT_NOTES:
            return 0.0
        if self.stored in (0, 1):
            return self.stored
        return self.tuned.get(pair_key(asks, answers, level), self.stored)


def pair_key(asks: Modality, answers: Modality, level: Level) -> str:
    """Name of an unordered pair of modalities at a level, as bundles write it."""
    first, second = sorted((str(asks), str(answers)))
    return f"{first}-{second}-{level}"


def _quotient(weight: float, scale: float) -> float:
    """What makes a view of this scale weigh so much; nothing where the vectors lack the view."""
    return weight / scale if scale else 0.0
