"""Places and numbers as people write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unisono.data.places import Region, TimeSpan

if TYPE_CHECKING:
    from unisono.alignment.identifying.stretches import Stretch


def clock(seconds: float) -> str:
    """Return 75.2 as 1:15."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, seconds_left = divmod(rest, 60)
    if hours:
        return f"{hours}:{minutes:02d}:{seconds_left:02d}"
    return f"{minutes}:{seconds_left:02d}"


def spoken_place(place: TimeSpan | Region | None) -> str:
    """Return a place in a few characters; nothing for no place."""
    if isinstance(place, TimeSpan):
        return f"{clock(place.start_s)}-{clock(place.end_s)}"
    if isinstance(place, Region):
        return f"page {place.page}, system {place.system}"
    return ""


def spoken_stretch(stretch: Stretch | None) -> str:
    """Return '1:20-1:35' or 'page 1, system 2 to page 2, system 1'; nothing for none."""
    if stretch is None:
        return ""
    if stretch.span is not None:
        return spoken_place(stretch.span)
    first, last = spoken_place(stretch.first), spoken_place(stretch.last)
    return first if first == last else f"{first} to {last}"


def share(part: int, whole: int) -> str:
    """Return '9 of 12'."""
    return f"{part} of {whole}"


def plural(count: int, word: str) -> str:
    """Return '1 page' or '3 pages'."""
    return f"{count} {plural_word(count, word)}"


def plural_word(count: int, word: str) -> str:
    """Return 'page' for 1 and 'pages' for other counts."""
    return word if count == 1 else f"{word}s"
