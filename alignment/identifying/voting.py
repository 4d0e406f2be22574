"""Passages of a query vote for works: each for the works of its nearest stored passages.

After M. Dorfer, J. Hajic jr., A. Arzt, H. Frostel, G. Widmer, *Learning Audio-Sheet Music
Correspondences for Cross-Modal Retrieval and Piece Identification*, TISMIR 1(1), 2018, section
4.3, where each neighbour is one vote for its piece. Here a passage has one vote, shared by the
works among its neighbours in proportion to how far each work's nearest passage stands above the
furthest neighbour; stored passages overlap, so that more of them from one work say little more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unisono.alignment.searching.nearest import nearest
from unisono.towers.encoding import FloatArray

NEIGHBOURS = 25

Integers = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Neighbours:
    """The k nearest stored passages of each of q query passages, best first.

    scores: (q, k), -inf where fewer are stored. owners: (q, k), the number of the item that a
    passage is of, -1 where fewer are stored.
    """

    scores: FloatArray
    owners: Integers

    @property
    def limit(self) -> FloatArray:
        """What a score has to reach to be among the neighbours (q,)."""
        return self.scores[:, -1]


def no_neighbours(queries: int, k: int = NEIGHBOURS) -> Neighbours:
    """Before anything was looked at."""
    return Neighbours(
        np.full((queries, k), -np.inf, np.float32), np.full((queries, k), -1, np.intp)
    )


def nearest_in(
    vectors: FloatArray, owners: Integers, asking: FloatArray, k: int = NEIGHBOURS
) -> Neighbours:
    """Neighbours of asking vectors (q, d) among vectors (n, d), by inner product."""
    scores, rows = nearest(vectors, asking, k)
    return merged(no_neighbours(len(asking), k), Neighbours(scores, owners[rows]))


def merged(first: Neighbours, second: Neighbours) -> Neighbours:
    """The nearest of both, as many as ``first`` has; equal ones in this order."""
    k = first.scores.shape[1]
    scores = np.concatenate((first.scores, second.scores), axis=1)
    owners = np.concatenate((first.owners, second.owners), axis=1)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return Neighbours(
        np.take_along_axis(scores, order, axis=1), np.take_along_axis(owners, order, axis=1)
    )


def votes(neighbours: Neighbours, works: Integers, count: int) -> FloatArray:
    """Share of the votes (count,) that each work has; works: (n,) the work of each item.

    Query passages without neighbours abstain; with none at all nobody has a vote.
    """
    total = np.zeros(count, np.float64)
    for scores, owners in zip(neighbours.scores, neighbours.owners, strict=True):
        there = owners >= 0
        if not there.any():
            continue
        voted = works[owners[there]]
        # The furthest neighbour still says a little: alone, it has the whole vote.
        above = scores[there] - scores[there].min() + 1e-3
        best = np.zeros(count, np.float64)
        np.maximum.at(best, voted, above)
        total += best / best.sum()
    cast = total.sum()
    return np.asarray(total / cast if cast else total, np.float32)


def plain_votes(owners: Integers, works: Sequence[int] | Integers, count: int) -> Integers:
    """Votes (count,) where each neighbour counts one: the rule of the paper."""
    known = np.asarray(works, np.intp)[owners[owners >= 0]]
    return np.bincount(known, minlength=count).astype(np.intp)
