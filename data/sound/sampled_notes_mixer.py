"""The inner loop of mixing sampled notes, compiled by numba."""

from __future__ import annotations

import numba
import numpy as np

END_FADE = 480
"""Samples at the end of a recorded note over which it fades, where nothing else ends it."""


@numba.njit(cache=True, fastmath=True, nogil=True)
def mix_notes(samples, onset, offset, row, velocity, out, ratio, release):  # type: ignore[no-untyped-def]
    """Add notes to ``out``: samples (pitches, 2, time) int16, onset and offset in samples.

    ratio: playback speed (tuning). A note fades out linearly over ``release`` samples.
    Where the recording of a note ends before the note does, it fades out over its last 30 ms.
    The two velocity layers are mixed in proportion to the velocity.
    """
    length = samples.shape[2]
    total = out.shape[0]
    scale = np.float32(1.0 / 32768.0)
    for n in range(onset.shape[0]):
        start = onset[n]
        held = max(offset[n] - start, 1)
        loud = min(max((velocity[n] - 45.0) / 60.0, 0.0), 1.0)
        below = min(velocity[n] / 45.0, 1.0)
        low = samples[row[n], 0]
        high = samples[row[n], 1]
        soft_gain = np.float32((1.0 - loud) * below * below) * scale
        loud_gain = np.float32(loud) * scale
        first = max(0, -start)
        last = min(held + release, total - start)
        for i in range(first, last):
            position = i * ratio
            left = int(position)
            if left >= length - 1:
                break
            share = np.float32(position - left)
            value = soft_gain * (low[left] + share * (low[left + 1] - low[left]))
            value += loud_gain * (high[left] + share * (high[left + 1] - high[left]))
            if position > length - 1 - END_FADE:
                value *= np.float32(length - 1 - position) / np.float32(END_FADE)
            if i > held:
                value *= np.float32(1.0) - np.float32(i - held) / np.float32(release)
            out[start + i] += value
