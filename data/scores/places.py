"""Where things stand on a page that Verovio drew: systems, staves, measures and note heads."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree

from unisono.data.scores.layout import STAFF_SPACE_UNITS

Box = tuple[float, float, float, float]

_SVG = "{http://www.w3.org/2000/svg}"
_GROUP, _PATH, _USE = f"{_SVG}g", f"{_SVG}path", f"{_SVG}use"
_HREF = "{http://www.w3.org/1999/xlink}href"
_TRANSLATE = re.compile(r"translate\(([-\d.]+),?\s*([-\d.]+)\)(?:\s*scale\(([-\d.]+))?")
_LINE = re.compile(r"M\s*([-\d.]+)[ ,]([-\d.]+)\s*L\s*([-\d.]+)[ ,]([-\d.]+)")
_FALLBACK_FONT = "Leipzig"  # which Verovio takes glyphs from that a font lacks
_BLACK_HEAD = (0.0, -132.0, 314.0, 264.0)
_FULL_SCALE = 0.72
_LINES = 5


@dataclass(frozen=True, slots=True)
class HeadPlace:
    """Centre and size of a note head in pixels; system: row on its page; staff: row in it."""

    system: int
    staff: int
    x: float
    y: float
    width: float
    height: float


@dataclass
class PagePlaces:
    """What one page shows; boxes of staves by system and row, in pixels.

    A staff of fewer lines has the box that five would have, so that boxes tell sizes.

    measures: identifier -> system and box over all staves.
    """

    systems: list[dict[int, Box]] = field(default_factory=list)
    heads: dict[str, HeadPlace] = field(default_factory=dict)
    measures: dict[str, tuple[int, Box]] = field(default_factory=dict)


def page_places(svg: str, scale: float, music_font: str) -> PagePlaces:
    """Walk a page; ``scale`` is pixels per internal unit."""
    places = PagePlaces()
    inner = ElementTree.fromstring(svg).find(f"{_SVG}svg")
    margin = None if inner is None else inner.find(_GROUP)
    if margin is None:
        return places
    match = _TRANSLATE.search(margin.get("transform", ""))
    offset = (float(match[1]), float(match[2])) if match else (0.0, 0.0)
    walk = _Walk(places, offset, scale, glyph_boxes(music_font))
    for element in margin:
        if _is(element, "system"):
            places.systems.append({})
            for measure in element:
                if _is(measure, "measure"):
                    walk.measure(measure)
    return places


@lru_cache(maxsize=16)
def glyph_boxes(music_font: str) -> Mapping[str, Box]:
    """(x, y, width, height) of every glyph of a font by its code, y upwards, 1000 to the em."""
    specification = importlib.util.find_spec("verovio")
    folders = (specification and specification.submodule_search_locations) or []
    boxes: dict[str, Box] = {}
    for font in dict.fromkeys((_FALLBACK_FONT, music_font)):
        for folder in folders:
            table = ElementTree.parse(Path(folder, "data", f"{font}.xml"))
            for glyph in table.iter("g"):
                x, y, w, h = (float(glyph.get(name, 0)) for name in ("x", "y", "w", "h"))
                boxes[glyph.get("c", "")] = (x, y, w, h)
    return boxes


@dataclass(frozen=True)
class _Walk:
    places: PagePlaces
    offset: tuple[float, float]
    scale: float
    glyphs: Mapping[str, Box]

    def measure(self, measure: ElementTree.Element) -> None:
        staves = [child for child in measure if _is(child, "staff")]
        boxes: list[Box] = []
        for row, staff in enumerate(staves):
            box = self._lines(staff)
            if box is not None:
                boxes.append(box)
                system = self.places.systems[-1]
                system[row] = united(system[row], box) if row in system else box
            for note in staff.iter(_GROUP):
                if _is(note, "note"):
                    self._head(note, row)
        if boxes:
            whole = boxes[0]
            for box in boxes[1:]:
                whole = united(whole, box)
            self.places.measures[measure.get("id", "")] = (len(self.places.systems) - 1, whole)

    def _lines(self, staff: ElementTree.Element) -> Box | None:
        found = [_LINE.match(path.get("d", "")) for path in staff if path.tag == _PATH]
        points = [tuple(map(float, match.groups())) for match in found if match]
        if not points:
            return None
        x0, y0 = min(p[0] for p in points), min(p[1] for p in points)
        x1, y1 = max(p[2] for p in points), max(p[3] for p in points)
        between = (y1 - y0) / (len(points) - 1) if len(points) > 1 else STAFF_SPACE_UNITS
        missing = max(0, _LINES - len(points)) * between / 2
        y0, y1 = y0 - missing, y1 + missing
        (dx, dy), scale = self.offset, self.scale
        return (x0 + dx) * scale, (y0 + dy) * scale, (x1 + dx) * scale, (y1 + dy) * scale

    def _head(self, note: ElementTree.Element, row: int) -> None:
        head = next((child for child in note if child.get("class", "") == "notehead"), None)
        use = None if head is None else head.find(_USE)
        match = None if use is None else _TRANSLATE.search(use.get("transform", ""))
        if use is None or match is None:
            return
        size = float(match[3]) if match[3] else _FULL_SCALE
        x, y, w, h = self.glyphs.get(use.get(_HREF, "")[1:5], _BLACK_HEAD)
        self.places.heads[note.get("id", "")] = HeadPlace(
            system=len(self.places.systems) - 1,
            staff=row,
            x=(float(match[1]) + (x + w / 2) * size + self.offset[0]) * self.scale,
            y=(float(match[2]) - (y + h / 2) * size + self.offset[1]) * self.scale,
            width=w * size * self.scale,
            height=h * size * self.scale,
        )


def pixels_per_unit(staff_space_px: float) -> float:
    """Scale of Verovio's internal units."""
    return staff_space_px / STAFF_SPACE_UNITS


def united(a: Box, b: Box) -> Box:
    """The smallest box around two."""
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def _is(element: ElementTree.Element, name: str) -> bool:
    return name in element.get("class", "").split()
