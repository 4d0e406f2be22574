"""Where a passage lies: in time, in ticks or on a page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """Seconds of a recording."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class TickSpan(TimeSpan):
    """Seconds and ticks of a MIDI file."""

    start_tick: int
    end_tick: int


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a system; page and system count from 1, coordinates are pixels of the page."""

    page: int
    system: int
    x0: float
    x1: float
    y0: float
    y1: float


Place = TimeSpan | Region
"""A TickSpan is a TimeSpan; a text and a cover have no places (None)."""
