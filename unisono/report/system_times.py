"""When each system of an example page sounds, from the score that lies beside the page.

The pages of the example collection are engraved by this project from ``score.musicxml``; engraving
that score again in the same layout gives the systems with the times of their notes.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from unisono.data.errors import ReadError

_STAFF_SPACE_PX = 8.0
_PAGE_HEIGHT = 210.0
"""The layout of ``examples/page.py``."""

Seconds = tuple[float, float]


def seconds_of_system(page: Path, system: int) -> Seconds | None:
    """First and last second of the score on a system (from 1); None where nothing tells."""
    times = system_times(_score_beside(page))
    return times[system - 1] if 1 <= system <= len(times) else None


def system_at(page: Path, score_s: float) -> int | None:
    """Return the system (from 1) that holds a second of the score; None where nothing tells."""
    times = system_times(_score_beside(page))
    if not times:
        return None
    return sum(start_s <= score_s for start_s, _ in times) or 1


@lru_cache(maxsize=64)
def system_times(score: Path | None) -> tuple[Seconds, ...]:
    """Seconds of the score at the start and end of each system of its page."""
    if score is None:
        return ()
    from unisono.data.engraving import Layout, engrave
    from unisono.data.readers.musicxml import read_musicxml

    layout = Layout(staff_space_px=_STAFF_SPACE_PX, page_height=_PAGE_HEIGHT)
    try:
        notes = engrave(read_musicxml(score), layout, name=str(score)).notes
    except ReadError:
        return ()
    starts = [float(notes.onset_s[notes.system == row].min()) for row in sorted(set(notes.system))]
    return tuple(zip(starts, [*starts[1:], float(notes.offset_s.max())], strict=True))


def _score_beside(page: Path) -> Path | None:
    for name in ("score.musicxml", "score.mxl"):
        if (page.parent / name).is_file():
            return page.parent / name
    return None
