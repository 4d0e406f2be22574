"""Answers that are one work under several names: a page beside its score, two editions.

Words do not always say that two items are versions of one work. Along a query they show it: where
two answers meet the same passages of the query, their own passages are as alike as those of the
query and of the better one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from unisono.alignment.identifying.asked import Asked
from unisono.alignment.identifying.matching import Match
from unisono.towers.encoding import FloatArray

_FEWEST = 16  # passages that both met; paths seek what is alike, so few say little
_AS_ALIKE = 0.8  # of what the query and the better answer are
_LEAST = 0.15  # advantage below which nothing is called the same
_BEYOND_CHANCE = 5.0  # deviations of a mean over as many unrelated passages


def joined_versions(
    matches: Sequence[tuple[Match, float]], asked: Asked
) -> list[tuple[Match, float]]:
    """Matches and their shares of the votes, with those of one music joined under the best.

    In the order of what their paths gain; votes of versions are added up.
    """
    ordered = sorted(matches, key=lambda one: -one[0].order)
    joined: list[tuple[Match, float]] = []
    for found, share in ordered:
        for row, (better, votes) in enumerate(joined):
            if same_music(better, found, asked):
                joined[row] = (better, votes + share)
                break
        else:
            joined.append((found, share))
    return joined


def same_music(better: Match, other: Match, asked: Asked) -> bool:
    """Whether two answers are as alike, passage by passage, as the query and the better one."""
    rows, here, there = np.intersect1d(
        better.evidence.path[:, 0], other.evidence.path[:, 0], return_indices=True
    )
    if len(rows) < _FEWEST:
        return False
    with_query, _ = advantage(asked.query.passages[rows], better.met[here])
    between, chance = advantage(better.met[here], other.met[there])
    return between >= max(_LEAST, _AS_ALIKE * with_query, _BEYOND_CHANCE * chance)


def advantage(left: FloatArray, right: FloatArray) -> tuple[float, float]:
    """How much more alike (n, d) are row by row than to rows farther off, in cosines.

    The second number is how far such a mean lies from 0 by chance (a deviation).
    """
    similarity = left @ right.T
    distance = np.abs(np.subtract.outer(np.arange(len(left)), np.arange(len(right))))
    far = similarity[distance > max(2, len(left) // 8)]
    more = float(np.diagonal(similarity).mean() - far.mean())
    return more, float(far.std()) / float(np.sqrt(len(left)))
