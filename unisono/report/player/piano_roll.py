"""A piano roll set in lines and pages, as the picture of a score that has none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from unisono.data.notes import DRUMS, Notes
from unisono.report.lettering import font

WIDTH, MARGIN = 1240, 40
LINE_S = 12.0
"""Seconds of the score that a line is filled with, in whole measures."""
PAGE_HEIGHT = 1500
_GAP = 46
_BLACK_KEYS = (1, 3, 6, 8, 10)

Floats = npt.NDArray[np.float64]
Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Line:
    """A line of the roll: page from 1, system from 1 on it, its seconds, top and bottom."""

    page: int
    system: int
    start_s: float
    end_s: float
    y0: float
    y1: float


@dataclass(frozen=True)
class PianoRoll:
    """Pages (h, w) uint8 and their lines. seconds_wide: of the score, across a full line."""

    pages: tuple[Pixels, ...]
    lines: tuple[Line, ...]
    seconds_wide: float

    def line_at(self, score_s: float) -> int:
        """Row of the line that shows a second of the score."""
        starts = [line.start_s for line in self.lines]
        return max(0, int(np.searchsorted(starts, score_s + 1e-6, side="right")) - 1)

    def x_of(self, score_s: float, line: Line) -> float:
        """Pixels from the left at a second of the score, held at the ends of the line."""
        inside = min(max(score_s, line.start_s), line.end_s) - line.start_s
        return MARGIN + inside / self.seconds_wide * (WIDTH - 2 * MARGIN)


def piano_roll(notes: Notes, measures_s: Floats, numbers: tuple[str, ...]) -> PianoRoll:
    """Draw notes; measures_s: (n + 1,) where measures begin, and the end. Drums are left out."""
    starts = _line_starts(measures_s)
    end = max(float(measures_s[-1]), notes.duration_s)
    ends = np.append(starts[1:], end)
    wide = float(max(1.0, (ends - starts).max()))
    shown = notes.program != DRUMS
    if not shown.any():
        shown = np.ones(len(notes), np.bool_)
    low = int(notes.pitch[shown].min()) - 2
    high = int(notes.pitch[shown].max()) + 2
    step = int(np.clip(round(190 / (high - low + 1)), 3, 9))
    height = step * (high - low + 1)
    each = max(1, (PAGE_HEIGHT - MARGIN) // (height + _GAP))
    lines = []
    for row, (start_s, end_s) in enumerate(zip(starts, ends, strict=True)):
        top = MARGIN + (row % each) * (height + _GAP)
        place = (row // each + 1, row % each + 1)
        lines.append(Line(*place, float(start_s), float(end_s), float(top), float(top + height)))
    pages = -(-len(lines) // each)
    tall = [MARGIN + min(each, len(lines) - each * p) * (height + _GAP) for p in range(pages)]
    roll = PianoRoll((), tuple(lines), wide)
    images = [Image.new("L", (WIDTH, size), 255) for size in tall]
    for line in lines:
        draw = ImageDraw.Draw(images[line.page - 1])
        _draw_line(draw, roll, line, (low, high, step))
        for measure_s, number in zip(measures_s[:-1], numbers, strict=True):
            if line.start_s - 1e-6 <= measure_s < line.end_s - 1e-6:
                x = roll.x_of(float(measure_s), line)
                draw.line((x, line.y0, x, line.y1), fill=150)
                draw.text((x + 2, line.y0 - 17), number, fill=110, font=font(13))
        inside = shown & (notes.onset_s < line.end_s) & (notes.offset_s > line.start_s)
        for row in np.flatnonzero(inside).tolist():
            x0 = roll.x_of(float(notes.onset_s[row]), line)
            x1 = max(x0 + 2, roll.x_of(float(notes.offset_s[row]), line) - 1)
            y = line.y0 + (high - int(notes.pitch[row])) * step
            gray = 90 - int(notes.velocity[row]) * 90 // 127
            draw.rectangle((x0, y, x1, y + step - 1), fill=gray)
    return PianoRoll(tuple(np.asarray(image) for image in images), tuple(lines), wide)


def _draw_line(
    draw: ImageDraw.ImageDraw, roll: PianoRoll, line: Line, keys: tuple[int, int, int]
) -> None:
    """Black keys as gray bands, and the ends of the line."""
    low, high, step = keys
    right = roll.x_of(line.end_s, line)
    for pitch in range(low, high + 1):
        if pitch % 12 in _BLACK_KEYS:
            y = line.y0 + (high - pitch) * step
            draw.rectangle((MARGIN, y, right, y + step - 1), fill=240)
    draw.rectangle((MARGIN, line.y0, right, line.y1), outline=190)


def _line_starts(measures_s: Floats) -> Floats:
    """Seconds at which lines begin: whole measures where these are not too long."""
    lasting = np.diff(measures_s)
    if not len(lasting) or lasting.max() > 1.5 * LINE_S:
        return np.arange(0.0, max(float(measures_s[-1]), 1e-3), LINE_S)
    starts = [min(0.0, float(measures_s[0]))]
    for start, end in zip(measures_s[:-1].tolist(), measures_s[1:].tolist(), strict=True):
        if end - starts[-1] > LINE_S and start > starts[-1]:
            starts.append(start)
    return np.array(starts, np.float64)
