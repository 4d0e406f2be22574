"""The way of the cursor over the pages, and which parts of it are uncertain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from unisono.alignment.time.alignment import Alignment

STEP_S = 0.1

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Track:
    """Where the cursor is at seconds of the recording, (k,) each.

    system: row in ``View.systems``. x: share 0..1 of the width of its page; between two points
    in the same system, of which the second is not left of the first, it moves evenly.
    """

    seconds: Floats
    system: Integers
    x: Floats

    def at(self, seconds: float) -> tuple[int, float]:
        """System and x at a second; the ends hold beyond the ends."""
        i = max(0, int(np.searchsorted(self.seconds, seconds, side="right")) - 1)
        j = min(i + 1, len(self.seconds) - 1)
        part = 0.0
        if self.system[i] == self.system[j] and self.x[j] >= self.x[i] and j > i:
            gap = self.seconds[j] - self.seconds[i]
            part = min(1.0, max(0.0, float((seconds - self.seconds[i]) / gap)))
        return int(self.system[i]), float(self.x[i] + part * (self.x[j] - self.x[i]))


@dataclass(frozen=True)
class Shade:
    """A part of a system, as shares of the page's width, that is uncertain at some seconds."""

    system: int
    x0: float
    x1: float
    start_s: float
    end_s: float


def cursor_track(
    alignment: Alignment,
    place_at: Callable[[float], tuple[int, float] | None],
    system_ends: Sequence[float],
) -> Track:
    """Ask for the place (system, x) every STEP_S; at the end of a line go on to its right edge."""
    start, end = float(alignment.recording_s[0]), float(alignment.recording_s[-1])
    times = np.append(np.arange(start, end, STEP_S), end)
    found = [(t, place) for t in times.tolist() if (place := place_at(t)) is not None]
    seconds = np.array([t for t, _ in found], np.float64)
    system = np.array([place[0] for _, place in found], np.int64)
    x = np.array([place[1] for _, place in found], np.float64)
    for first, after in _runs(system, x):
        if after < len(x) and system[after] != system[first]:
            still = first + int(np.argmax(x[first:after] >= x[first:after].max() - 1e-9))
            goal = max(float(x[still]), system_ends[int(system[first])])
            steps = np.linspace(0, 1, after - still + 1)[:-1]
            x[still:after] = x[still] + steps * (goal - x[still])
    return Track(seconds, system, x)


def shades(track: Track, spans: Iterable[tuple[float, float]]) -> list[Shade]:
    """What the cursor crosses during each span of seconds, system by system."""
    found = []
    for start, end in spans:
        rows = np.flatnonzero((track.seconds >= start - 1e-6) & (track.seconds <= end + 1e-6))
        if not len(rows):
            continue
        offset = int(rows[0])
        for first, after in _runs(track.system[rows], track.x[rows]):
            part = slice(offset + first, offset + after)
            x0, x1 = float(track.x[part].min()), float(track.x[part].max())
            row = int(track.system[offset + first])
            found.append(Shade(row, x0, max(x1, x0 + 0.004), start, end))
    return found


def _runs(system: Integers, x: Floats) -> list[tuple[int, int]]:
    """First and one after the last of each stretch in which the cursor only moves to the right."""
    breaks = np.flatnonzero((np.diff(system) != 0) | (np.diff(x) < -1e-3)) + 1
    edges = [0, *breaks.tolist(), len(system)]
    return [(a, b) for a, b in pairwise(edges) if b > a]
