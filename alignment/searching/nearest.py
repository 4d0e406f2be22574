"""Exact nearest neighbours by inner product, block by block.

A block of vectors is read once for all queries, and only what beats the k best so far is looked
at again, so that memory beside the vectors stays at one block of similarities.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from unisono.towers.encoding import FloatArray

_SIMILARITIES = 1 << 20
"""Of a block, at once: 4 MiB, which a processor's cache holds."""
Rows = npt.NDArray[np.intp]


def nearest(vectors: FloatArray, queries: FloatArray, k: int) -> tuple[FloatArray, Rows]:
    """Scores and rows (q, k) of the k vectors (n, d) closest to each query (q, d), best first.

    Equal scores keep the order of the rows. With fewer than k vectors there are n columns.
    Raises ValueError for a k below 1 or widths that differ.
    """
    if k < 1:
        raise ValueError(f"k is {k}; at least one neighbour has to be asked for")
    if vectors.ndim != 2 or queries.ndim != 2 or vectors.shape[1] != queries.shape[1]:
        raise ValueError(f"vectors {vectors.shape} and queries {queries.shape} do not go together")
    count, k = len(queries), min(k, len(vectors))
    scores = np.full((count, k), -np.inf, np.float32)
    rows = np.zeros((count, k), np.intp)
    step = max(1024, _SIMILARITIES // max(1, count))
    for start in range(0, len(vectors), step) if k else ():
        block = vectors[start : start + step]
        similarity = _similarity(queries, block)
        fresh = range(count) if start == 0 else _any_above(similarity, scores[:, -1])
        for i in fresh:
            found = np.flatnonzero(similarity[i] > scores[i, -1])
            found = found[best(similarity[i, found], k)]
            joined = np.concatenate((scores[i], similarity[i, found]))
            owners = np.concatenate((rows[i], found + start))
            # What was there before stands first, so that equal scores keep their order.
            order = np.argsort(-joined, kind="stable")[:k]
            scores[i], rows[i] = joined[order], owners[order]
    return scores, rows


def best(scores: FloatArray, k: int) -> Rows:
    """Positions of the k largest scores (n,), best first; equal ones in their order."""
    if k < len(scores):
        limit = np.partition(scores, len(scores) - k)[len(scores) - k]
        candidates = np.flatnonzero(scores >= limit)
    else:
        candidates = np.arange(len(scores))
    order: Rows = candidates[np.argsort(-scores[candidates], kind="stable")[:k]]
    return order


def inner(vectors: FloatArray, query: FloatArray) -> FloatArray:
    """Inner products (n,) with one query (d,), reading only the columns where it is not zero.

    A text has no notes: two thirds of its vector in the default space need not be read.
    """
    filled = np.flatnonzero(query)
    if not len(filled):
        return np.zeros(len(vectors), np.float32)
    columns = slice(int(filled[0]), int(filled[-1]) + 1)
    products: FloatArray = vectors[:, columns] @ query[columns]
    return products


def _similarity(queries: FloatArray, block: FloatArray) -> FloatArray:
    if len(queries) == 1:
        return inner(block, queries[0])[None]
    products: FloatArray = queries @ block.T
    return products


def _any_above(similarity: FloatArray, limits: FloatArray) -> Rows:
    """The queries for which something in the block beats the worst that is kept."""
    return np.flatnonzero(similarity.max(axis=1) > limits)
