"""Rows of tables for pairs of vectors: both directions, among 2,000 and among all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unisono.eval.harness.pair_lists import spread_evenly
from unisono.eval.harness.task import ResultRow, RowKind, Score
from unisono.eval.intervals import grouped_interval
from unisono.eval.metrics import ChanceScores, mean_reciprocal_rank, paired_ranks, recall_at

DEPTHS = (1, 5, 10, 25)
_CURVE = 50

Vectors = npt.NDArray[np.floating]


@dataclass(frozen=True)
class Direction:
    """Asking and answering vectors (n, d), row i belonging to row i, and what they are of.

    lost: (n,) bool, pairs of which a side could not be found.
    """

    asks: str
    answers: str
    asking: Vectors
    answering: Vectors
    lost: npt.NDArray[np.bool_]


def conditions(count: int) -> dict[str, npt.NDArray[np.int64]]:
    """Rows of the pairs that are candidates of each other: 2,000 of them, and all."""
    all_pairs = np.arange(count)
    spread = spread_evenly(count)
    every = {f"all {count:,} pairs": all_pairs}
    return every if len(spread) == count else {f"{len(spread):,} pairs": spread, **every}


def measured_rows(
    who: str, kind: RowKind, directions: Sequence[Direction], groups: Sequence[str], seed: int
) -> list[ResultRow]:
    """Every condition and direction, intervals by resampling the groups (n names)."""
    names = np.asarray(groups)
    rows = []
    for condition, chosen in conditions(len(names)).items():
        for one in directions:
            ranks = paired_ranks(one.asking[chosen], one.answering[chosen], one.lost[chosen])
            rows.append(
                ResultRow(
                    who=who,
                    kind=kind,
                    condition=condition,
                    asks=one.asks,
                    answers=one.answers,
                    queries=len(ranks),
                    candidates=len(ranks),
                    scores=rank_scores(ranks, names[chosen].tolist(), seed),
                    main=kind == "measured" and len(chosen) == len(names),
                    by_group=by_group(ranks == 1, names[chosen].tolist()),
                    curve=tuple(recall_at(ranks, k) for k in range(1, _CURVE + 1)),
                )
            )
    return rows


def chance_rows(count: int, ways: Sequence[tuple[str, str]]) -> list[ResultRow]:
    """What a random order gives, exactly."""
    rows = []
    for condition, chosen in conditions(count).items():
        chance = ChanceScores(len(chosen))
        scores = {f"R@{k}": Score(chance.recall_at(k)) for k in DEPTHS}
        scores |= {
            "MRR": Score(chance.mean_reciprocal_rank),
            "median rank": Score(chance.median_rank),
        }
        rows += [
            ResultRow("chance", "chance", condition, asks, answers, *2 * (len(chosen),), scores)
            for asks, answers in ways
        ]
    return rows


def rank_scores(
    ranks: npt.NDArray[np.int64], groups: Sequence[str], seed: int
) -> Mapping[str, Score]:
    """R@1, 5, 10, 25 and MRR with intervals, and the median rank."""
    scores = {
        f"R@{k}": Score(recall_at(ranks, k), *grouped_interval(ranks <= k, groups, seed=seed))
        for k in DEPTHS
    }
    inverse = grouped_interval(1.0 / ranks, groups, seed=seed)
    scores["MRR"] = Score(mean_reciprocal_rank(ranks), *inverse)
    scores["median rank"] = Score(float(np.median(ranks)))
    return scores


def by_group(hits: npt.NDArray[np.bool_], groups: Sequence[str]) -> dict[str, float]:
    """Share of hits (n,) in each group."""
    names = np.asarray(groups)
    return {name: float(hits[names == name].mean()) for name in dict.fromkeys(groups)}
