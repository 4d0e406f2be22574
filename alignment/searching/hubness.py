"""Hubs: a few items that are near to everything, and two ways to lower them.

Pure functions of a similarity matrix (queries, candidates) in which larger means closer. What
each was worth on measured collections stands in ``docs/experiments.md``.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from unisono.towers.encoding import FloatArray

NEIGHBOURS = 10


def csls(similarity: FloatArray, k: int = NEIGHBOURS) -> FloatArray:
    """Cross-domain similarity local scaling: 2 s(x, y) - r(x) - r(y).

    r(x) is the mean similarity of a query to its k closest candidates, r(y) that of a candidate
    to its k closest queries. Conneau et al., Word Translation Without Parallel Data, 2018,
    equation 4. Raises ValueError for a k below 1 or an empty matrix.
    """
    own, theirs = mean_of_closest(similarity, k), mean_of_closest(similarity.T, k)
    scaled: FloatArray = 2 * similarity - own[:, None] - theirs[None, :]
    return scaled


def inverted_softmax(similarity: FloatArray, beta: float = 30.0) -> FloatArray:
    """The share of each candidate's softmax over the queries that a query holds, in logarithms.

    log softmax over queries of beta s(x, y), then over candidates, so that each row sums to one
    in probabilities: Smith et al., Offline bilingual word vectors, orthogonal transformations
    and the inverted softmax, 2017, equation 9, whose normaliser alpha is the second step.
    """
    if beta <= 0:
        raise ValueError(f"beta is {beta}; it has to be above 0")
    scaled = beta * np.asarray(similarity, np.float64)
    scaled = scaled - _log_sum(scaled, axis=0)
    scaled = scaled - _log_sum(scaled, axis=1)
    return np.asarray(scaled, np.float32)


def mean_of_closest(similarity: FloatArray, k: int = NEIGHBOURS) -> FloatArray:
    """Mean of the k largest values of each row (q,), of all where a row has fewer."""
    if k < 1 or not similarity.shape[1]:
        raise ValueError(f"the mean of the {k} closest of {similarity.shape[1]} means nothing")
    k = min(k, similarity.shape[1])
    closest = np.partition(similarity, similarity.shape[1] - k, axis=1)[:, -k:]
    return np.asarray(closest.mean(axis=1), np.float32)


def k_occurrence(similarity: FloatArray, k: int = NEIGHBOURS) -> npt.NDArray[np.int64]:
    """How often each candidate (n,) is among the k closest of a query."""
    k = min(k, similarity.shape[1])
    closest = np.argsort(-similarity, axis=1, kind="stable")[:, :k]
    return np.bincount(closest.ravel(), minlength=similarity.shape[1])


def skewness(occurrence: npt.ArrayLike) -> float:
    """Third standardised moment of a k-occurrence: above 0 there are hubs, at 0 none.

    Radovanovic et al., Hubs in Space, 2010, section 3. 0 where all occur equally often.
    """
    counts = np.asarray(occurrence, np.float64)
    deviation = counts.std()
    if deviation == 0:
        return 0.0
    return float((((counts - counts.mean()) / deviation) ** 3).mean())


def _log_sum(values: npt.NDArray[np.float64], axis: int) -> npt.NDArray[np.float64]:
    top = values.max(axis=axis, keepdims=True)
    total = np.log(np.exp(values - top).sum(axis=axis, keepdims=True))
    return np.asarray(top + total, np.float64)
