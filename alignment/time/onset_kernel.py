"""The loop of ``onset_alignment``, compiled by numba."""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def cheapest_frames(own, first, expected, least, uneven, most):
    """One frame for each onset, never falling, of the least sum of own costs and unevenness.

    own: (k, c) cost of the frames ``first[i]`` to ``first[i] + c - 1`` for onset i. expected:
    (k - 1,) frames from each onset to the next at the pace around them. A distance d for an
    expected e costs uneven * min(most, |log((d + least) / (e + least))|).
    """
    k, c = own.shape
    back = np.zeros((k, c), np.int16)
    above, here = own[0].copy(), np.empty(c)
    for i in range(1, k):
        shift = first[i] - first[i - 1]
        known = np.log(expected[i - 1] + least)
        prices = np.empty(2 * c - 1)
        for d in range(2 * c - 1):
            distance = d - (c - 1) + shift
            if distance < 0:
                prices[d] = np.inf
            else:
                prices[d] = uneven * min(most, abs(np.log(distance + least) - known))
        for j in range(c):
            best, chosen = np.inf, 0
            for before in range(c):
                total = above[before] + prices[j - before + c - 1]
                if total < best:
                    best, chosen = total, before
            here[j] = best + own[i, j]
            back[i, j] = chosen
        above, here = here, above
    frames = np.empty(k, np.int64)
    j = int(np.argmin(above))
    for i in range(k - 1, -1, -1):
        frames[i] = first[i] + j
        j = back[i, j]
    return frames
