"""A question: what is asked for, what the answers should resemble, and what they should not.

With s(x) the score of an item for x, in standard deviations above unrelated pairs, an item scores

    sum_t w_t s(t) / sqrt(sum_t w_t^2)

over the terms t of the question. The weights are those of Rocchio (Relevance Feedback in
Information Retrieval, 1971): ``ALPHA`` shared by what is asked for, ``BETA`` shared by what the
answers should be more like, and -``GAMMA`` shared by what they should be less like. Rocchio adds
vectors; here the scores are added, which is the same for vectors of one pair of modalities, and
right for several, since scores of all pairs have the same unit. The root brings the sum back to
that unit, so that the scores of long questions compare with those of short ones (Stouffer's
method of combining z-scores, 1949).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from unisono.data.modality import Modality
from unisono.data.places import Place
from unisono.towers.encoding import Encoding, FloatArray

if TYPE_CHECKING:
    from unisono.towers.space import Space

ALPHA, BETA, GAMMA = 1.0, 0.75, 0.5
"""Manning et al., Introduction to Information Retrieval, 2008, section 9.1.1, name 1, 0.75 and
0.15 for judged lists of answers; one example chosen by hand says more than such a list."""
QUERY_PASSAGES = 64
"""Of a longer query, this many passages spread evenly are compared."""
PLACED = (Modality.AUDIO, Modality.SHEET, Modality.MIDI)
"""What has places: seconds of a recording, regions of a page."""

Asking = str | Path


@dataclass(frozen=True)
class Query:
    """An encoded text or file: its whole vector (d,), and its passages (q, d) at ``positions``.

    A position is the number of a passage in the undivided query, ``places`` (q) are where these
    passages lie. Without places q is 0.
    """

    modality: Modality
    whole: FloatArray
    passages: FloatArray
    positions: npt.NDArray[np.intp]
    places: Sequence[Place | None] = ()


@dataclass(frozen=True)
class Term:
    """One text or file of a question, and what it weighs; below 0 is what is not wanted."""

    source: Asking
    query: Query
    weight: float


@dataclass(frozen=True)
class Question:
    """The terms; the squares of their weights add up to 1."""

    terms: tuple[Term, ...]

    @property
    def pointing(self) -> Term:
        """The wanted term whose place in an answer is shown: the first file, else the first."""
        wanted = [term for term in self.terms if term.weight > 0]
        placed = [term for term in wanted if len(term.query.passages)]
        return (placed or wanted)[0]

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that ask."""
        return tuple(term.source for term in self.terms if isinstance(term.source, Path))


def question(
    space: Space,
    asked: Sequence[Asking],
    more: Sequence[Asking] = (),
    less: Sequence[Asking] = (),
    hop_s: float | None = None,
) -> Question:
    """Encode a question; see the head of this file for its weights.

    Raises ReadError for a file that cannot be read, ValueError where nothing is wanted.
    """
    if not asked and not more:
        raise ValueError("a question needs something to look for; less alone finds nothing")
    groups = ((asked, ALPHA), (more, BETA), (less, -GAMMA))
    weighed = [(one, share / len(group)) for group, share in groups for one in group]
    length = sqrt(sum(weight**2 for _, weight in weighed))
    terms = []
    for source, weight in weighed:
        hop = hop_s if isinstance(source, Path) else None
        query = spread(space.encode_item(source, hop_s=hop))
        terms.append(Term(source, query, weight / length))
    return Question(tuple(terms))


def spread(encoding: Encoding, most: int = QUERY_PASSAGES) -> Query:
    """Take up to ``most`` sounding passages, spread evenly, of an encoded query."""
    passages = encoding.passages
    placed = encoding.modality in PLACED
    sounding = np.flatnonzero(passages.weights > 0) if placed else np.empty(0, np.intp)
    if len(sounding) > most:
        sounding = sounding[np.linspace(0, len(sounding) - 1, most).round().astype(np.intp)]
    places = tuple(passages.places[int(i)] for i in sounding)
    return Query(encoding.modality, encoding.whole, passages.vectors[sounding], sounding, places)


def distinctive(query: Query, centre: FloatArray, most: int) -> FloatArray:
    """Passages (m, d) of a query that say most: of each m-th part the one least like ``centre``.

    centre: the mean of many vectors (d,); what is close to it is close to everything.
    """
    parts = np.array_split(np.arange(len(query.passages)), min(most, len(query.passages)))
    likeness = query.passages @ centre
    chosen = [int(part[np.argmin(likeness[part])]) for part in parts]
    return query.passages[chosen]
