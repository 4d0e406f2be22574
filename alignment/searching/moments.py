"""Where in an item a query is found: the best passage, or the best run of passages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from unisono.data.modality import Modality
from unisono.data.places import Place, Region, TimeSpan
from unisono.towers.encoding import FloatArray

if TYPE_CHECKING:
    from unisono.alignment.searching.question import Query
    from unisono.alignment.store.tables import StoredPassages
    from unisono.towers.space import Space

_SAME_PACE = np.geomspace(2 / 3, 3 / 2, 9)
"""Tempo of the item over that of the query, where both are counted in seconds."""
_ANY_PACE = np.geomspace(1 / 6, 6, 49)
"""Passages of a page for each second, or the other way round: anything within reason."""


def passage_similarity(
    space: Space, query: Query, answers: Modality, stored: StoredPassages
) -> FloatArray:
    """Similarities (q, n) of a query's passages, or of the whole of one without, with n stored."""
    vectors = query.passages if len(query.passages) else query.whole[None]
    similarity: FloatArray = (
        space.weigh(vectors, query.modality, answers, "passage") @ stored.vectors.T
    )
    return similarity


def at_same_pace(query: Query, answers: Modality) -> bool:
    """Whether passages of both sides are counted in seconds."""
    return Modality.SHEET not in (query.modality, answers)


def best_passage(similarity: FloatArray, stored: StoredPassages) -> TimeSpan | Region | None:
    """Return the place of the sounding passage with the highest similarity (n,)."""
    heard = np.where(stored.weights > 0, similarity, -np.inf)
    return stored.places[int(np.argmax(heard))]


def best_window(
    similarity: FloatArray,
    positions: npt.NDArray[np.intp],
    stored: StoredPassages,
    same_pace: bool,
) -> TimeSpan | Region | None:
    """Return the place where the query passages agree best, in order and one after the other.

    similarity: (q, n) of q query passages at ``positions`` (q,) with the n stored passages.
    A straight line is laid through the matrix at every start and at a range of paces; the line
    with the highest mean similarity wins. Neighbours within one passage count too, because a
    performance does not keep a straight line.
    """
    first, last = best_columns(similarity, positions, same_pace)
    return _joined(stored.places[first : last + 1], similarity[:, first : last + 1])


def best_columns(
    similarity: FloatArray, positions: npt.NDArray[np.intp], same_pace: bool
) -> tuple[int, int]:
    """First and last stored passage (inclusive) of ``best_window``."""
    return best_line(_blurred(similarity), positions - positions[0], same_pace)


def best_line(
    similarity: FloatArray, positions: npt.NDArray[np.intp], same_pace: bool
) -> tuple[int, int]:
    """First and last stored passage (inclusive) of the line with the highest mean similarity.

    ``positions`` starts at 0. A query too long for the item at every pace covers all of it.
    """
    n = similarity.shape[1]
    length = int(positions[-1])
    if length == 0 or n == 1:
        found = int(np.argmax(similarity.mean(axis=0)))
        return found, found
    whole = (n - 1) / length
    paces = [pace for pace in (_SAME_PACE if same_pace else _ANY_PACE) if pace < whole] + [whole]
    best, line = -np.inf, (0, n - 1)
    for pace in paces:
        steps = np.rint(positions * pace).astype(np.intp)
        starts = np.arange(n - int(steps[-1]))
        agreement = np.zeros(len(starts))
        for row, step in enumerate(steps):
            agreement += similarity[row, step : step + len(starts)]
        start = int(np.argmax(agreement))
        if agreement[start] > best:
            best, line = agreement[start], (start, start + int(steps[-1]))
    return line


def _blurred(similarity: FloatArray) -> FloatArray:
    near = np.pad(similarity, ((0, 0), (1, 1)), constant_values=-np.inf) - 1e-3
    # The small toll on neighbours keeps an exact line exact.
    blurred: FloatArray = np.maximum(similarity, np.maximum(near[:, :-2], near[:, 2:]))
    return blurred


def _joined(places: Sequence[Place | None], similarity: FloatArray) -> TimeSpan | Region | None:
    """One place for a run of passages; on a page, the system that holds the most agreement."""
    if isinstance(places[0], TimeSpan):
        spans = [place for place in places if isinstance(place, TimeSpan)]
        return TimeSpan(min(s.start_s for s in spans), max(s.end_s for s in spans))
    weights = np.maximum(similarity.max(axis=0), 0.0)
    held: dict[tuple[int, int], float] = {}
    for place, weight in zip(places, weights, strict=True):
        if isinstance(place, Region):
            key = (place.page, place.system)
            held[key] = held.get(key, 0.0) + float(weight)
    if not held:
        return None
    page, system = max(held, key=lambda key: held[key])
    on = [p for p in places if isinstance(p, Region) and p.page == page and p.system == system]
    return Region(
        page,
        system,
        min(p.x0 for p in on),
        max(p.x1 for p in on),
        min(p.y0 for p in on),
        max(p.y1 for p in on),
    )
