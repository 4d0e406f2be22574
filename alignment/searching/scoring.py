"""Scores of the items of a catalogue for one query, in standard deviations above unrelated pairs.

A score is a weighted mean of up to two kinds of evidence, each counted for the same two
modalities, so that recordings and pages rank in one list:

- whole: the similarity of the whole vectors, less what hubs owe to being near to everything
  (``local_scaling``);
- passages, where a file asks and both sides have places: for each passage of the query its best
  match in the item, averaged. The best of many is high by chance alone, so what the best of as
  many unrelated ones would reach is taken off; otherwise long items would win.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from unisono.alignment.searching.local_scaling import surplus
from unisono.alignment.searching.nearest import inner
from unisono.alignment.searching.question import PLACED, Query
from unisono.alignment.store.held import HeldItems, Positions
from unisono.data.modality import Modality
from unisono.towers.encoding import FloatArray

if TYPE_CHECKING:
    from unisono.towers.space import Space

ALIKE_SHARE, ACROSS_SHARE = 0.5, 0.8
"""What passages count for, of 1: among items of one modality, and across modalities. A page that
asks for its recording asks which notes these are, and passages tell that better; a recording that
asks for others may as well ask for what is like it. ``unisono.eval.evidence_shares`` measured."""

PassageBlocks = Iterable[tuple[pa.Array, FloatArray]]
"""Item ids (m,) and vectors (m, d) of stored passages."""


def whole_scores(
    space: Space,
    query: Query,
    held: HeldItems,
    want: Sequence[Modality],
    pool: Positions | None = None,
) -> FloatArray:
    """Score items (n,) by whole vectors alone; -inf for those not wanted or not in the pool."""
    scores = np.full(len(held), -np.inf, dtype=np.float32)
    for answers in want:
        span = held.spans.get(answers, slice(0, 0))
        among = None if pool is None else pool[(pool >= span.start) & (pool < span.stop)]
        # A slice is a view: the vectors of all items are not copied for each question.
        vectors = held.vectors[span] if among is None else held.vectors_at(among)
        if len(vectors):
            vector = space.weigh(query.whole[None], query.modality, answers, "whole")[0]
            similarity = inner(vectors, vector)
            score = space.calibrate(similarity, query.modality, answers, "whole")
            hubs = surplus(space, held, query.modality, answers, among)
            scores[span if among is None else among] = score if hubs is None else score - hubs
    return scores


def with_passages(
    whole: FloatArray, passage: FloatArray, held: HeldItems, asks: Modality
) -> FloatArray:
    """Both kinds of evidence in one score (n,); whole alone where passages give NaN."""
    share = np.full(len(held), ALIKE_SHARE, np.float32)
    for answers, span in held.spans.items():
        if answers is not asks:
            share[span] = ACROSS_SHARE
    # Where there is no passage it must not count; -inf must stay -inf.
    share[np.isnan(passage)] = 0
    both: FloatArray = np.where(
        share > 0, (1 - share) * whole + share * np.nan_to_num(passage), whole
    )
    return both


def passage_scores(
    space: Space,
    query: Query,
    held: HeldItems,
    blocks: PassageBlocks,
    want: Sequence[Modality],
    pool: Positions | None = None,
) -> FloatArray:
    """Score items (n,) by the passages in ``blocks``; NaN for those without, or not in the pool."""
    best, counts = _best_matches(space, query, held, blocks, want, pool)
    scores = np.full(len(held), np.nan, dtype=np.float32)
    for answers in PLACED:
        span = held.spans.get(answers, slice(0, 0))
        rows = span.start + np.flatnonzero(counts[span] > 0)
        if len(rows):
            score = space.calibrate(best[rows], query.modality, answers, "passage")
            scores[rows] = score - np.array([best_by_chance(int(n)) for n in counts[rows]])
    return scores


@lru_cache(maxsize=4096)
def best_by_chance(n: int) -> float:
    """Return the expected best of n standard normal draws, n >= 1.

    Blom's approximation (Statistical Estimates and Transformed Beta-Variables, 1958):
    the quantile at (n - 3/8) / (n + 1/4).
    """
    return NormalDist().inv_cdf((n - 0.375) / (n + 0.25))


def _best_matches(
    space: Space,
    query: Query,
    held: HeldItems,
    blocks: PassageBlocks,
    want: Sequence[Modality],
    pool: Positions | None,
) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Mean over the query's passages of the best match in each item (n,), and passages (n,)."""
    among = np.arange(len(held)) if pool is None else pool
    # One column more, to which -1 leads: for passages of items that are not in the pool.
    column = np.full(len(held) + 1, -1, np.intp)
    column[among] = np.arange(len(among))
    best = np.full((len(query.passages), len(among)), -np.inf, np.float32)
    counts = np.zeros(len(held), dtype=np.int64)
    weighed = [
        (held.spans[answers], space.weigh(query.passages, query.modality, answers, "passage"))
        for answers in PLACED
        if answers in held.spans and answers in want
    ]
    for ids, vectors in blocks:
        index = held.owners(ids)
        index[column[index] < 0] = -1
        for span, asking in weighed:
            rows = np.flatnonzero((index >= span.start) & (index < span.stop))
            if not len(rows):
                continue
            rows = rows[np.argsort(index[rows], kind="stable")]
            owner, starts, lengths = np.unique(index[rows], return_index=True, return_counts=True)
            block = np.maximum.reduceat(asking @ vectors[rows].T, starts, axis=1)
            at = column[owner]
            best[:, at] = np.maximum(best[:, at], block)
            counts[owner] += lengths
    means = np.full(len(held), -np.inf, np.float32)
    means[among] = best.mean(axis=0)
    return means, counts
