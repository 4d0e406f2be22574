"""What a player shows: pages, where systems and measures stand on them, and the cursor's way."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.alignment.outputs.recording_times import confidences_at, recording_times
from unisono.alignment.outputs.score_facts import Measures, ScoreFacts
from unisono.alignment.outputs.uncertain import uncertain_spans
from unisono.alignment.time.alignment import Alignment
from unisono.data.places import Region
from unisono.report.player.cursor import Shade, Track, cursor_track, shades

WIDEST_PX = 1600
_STAFF_SPACE_PX = 15.0
"""Of engraved pages, so that staff lines are still seen on a small screen."""

Box = tuple[float, float, float, float]
Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class PageView:
    """A page: its number in the score, PNG, and the size of the picture in pixels."""

    number: int
    png: bytes
    width: int
    height: int


@dataclass(frozen=True)
class SystemView:
    """A system: row of its page in ``View.pages``, and its box as shares 0..1 of the page."""

    page: int
    number: int
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True)
class MeasureView:
    """A played measure: seconds of the recording, row of its system, and x as shares 0..1."""

    number: str
    start_s: float
    end_s: float
    system: int
    x0: float
    x1: float
    confidence: float


@dataclass(frozen=True)
class View:
    """All that a player shows. order: of the bars in words, "" where they are played
    as they stand. uncertain: seconds; shades: the same on the pages."""

    recording: str
    score: str
    order: str
    confidence: float
    pages: tuple[PageView, ...]
    systems: tuple[SystemView, ...]
    measures: tuple[MeasureView, ...]
    track: Track
    uncertain: tuple[tuple[float, float], ...]
    shades: tuple[Shade, ...]


@dataclass(frozen=True)
class _Layout:
    """Pages with their numbers; sizes (width, height), boxes of systems by page and number, and
    places (page, system, x), all in the pixels of the alignment."""

    pages: list[tuple[int, Pixels]]
    sizes: dict[int, tuple[float, float]]
    boxes: dict[tuple[int, int], Box]
    place_at: Callable[[float], tuple[int, int, float] | None]


def read_view(alignment: Alignment, facts: ScoreFacts, recording: Path) -> View:
    """Bring the pages of a score together with its alignment.

    Raises ReadError where the pages can no longer be read.
    """
    layout, measures = _layout(alignment, facts)
    sizes = layout.sizes
    rows = {key: row for row, key in enumerate(sorted(layout.boxes))}
    order = {number: row for row, (number, _) in enumerate(layout.pages)}
    systems = []
    for page, system in sorted(layout.boxes):
        x0, y0, x1, y1 = layout.boxes[page, system]
        width, height = sizes[page]
        shares = (max(0.0, x0 / width), max(0.0, y0 / height), min(1.0, x1 / width))
        systems.append(SystemView(order[page], system, *shares, min(1.0, y1 / height)))

    def shared(seconds: float) -> tuple[int, float] | None:
        place = layout.place_at(seconds)
        if place is None or place[:2] not in rows:
            return None
        return rows[place[:2]], place[2] / sizes[place[0]][0]

    track = cursor_track(alignment, shared, [system.x1 for system in systems])
    uncertain = tuple(uncertain_spans(alignment))
    return View(
        recording=recording.name,
        score=facts.path.name,
        order=_order(alignment),
        confidence=alignment.confidence,
        pages=tuple(_page(number, image) for number, image in layout.pages),
        systems=tuple(systems),
        measures=tuple(_measures(alignment, measures, rows, sizes)) if measures else (),
        track=track,
        uncertain=uncertain,
        shades=tuple(shades(track, uncertain)),
    )


def _order(alignment: Alignment) -> str:
    order = alignment.order
    return order.words() if order is not None and len(order.runs) > 1 else ""


def _layout(alignment: Alignment, facts: ScoreFacts) -> tuple[_Layout, Measures | None]:
    if facts.engraving is not None:
        return _engraved(alignment, facts), facts.measures
    if facts.midi is not None and facts.measures is not None:
        return _rolled(alignment, facts, facts.measures)
    return _pictured(alignment, facts.path), None


def _engraved(alignment: Alignment, facts: ScoreFacts) -> _Layout:
    from unisono.data.engraving import Layout, engrave
    from unisono.data.readers.musicxml import read_musicxml

    engraving = facts.engraving
    assert engraving is not None
    boxes: dict[tuple[int, int], Box] = {}
    seen: dict[int, int] = {}
    for system in engraving.systems:
        seen[system.page] = seen.get(system.page, 0) + 1
        x0, y0, x1, y1 = system.box
        reach = 0.5 * (system.staves[0][3] - system.staves[0][1]) if system.staves else 0.0
        boxes[system.page, seen[system.page]] = (x0, y0 - reach, x1, y1 + reach)
    sizes = _sizes(enumerate(engraving.pages, start=1))
    large = engrave(
        read_musicxml(facts.path), Layout(staff_space_px=_STAFF_SPACE_PX), name=str(facts.path)
    )
    pages = list(enumerate(large.pages, start=1))
    return _Layout(pages, sizes, boxes, lambda s: _place(alignment, s))


def _pictured(alignment: Alignment, path: Path) -> _Layout:
    """Pages of a PDF or of pictures, from the first to the last that is played."""
    from unisono.data.readers.page import read_pages

    boxes: dict[tuple[int, int], Box] = {}
    for place in alignment.score.passages.places:
        if isinstance(place, Region):
            box = (place.x0, place.y0, place.x1, place.y1)
            old = boxes.get((place.page, place.system), box)
            low, high = np.minimum(old, box), np.maximum(old, box)
            found = (float(low[0]), float(low[1]), float(high[2]), float(high[3]))
            boxes[place.page, place.system] = found
    played = [row.page for row in alignment.rows() if row.page is not None]
    first, last = min(played), max(played)
    pages = []
    for page in read_pages(path):
        if page.number > last:
            break
        if page.number >= first:
            pages.append((page.number, page.image))
    sizes = _sizes(pages)
    boxes = {key: _taller(box, sizes[key[0]]) for key, box in boxes.items() if key[0] in sizes}
    return _Layout(pages, sizes, boxes, lambda s: _place(alignment, s))


def _taller(box: Box, size: tuple[float, float]) -> Box:
    """A box that reaches a little above and below the staves."""
    x0, y0, x1, y1 = box
    reach = min(0.35 * (y1 - y0), 0.012 * size[1])
    return x0, y0 - reach, x1, y1 + reach


def _sizes(pages: Iterable[tuple[int, Pixels]]) -> dict[int, tuple[float, float]]:
    return {number: (float(image.shape[1]), float(image.shape[0])) for number, image in pages}


def _rolled(
    alignment: Alignment, facts: ScoreFacts, measures: Measures
) -> tuple[_Layout, Measures]:
    from unisono.report.player.piano_roll import MARGIN, piano_roll

    assert facts.midi is not None
    roll = piano_roll(facts.midi.notes, measures.score_s, measures.number)
    lines = [roll.lines[roll.line_at(float(s))] for s in measures.score_s[:-1]]
    boxes = {
        (line.page, line.system): (
            float(MARGIN),
            line.y0 - 4,
            roll.x_of(line.end_s, line),
            line.y1 + 4,
        )
        for line in roll.lines
    }

    def place_at(seconds: float) -> tuple[int, int, float] | None:
        score_s = alignment.to_score(seconds).score_s
        if score_s is None:
            return None
        line = roll.lines[roll.line_at(score_s)]
        return line.page, line.system, roll.x_of(score_s, line)

    spans = zip(measures.score_s[:-1], measures.score_s[1:], lines, strict=True)
    edges = [(roll.x_of(float(a), line), roll.x_of(float(b), line)) for a, b, line in spans]
    placed = replace(
        measures,
        page=np.array([line.page for line in lines], np.int64),
        system=np.array([line.system for line in lines], np.int64),
        x0=np.array([edge[0] for edge in edges], np.float64),
        x1=np.array([max(edge) for edge in edges], np.float64),
    )
    pages = list(enumerate(roll.pages, start=1))
    return _Layout(pages, _sizes(pages), boxes, place_at), placed


def _place(alignment: Alignment, seconds: float) -> tuple[int, int, float] | None:
    row = alignment.to_score(seconds)
    if row.page is None or row.system is None or row.x is None:
        return None
    return row.page, row.system, row.x


def _measures(
    alignment: Alignment,
    measures: Measures,
    rows: dict[tuple[int, int], int],
    sizes: dict[int, tuple[float, float]],
) -> Iterable[MeasureView]:
    times = recording_times(alignment, measures.score_s)
    sure = confidences_at(alignment, (times[:-1] + times[1:]) / 2)
    for i, number in enumerate(measures.number):
        key = int(measures.page[i]), int(measures.system[i])
        if key not in rows:
            continue
        width = sizes[key[0]][0]
        yield MeasureView(
            number,
            float(times[i]),
            float(times[i + 1]),
            rows[key],
            float(measures.x0[i]) / width,
            float(measures.x1[i]) / width,
            float(sure[i]),
        )


def _page(number: int, pixels: Pixels) -> PageView:
    from PIL import Image

    image = Image.fromarray(pixels)
    if image.width > WIDEST_PX:
        size = (WIDEST_PX, max(1, round(image.height * WIDEST_PX / image.width)))
        image = image.resize(size, Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.quantize(16).save(buffer, "PNG", optimize=True)
    return PageView(number, buffer.getvalue(), image.width, image.height)
