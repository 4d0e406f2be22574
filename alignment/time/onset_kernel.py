"""The loops of ``onset_alignment``, compiled by numba."""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def heard_sums(heard, chord, band, first, count):
    """Sums over the notes of each chord of what is heard of them, in ``count`` frames from its own.

    heard: (n, bands). chord, band: (notes,) of each note. first: (k,) a frame for each chord,
    which may lie beyond both ends, as those after it: nothing is heard there.
    """
    sums = np.zeros((len(first), count), np.float32)
    for i in range(len(chord)):
        start = first[chord[i]]
        for j in range(max(0, -start), min(count, len(heard) - start)):
            sums[chord[i], j] += heard[start + j, band[i]]
    return sums


@numba.njit(cache=True, nogil=True)
def cheapest_frames(own, first, expected, least, uneven, most):
    """One frame for each onset, never falling, of the least sum of own costs and unevenness.

    own: (k, c) cost of the frames ``first[i]`` to ``first[i] + c - 1`` for onset i. expected:
    (k - 1,) frames from each onset to the next at the pace around them. A distance d for an
    expected e costs uneven * min(most, |log((d + least) / (e + least))|).
    """
    k, c = own.shape
    back = np.zeros((k, c), np.int16)
    above, here = own[0].astype(np.float64), np.empty(c)
    lowest = np.empty(c, np.int64)  # of the sums above, up to each frame
    prices = np.empty(2 * c)
    for i in range(1, k):
        shift = first[i] - first[i - 1]
        known = np.log(expected[i - 1] + least)
        # From here on all distances cost the same.
        far = int(np.ceil((expected[i - 1] + least) * np.exp(most) - least))
        far = max(1, min(far, shift + c))
        if far > len(prices):
            prices = np.empty(far)
        for d in range(far):
            prices[d] = uneven * min(most, abs(np.log(d + least) - known))
        lowest[0] = 0
        for j in range(1, c):
            lowest[j] = j if above[j] < above[lowest[j - 1]] else lowest[j - 1]
        for j in range(c):
            best, chosen = np.inf, 0
            nearest = j + shift  # the frame above at no distance
            if nearest - far >= 0:
                chosen = lowest[min(c - 1, nearest - far)]
                best = above[chosen] + uneven * most
            for before in range(max(0, nearest - far + 1), min(c, nearest + 1)):
                total = above[before] + prices[nearest - before]
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
