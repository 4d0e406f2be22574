"""Pieces that are the same music: by the steps of their melody lines, whatever key or tempo."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

SHINGLE = 12
"""Steps between successive notes that are taken together."""

KEPT = 4
"""One of so many shingles is looked at: the same ones in every piece (Broder 1997)."""

ALIKE = 0.5
"""Share of the smaller piece's shingles from which on two pieces are told."""

_COMMON = 50  # shingles of more pieces than this are scales and drones

Shingles = npt.NDArray[np.uint64]


def note_shingles(onset_s: npt.ArrayLike, pitch: npt.ArrayLike) -> Shingles:
    """Sorted hashes of runs of ``SHINGLE`` pitch steps, in order of onset and pitch; sampled.

    Transposed or played faster the hashes stay the same. Empty for fewer than 13 notes.
    """
    onset, height = np.asarray(onset_s, np.float64), np.asarray(pitch, np.int64)
    order = np.lexsort((height, np.round(onset, 2)))
    steps = np.clip(np.diff(height[order]), -64, 63).astype(np.uint64) & np.uint64(127)
    if len(steps) < SHINGLE:
        return np.zeros(0, np.uint64)
    windows = np.lib.stride_tricks.sliding_window_view(steps, SHINGLE)
    hashes = np.zeros(len(windows), np.uint64)
    for column in range(SHINGLE):  # polynomial hash, modulo 2 ** 64
        hashes = hashes * np.uint64(0x9E3779B97F4A7C15) + windows[:, column] + np.uint64(1)
    hashes ^= hashes >> np.uint64(29)
    hashes *= np.uint64(0xBF58476D1CE4E5B9)
    hashes ^= hashes >> np.uint64(32)
    return np.unique(hashes[hashes % np.uint64(KEPT) == 0])


def alike(pieces: Sequence[Shingles]) -> Iterator[tuple[int, int, float]]:
    """(first, second, share) of pieces that have ``ALIKE`` or more of their shingles in common."""
    holders: dict[int, list[int]] = defaultdict(list)
    for number, shingles in enumerate(pieces):
        for shingle in shingles.tolist():
            holders[shingle].append(number)
    shared: Counter[tuple[int, int]] = Counter()
    for numbers in holders.values():
        if 1 < len(numbers) <= _COMMON:
            for i, first in enumerate(numbers):
                for second in numbers[i + 1 :]:
                    shared[first, second] += 1
    for (first, second), count in sorted(shared.items()):
        smaller = min(len(pieces[first]), len(pieces[second]))
        if smaller >= 4 and count >= ALIKE * smaller:
            yield first, second, count / smaller
