"""Where passages lie, as numbers for a path and as a stretch for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unisono.alignment.time.score import centres
from unisono.data.modality import Modality
from unisono.data.places import Place, Region, TimeSpan
from unisono.towers.encoding import Passages

Floats = npt.NDArray[np.float64]

_TEMPI = np.geomspace(0.6, 1 / 0.6, 5)
"""Tempo of an item over that of a query, and notes' width on a page over that on another."""
_PAGE_PACES = np.geomspace(0.4, 6.0, 9)
"""Passages of a page (of four staff spaces) for each second, from adagio to prestissimo."""


@dataclass(frozen=True)
class Stretch:
    """From one place to another, in order; both are the same for a single passage."""

    first: Place
    last: Place

    @property
    def span(self) -> TimeSpan | None:
        """Seconds from beginning to end; None on pages."""
        if isinstance(self.first, TimeSpan) and isinstance(self.last, TimeSpan):
            return TimeSpan(self.first.start_s, self.last.end_s)
        return None

    @property
    def pages(self) -> tuple[int, ...]:
        """Pages that it is on, in order; none in time."""
        if isinstance(self.first, Region) and isinstance(self.last, Region):
            return tuple(range(self.first.page, self.last.page + 1))
        return ()


def positions_of(passages: Passages, modality: Modality) -> Floats:
    """Seconds of passages, or their numbers on pages (n,)."""
    if modality is Modality.SHEET:
        return np.arange(len(passages), dtype=np.float64)
    return centres(passages)


def paces(asks: Modality, answers: Modality, hop: float) -> Floats:
    """Stored passages for each unit of the query's position; hop: of the stored ones."""
    if (asks is Modality.SHEET) == (answers is Modality.SHEET):
        return _TEMPI / hop
    return (_PAGE_PACES if answers is Modality.SHEET else 1 / _PAGE_PACES[::-1]) / hop


def hop_of(positions: Floats) -> float:
    """The usual distance of neighbouring passages; 1 for a single one."""
    return float(np.median(np.diff(positions))) if len(positions) > 1 else 1.0


def stretch(places: Sequence[Place | None], positions: Floats) -> Stretch | None:
    """From the first to the last of some neighbouring passages, at their positions (n,).

    A passage hears more than its own step; in time, each counts for that step alone.
    """
    first, last = places[0], places[-1]
    if first is None or last is None:
        return None
    if isinstance(first, TimeSpan) and isinstance(last, TimeSpan):
        half = hop_of(positions) / 2
        begin = max(0.0, float(positions[0]) - half)
        end = max(begin, min(last.end_s, float(positions[-1]) + half))
        return Stretch(TimeSpan(begin, begin), TimeSpan(end, end))
    return Stretch(first, last)
