"""Pairs of times at which two versions of a piece show the same moment, made ascending."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.data.readers.musicxml import read_musicxml
from unisono.data.sources.entry import Alignment, Role

SECONDS_PER_QUARTER = 0.5
"""A quarter in the tempo of a score that names none, 120 quarters a minute."""


def same_moments(
    left: Role, left_s: npt.ArrayLike, right: Role, right_s: npt.ArrayLike
) -> Alignment | None:
    """Align two roles by pairs of times (n,), in any order, in seconds.

    Pairs of the same left time (the notes of a chord) become one at the median of their right
    times. Of what then steps back on the right (a wrong pair, an early grace note), the later is
    dropped, so that both sides ascend strictly. None where fewer than two pairs are left.
    """
    lefts, rights = np.asarray(left_s, float), np.asarray(right_s, float)
    known = np.isfinite(lefts) & np.isfinite(rights)
    order = np.lexsort((rights[known], lefts[known]))
    lefts, rights = lefts[known][order], rights[known][order]
    moments, first, size = np.unique(lefts, return_index=True, return_counts=True)
    times = (rights[first + (size - 1) // 2] + rights[first + size // 2]) / 2
    kept = _ascending(times)
    if len(kept) < 2:
        return None
    return Alignment(left, right, moments[kept], times[kept])


def seconds_per_quarter(score: Path) -> float:
    """Of the one tempo that a MusicXML file names; SECONDS_PER_QUARTER for none or several.

    Raises ReadError for a file that is no MusicXML.
    """
    tempos = set(re.findall(r'<sound[^>]* tempo="([\d.]+)"', read_musicxml(score)))
    named = float(tempos.pop()) if len(tempos) == 1 else 0.0
    return 60 / named if named > 0 else SECONDS_PER_QUARTER


def _ascending(times: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Rows whose time is later than that of every kept row before."""
    latest = np.maximum.accumulate(np.concatenate([[-np.inf], times]))[:-1]
    return np.flatnonzero(times > latest)
