"""How many places can be told apart at all: by the notes around them.

Music repeats itself, and two windows with the same notes at the same times are the same question.
As ties count against, no space whose windows are so long can find more than the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt

from unisono.data.notes import Notes

_GRID_S = 0.02


def note_windows(notes: Notes, seconds: npt.NDArray[np.float64], window_s: float) -> list[Hashable]:
    """What begins within half a window of each second (n,): equal for equal notes and times.

    Times count to 20 ms, which hides what rounding to ticks does to a repeat.
    """
    windows: list[Hashable] = []
    for second in seconds.tolist():
        from_it = notes.onset_s - second
        near = np.abs(from_it) <= window_s / 2
        steps = np.round(from_it[near] / _GRID_S).astype(int).tolist()
        windows.append(tuple(sorted(zip(steps, notes.pitch[near].tolist(), strict=True))))
    return windows


def share_alone(windows: Sequence[Hashable]) -> float:
    """Share of windows that no other equals; raises ValueError for none."""
    if not windows:
        raise ValueError("there are no windows")
    count = Counter(windows)
    return float(np.mean([count[window] == 1 for window in windows]))
