"""Passages of a recording in which its place in the score is not to be relied on."""

from __future__ import annotations

import numpy as np

from unisono.alignment.time.alignment import Alignment

LOW = 0.5
"""A moment that is where it was put with a lower probability is uncertain."""
SHORTEST_S = 1.0
GAP_S = 2.0
"""Shorter passages are left out, and passages with a shorter gap between them are one."""
_STEP_S = 0.1


def uncertain_spans(alignment: Alignment) -> list[tuple[float, float]]:
    """Start and end in seconds of the recording of each uncertain passage, in order."""
    start, end = float(alignment.recording_s[0]), float(alignment.recording_s[-1])
    times = np.append(np.arange(start, end, _STEP_S), end)
    sure = np.interp(times, alignment.recording_s, alignment.confidences)
    low = sure < LOW
    edges = np.flatnonzero(np.diff(np.concatenate([[False], low, [False]]).astype(np.int8)))
    joined: list[tuple[float, float]] = []
    for first, after in zip(edges[::2], edges[1::2], strict=True):
        span = (float(times[first]), float(times[after - 1]))
        if joined and span[0] - joined[-1][1] < GAP_S:
            span = (joined.pop()[0], span[1])
        joined.append(span)
    return [span for span in joined if span[1] - span[0] >= SHORTEST_S]
