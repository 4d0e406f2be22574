"""Retrieval metrics: pure functions of similarities and of what is right.

Conventions: a similarity matrix is (queries, candidates) and larger means closer; ``right`` is a
bool matrix of the same shape. Ranks count from 1, and ties count against the right answer.

Metrics: recall at k, mean reciprocal rank, median rank, their chance levels, area under the ROC
curve, bootstrap intervals (of items; ``intervals.py`` resamples by piece).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class RetrievalScores:
    """Means over queries; recalls are shares 0..1, ``chance_*`` what a random order would give."""

    queries: int
    candidates: int
    recall_1: float
    recall_5: float
    recall_10: float
    recall_25: float
    mean_reciprocal_rank: float
    median_rank: float
    chance_1: float


def ranks(similarity: npt.ArrayLike, right: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Rank of the best right candidate of each query.

    Raises ValueError for shapes that differ, values that are not finite, or a query for which
    nothing is right.
    """
    scores = np.asarray(similarity, np.float64)
    truth = np.asarray(right, bool)
    if scores.shape != truth.shape or scores.ndim != 2:
        raise ValueError(f"similarity {scores.shape} and right {truth.shape} must be equal and 2-d")
    if not np.isfinite(scores).all():
        raise ValueError("similarities must be finite")
    if not truth.any(axis=1).all():
        raise ValueError("every query needs at least one right candidate")
    best = np.where(truth, scores, -np.inf).max(axis=1, keepdims=True)
    return np.asarray(1 + ((scores >= best) & ~truth).sum(axis=1), np.int64)


def paired_ranks(
    asking: npt.ArrayLike,
    answering: npt.ArrayLike,
    lost: npt.ArrayLike | None = None,
    *,
    tolerance: float = 1e-6,
    block: int = 1024,
) -> npt.NDArray[np.int64]:
    """Rank (n,) of row i of ``answering`` (n, d) for row i of ``asking`` (n, d), by inner product.

    Similarities within ``tolerance`` of the right one's are ties, since equal inputs may come out
    of a net with the last digit changed; ties count against. lost: (n,) bool, pairs of which a
    side is missing: their rank is n. Memory grows with ``block`` times n.

    Raises ValueError for shapes that differ, or values that are not finite.
    """
    left, right = np.asarray(asking), np.asarray(answering)
    if left.shape != right.shape or left.ndim != 2:
        raise ValueError(f"asking {left.shape} and answering {right.shape} must be equal and 2-d")
    if not (np.isfinite(left).all() and np.isfinite(right).all()):
        raise ValueError("vectors must be finite")
    count = len(left)
    found = np.empty(count, np.int64)
    for start in range(0, count, block):
        scores = left[start : start + block] @ right.T
        rows = np.arange(len(scores))
        best = scores[rows, start + rows][:, None]
        found[start : start + block] = (scores >= best - tolerance).sum(axis=1)
    if lost is not None:
        found[np.asarray(lost, bool)] = count
    return found


def recall_at(rank: npt.ArrayLike, k: int) -> float:
    """Share of queries whose right answer is among the first ``k``."""
    return float(np.mean(np.asarray(rank) <= k))


def mean_reciprocal_rank(rank: npt.ArrayLike) -> float:
    """Mean of 1 / rank."""
    return float(np.mean(1.0 / np.asarray(rank, np.float64)))


def retrieval_scores(similarity: npt.ArrayLike, right: npt.ArrayLike) -> RetrievalScores:
    """All retrieval metrics of one similarity matrix."""
    rank = ranks(similarity, right)
    truth = np.asarray(right, bool)
    return RetrievalScores(
        queries=truth.shape[0],
        candidates=truth.shape[1],
        recall_1=recall_at(rank, 1),
        recall_5=recall_at(rank, 5),
        recall_10=recall_at(rank, 10),
        recall_25=recall_at(rank, 25),
        mean_reciprocal_rank=mean_reciprocal_rank(rank),
        median_rank=float(np.median(rank)),
        chance_1=float(truth.mean()),
    )


def roc_auc(positive: npt.ArrayLike, negative: npt.ArrayLike) -> float:
    """Chance that a score of ``positive`` (n,) is above one of ``negative`` (m,); ties count half.

    Area under the receiver operating characteristic, as the Mann-Whitney statistic. Raises
    ValueError where either is empty.
    """
    above, below = np.asarray(positive, np.float64), np.asarray(negative, np.float64)
    if not above.size or not below.size:
        raise ValueError("an area under a curve needs positive and negative scores")
    ordered = np.sort(below)
    fewer = np.searchsorted(ordered, above, side="left")
    as_many = np.searchsorted(ordered, above, side="right")
    return float((fewer + as_many).mean() / (2 * below.size))


@dataclass(frozen=True)
class ChanceScores:
    """What a random order of ``candidates`` gives on average, one of them right."""

    candidates: int

    def recall_at(self, k: int) -> float:
        """Share of queries whose right answer is among the first ``k``."""
        return min(k, self.candidates) / self.candidates

    @property
    def mean_reciprocal_rank(self) -> float:
        """Mean of 1 / rank over all ranks."""
        return float(np.mean(1.0 / np.arange(1, self.candidates + 1)))

    @property
    def median_rank(self) -> float:
        """The middle rank."""
        return (self.candidates + 1) / 2


def bootstrap_interval(
    values: npt.ArrayLike, *, share: float = 0.95, rounds: int = 1000, seed: int = 0
) -> tuple[float, float]:
    """Interval of the mean of values (n,) by resampling them (Efron 1979)."""
    sample = np.asarray(values, np.float64)
    random = np.random.default_rng(seed)
    means = sample[random.integers(len(sample), size=(rounds, len(sample)))].mean(axis=1)
    tail = (1 - share) / 2
    return float(np.quantile(means, tail)), float(np.quantile(means, 1 - tail))
