"""Any modality asks, any answers: ranking items and finding the moment that matches.

A score is the mean of up to two kinds of evidence, each counted in standard deviations above
unrelated pairs of the same two modalities, so that recordings and pages rank in one list:

- whole: the similarity of the whole vectors;
- passages, where a file asks and both sides have places: for each passage of the query its best
  match in the item, averaged. The best of many is high by chance alone, so what the best of as
  many unrelated ones would reach is taken off; otherwise long items would win.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from unisono.alignment.moments import best_passage, best_window
from unisono.data.modality import Modality
from unisono.data.places import Region, TimeSpan
from unisono.towers.encoding import Encoding, FloatArray

if TYPE_CHECKING:
    from unisono.alignment.catalogue import Catalogue
    from unisono.alignment.tables import StoredItems, StoredPassages
    from unisono.towers.space import Space

QUERY_PASSAGES = 64
"""Of a longer query, this many passages spread evenly are compared."""
_PLACED = (Modality.AUDIO, Modality.SHEET, Modality.MIDI)


@dataclass(frozen=True)
class Hit:
    """One answer; rank counts from 1, score is in standard deviations above unrelated pairs."""

    rank: int
    score: float
    modality: Modality
    title: str
    path: str
    moment: TimeSpan | Region | None


@dataclass(frozen=True)
class Query:
    """An encoded query: its whole vector (d,), and its passages (q, d) at ``positions`` (q,).

    A position is the number of a passage in the undivided query. Without places q is 0.
    """

    modality: Modality
    whole: FloatArray
    passages: FloatArray
    positions: npt.NDArray[np.intp]


def search(
    catalogue: Catalogue,
    query: str | Path,
    want: Sequence[Modality],
    k: int,
    where: str | None,
    itself: bool,
) -> list[Hit]:
    """Rank the items of a catalogue for a query; see ``Catalogue.search``."""
    from unisono.alignment.adding import HOP_S
    from unisono.alignment.files import content_hash

    items = catalogue.items(_condition(want, where))
    hop_s = HOP_S if isinstance(query, Path) else None
    asked = spread(catalogue.space.encode_item(query, hop_s=hop_s))
    scores = whole_scores(catalogue.space, asked, items)
    if len(asked.passages) and np.isin(items.modalities, [str(m) for m in _PLACED]).any():
        scores = _with_passages(catalogue, asked, items, scores)
    if isinstance(query, Path) and not itself:
        own = content_hash(query)
        scores = np.where(np.array(items.ids, dtype=np.str_) == own, -np.inf, scores)
    # A stable order, so that equal scores keep the order of the catalogue.
    order = [i for i in np.argsort(-scores, kind="stable")[:k] if scores[i] > -np.inf]
    passages = catalogue.passages([items.ids[i] for i in order])
    return [
        _hit(catalogue.space, asked, items, int(i), rank, float(scores[i]), passages)
        for rank, i in enumerate(order, start=1)
    ]


def spread(encoding: Encoding, most: int = QUERY_PASSAGES) -> Query:
    """Take up to ``most`` sounding passages, spread evenly, of an encoded query."""
    passages = encoding.passages
    placed = encoding.modality in _PLACED
    sounding = np.flatnonzero(passages.weights > 0) if placed else np.empty(0, np.intp)
    if len(sounding) > most:
        sounding = sounding[np.linspace(0, len(sounding) - 1, most).round().astype(np.intp)]
    return Query(encoding.modality, encoding.whole, passages.vectors[sounding], sounding)


def whole_scores(space: Space, query: Query, items: StoredItems) -> FloatArray:
    """Score n items (n,) by whole vectors alone."""
    scores = np.full(len(items), -np.inf, dtype=np.float32)
    for word in np.unique(items.modalities):
        answers, rows = Modality(word), items.modalities == word
        vector = space.weigh(query.whole[None], query.modality, answers, "whole")[0]
        similarity = items.vectors[rows] @ vector
        scores[rows] = space.calibrate(similarity, query.modality, answers, "whole")
    return scores


def passage_scores(catalogue: Catalogue, query: Query, items: StoredItems) -> FloatArray:
    """Score n items (n,) by passages alone; NaN for items that have none to compare."""
    best, counts = _best_matches(catalogue, query, items)
    scores = np.full(len(items), np.nan, dtype=np.float32)
    for answers in _PLACED:
        rows = np.flatnonzero((items.modalities == str(answers)) & (counts > 0))
        if len(rows):
            similarity = best[:, rows].mean(axis=0)
            score = catalogue.space.calibrate(similarity, query.modality, answers, "passage")
            scores[rows] = score - np.array([best_by_chance(int(n)) for n in counts[rows]])
    return scores


@lru_cache(maxsize=4096)
def best_by_chance(n: int) -> float:
    """Return the expected best of n standard normal draws, n >= 1.

    Blom's approximation (Statistical Estimates and Transformed Beta-Variables, 1958):
    the quantile at (n - 3/8) / (n + 1/4).
    """
    return NormalDist().inv_cdf((n - 0.375) / (n + 0.25))


def _with_passages(
    catalogue: Catalogue, query: Query, items: StoredItems, whole: FloatArray
) -> FloatArray:
    passage = passage_scores(catalogue, query, items)
    both: FloatArray = np.where(np.isnan(passage), whole, (whole + passage) / 2)
    return both


def _best_matches(
    catalogue: Catalogue, query: Query, items: StoredItems
) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Best similarity of each query passage in each item (q, n), and passages per item (n,)."""
    import pyarrow as pa
    import pyarrow.compute as pc

    best = np.full((len(query.passages), len(items)), -np.inf, dtype=np.float32)
    counts = np.zeros(len(items), dtype=np.int64)
    weighed = {
        str(answers): catalogue.space.weigh(query.passages, query.modality, answers, "passage")
        for answers in _PLACED
        if (items.modalities == str(answers)).any()
    }
    ids = pa.array(items.ids, pa.string())
    for owners, vectors in catalogue.passage_blocks():
        index = pc.index_in(owners, value_set=ids).fill_null(-1).to_numpy(zero_copy_only=False)
        for word, asking in weighed.items():
            rows = np.flatnonzero((index >= 0) & (items.modalities[index] == word))
            if len(rows):
                rows = rows[np.argsort(index[rows], kind="stable")]
                owner, starts, lengths = np.unique(
                    index[rows], return_index=True, return_counts=True
                )
                block = np.maximum.reduceat(asking @ vectors[rows].T, starts, axis=1)
                best[:, owner] = np.maximum(best[:, owner], block)
                counts[owner] += lengths
    return best, counts


def _hit(
    space: Space,
    query: Query,
    items: StoredItems,
    i: int,
    rank: int,
    score: float,
    passages: dict[str, StoredPassages],
) -> Hit:
    answers = Modality(items.modalities[i])
    moment: TimeSpan | Region | None = None
    stored = passages.get(items.ids[i])
    if stored is not None and len(stored.places) and answers in _PLACED:
        if len(query.passages):
            asking = space.weigh(query.passages, query.modality, answers, "passage")
            same_pace = Modality.SHEET not in (query.modality, answers)
            moment = best_window(asking @ stored.vectors.T, query.positions, stored, same_pace)
        else:
            asking = space.weigh(query.whole[None], query.modality, answers, "passage")
            moment = best_passage((asking @ stored.vectors.T)[0], stored)
    return Hit(rank, score, answers, items.titles[i], items.paths[i], moment)


def _condition(want: Sequence[Modality], where: str | None) -> str:
    words = ", ".join(f"'{modality}'" for modality in want)
    condition = f"modality IN ({words})"
    return f"{condition} AND ({where})" if where else condition
