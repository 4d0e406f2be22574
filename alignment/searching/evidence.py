"""What speaks for an answer: which places of the query met which places of the item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from unisono.alignment.searching.moments import at_same_pace, best_columns, passage_similarity
from unisono.alignment.searching.question import PLACED, Query
from unisono.data.modality import Modality
from unisono.data.places import Place
from unisono.towers.encoding import FloatArray

if TYPE_CHECKING:
    from unisono.alignment.store.tables import StoredPassages
    from unisono.towers.space import Space


@dataclass(frozen=True)
class Meeting:
    """A place of the query and one of the item that are alike; score as a hit's.

    row, column: of ``Evidence.agreement``.
    """

    row: int
    column: int
    score: float
    asked: Place | None
    found: Place | None


@dataclass(frozen=True)
class Evidence:
    """How q passages of a query agree with the n passages of an item.

    agreement: (q, n) in standard deviations above unrelated passages. asked, found: the places.
    first, last: passages of the item (inclusive) that the moment is made of.
    """

    agreement: FloatArray
    asked: Sequence[Place | None]
    found: Sequence[Place | None]
    first: int
    last: int

    def meetings(self, most: int = 6) -> list[Meeting]:
        """For query passages spread over the query, the passage of the moment each met best."""
        inside = self.agreement[:, self.first : self.last + 1]
        rows = np.linspace(0, len(inside) - 1, min(most, len(inside))).round().astype(int)
        met = []
        for row in np.unique(rows):
            column = int(np.argmax(inside[row]))
            asked = self.asked[row] if self.asked else None
            place = self.found[self.first + column]
            score = float(inside[row, column])
            met.append(Meeting(int(row), self.first + column, score, asked, place))
        return met


def evidence(
    space: Space, query: Query, answers: Modality, stored: StoredPassages | None
) -> Evidence | None:
    """Compare a query with an item passage by passage; None where the item has no places."""
    if stored is None or answers not in PLACED or not len(stored.places):
        return None
    similarity = passage_similarity(space, query, answers, stored)
    if len(query.passages):
        pace = at_same_pace(query, answers)
        first, last = best_columns(similarity, query.positions, pace)
    else:
        heard = np.where(stored.weights > 0, similarity[0], -np.inf)
        first = last = int(np.argmax(heard))
    agreement = space.calibrate(similarity, query.modality, answers, "passage")
    return Evidence(agreement, query.places, stored.places, first, last)
