"""Single pictures of the player at a second: the page around the cursor, scrolled as it moves."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from unisono.report.lettering import font, plain
from unisono.report.places import clock
from unisono.report.player.view import SystemView, View

WIDTH, HEIGHT = 1280, 720
FOOT = 44
"""Rows below the page for time, measure and the bar of the whole."""
SCROLL_S = 0.6
_PAPER, _INK, _SOFT, _LINE = (250, 248, 244), (29, 27, 24), (103, 97, 90), (221, 214, 203)
_CURSOR, _GLOW, _SHADE = (0, 114, 178), (204, 227, 240), (217, 138, 0)

Pixels = npt.NDArray[np.uint8]


class Frames:
    """Draws (HEIGHT, WIDTH, 3) uint8 pictures, in any order."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._pages: dict[int, Image.Image] = {}
        self._length = float(view.track.seconds[-1])
        self._starts = [measure.start_s for measure in view.measures]

    def at(self, seconds: float) -> Pixels:
        """The picture at a second of the recording."""
        view = self._view
        row, x = view.track.at(seconds)
        system = view.systems[row]
        page = self._page(system.page)
        top = self._top(seconds, system, page.height)
        image = Image.new("RGB", (WIDTH, HEIGHT), _PAPER)
        image.paste(page.crop((0, top, WIDTH, min(page.height, top + HEIGHT - FOOT))), (0, 0))
        draw = ImageDraw.Draw(image)
        self._cursor(image, system, x, top, page.height)
        self._foot(draw, seconds)
        return np.asarray(image)

    def _cursor(
        self, image: Image.Image, system: SystemView, x: float, top: int, height: int
    ) -> None:
        y0, y1 = round(system.y0 * height) - top, round(system.y1 * height) - top
        y1 = min(y1, HEIGHT - FOOT - 1)
        left = round(x * WIDTH)
        if y1 <= max(0, y0):
            return
        # Ink stays black through the glow: the darker of the two is taken.
        box = (max(0, left - 6), max(0, y0), min(WIDTH, left + 7), y1)
        part = np.asarray(image.crop(box))
        glowing = np.minimum(part, np.array(_GLOW, np.uint8))
        image.paste(Image.fromarray(glowing), box[:2])
        ImageDraw.Draw(image).rectangle((left - 1, box[1], left + 1, y1 - 1), fill=_CURSOR)

    def _foot(self, draw: ImageDraw.ImageDraw, seconds: float) -> None:
        view = self._view
        y = HEIGHT - FOOT
        draw.rectangle((0, y, WIDTH, HEIGHT), fill=(255, 255, 255))
        draw.line((0, y, WIDTH, y), fill=_LINE)
        draw.text((20, y + 12), clock(seconds), fill=_INK, font=font(18))
        unsure = any(start <= seconds <= end for start, end in view.uncertain)
        words = self._measure(seconds) + (" uncertain" if unsure else "")
        draw.text(
            (WIDTH - 250, y + 12), plain(words), fill=_SHADE if unsure else _INK, font=font(18)
        )
        x0, x1, middle = 90, WIDTH - 280, y + FOOT // 2
        scale = (x1 - x0) / max(self._length, 1e-6)
        draw.rounded_rectangle((x0, middle - 4, x1, middle + 4), 4, fill=_LINE)
        for start, end in view.uncertain:
            draw.rectangle(
                (x0 + start * scale, middle - 4, x0 + end * scale, middle + 4), fill=_SHADE
            )
        now = x0 + min(seconds, self._length) * scale
        draw.ellipse((now - 8, middle - 8, now + 8, middle + 8), fill=_CURSOR)

    def _measure(self, seconds: float) -> str:
        row = int(np.searchsorted(self._starts, seconds, side="right")) - 1
        return f"measure {self._view.measures[row].number}" if row >= 0 else ""

    def _top(self, seconds: float, system: SystemView, height: int) -> int:
        """First row of the page that is seen; it glides where the next line of it begins."""
        here = self._resting(system, height)
        before, _ = self._view.track.at(max(0.0, seconds - SCROLL_S))
        last = self._view.systems[before]
        if last.page != system.page or last == system:
            return here
        track = self._view.track
        rows = np.flatnonzero(track.seconds <= seconds)
        changed = rows[track.system[rows] != track.system[rows[-1]]]
        since = seconds - float(track.seconds[min(int(changed[-1]) + 1, len(track.seconds) - 1)])
        part = min(1.0, max(0.0, since / SCROLL_S))
        eased = part * part * (3 - 2 * part)
        there = self._resting(last, height)
        return round(there + eased * (here - there))

    def _resting(self, system: SystemView, height: int) -> int:
        room = HEIGHT - FOOT
        middle = (system.y0 + system.y1) / 2 * height
        return int(min(max(0, middle - 0.4 * room), max(0, height - room)))

    def _page(self, row: int) -> Image.Image:
        """The page at the width of the picture, shades drawn in; two are kept."""
        if row not in self._pages:
            if len(self._pages) > 1:
                self._pages.pop(next(iter(self._pages)))
            image = Image.open(io.BytesIO(self._view.pages[row].png)).convert("RGB")
            size = (WIDTH, max(1, round(image.height * WIDTH / image.width)))
            self._pages[row] = self._shaded(image.resize(size, Image.Resampling.LANCZOS), row)
        return self._pages[row]

    def _shaded(self, image: Image.Image, row: int) -> Image.Image:
        light = np.array([255, 226, 178], np.uint8)
        pixels = np.array(image)
        for shade in self._view.shades:
            system = self._view.systems[shade.system]
            if system.page != row:
                continue
            y0, y1 = round(system.y0 * image.height), round(system.y1 * image.height)
            part = pixels[y0:y1, round(shade.x0 * WIDTH) : round(shade.x1 * WIDTH)]
            np.minimum(part, light, out=part)
        return Image.fromarray(pixels)
