"""Time signatures, measure by measure, and where the beats of a measure lie."""

from __future__ import annotations

from xml.etree import ElementTree

Metre = tuple[int, int]
"""Beats and beat type as printed: (6, 8)."""

_CLOSE = 1e-6


def metres_of_musicxml(text: str) -> list[Metre | None]:
    """The metre that holds in each measure of the first part; None where none is given or read.

    ``text`` is MusicXML in parts (``score-partwise``); other texts give an empty list. Sums such
    as ``3+2`` over 8 count as 5/8.
    """
    root = ElementTree.fromstring(text)
    part = root.find("part")
    if part is None:
        return []
    now: Metre | None = None
    found: list[Metre | None] = []
    for measure in part.findall("measure"):
        time = measure.find("attributes/time")
        if time is not None:
            now = _metre(time)
        found.append(now)
    return found


def beat_quarters(metre: Metre | None) -> float:
    """Length of a beat in quarters: the beat type, three of them in 6/8, 9/8, 12/8 and the like.

    Without a metre a beat is a quarter.
    """
    if metre is None:
        return 1.0
    above, below = metre
    return 4 / below * (3 if above % 3 == 0 and above > 3 else 1)


def beats_of_measure(
    quarters: float, metre: Metre | None, *, upbeat: bool = False
) -> list[tuple[int, float]]:
    """Number and offset in quarters of every beat that begins in a measure.

    quarters: its length. upbeat: it lacks its beginning, so that its last beat has the number of
    the last beat of the metre; a part of a beat before the first whole one has no row.
    """
    step = beat_quarters(metre)
    missing = 0.0
    if upbeat and metre is not None:
        missing = max(0.0, 4 * metre[0] / metre[1] - quarters)
    first = -(-(missing - _CLOSE) // step)
    found = []
    number = int(first)
    while number * step - missing < quarters - _CLOSE:
        found.append((number + 1, max(0.0, number * step - missing)))
        number += 1
    return found


def _metre(time: ElementTree.Element) -> Metre | None:
    above, below = time.findtext("beats"), time.findtext("beat-type")
    try:
        count = sum(int(part) for part in (above or "").split("+"))
        unit = int(below or "")
    except ValueError:
        return None
    return (count, unit) if count > 0 and unit > 0 else None
