"""Engrave a score with Verovio: page images, and for every note its time and its place.

Coordinates are pixels of the page image, origin at the top left. Times are those of the
notated score; repeats are expanded only when asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt

from unisono.data.errors import ReadError
from unisono.data.notes import Notes
from unisono.data.scores.rasteriser import rasterise
from unisono.data.scores.typeface import NoTypefaceError

MUSIC_FONTS = ("Leipzig", "Bravura", "Gootville", "Leland", "Petaluma")

_STAFF_SPACE = 180.0  # Verovio's internal units at its default `unit` of 9
_SVG = "{http://www.w3.org/2000/svg}"
_XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
_TRANSLATE = re.compile(r"translate\(([-\d.]+),?\s*([-\d.]+)\)")
_LINE = re.compile(r"M\s*([-\d.]+)[ ,]([-\d.]+)\s*L\s*([-\d.]+)[ ,]([-\d.]+)")
_TIE = re.compile(r'<tie [^>]*startid="#([^"]+)" [^>]*endid="#([^"]+)"')
_WIDE_NOTEHEADS = ("E0A0", "E0A1", "E0A2")  # double whole and whole notes


@dataclass(frozen=True)
class Layout:
    """How a page is set; lengths are in staff spaces, pixels follow from ``staff_space_px``."""

    staff_space_px: float = 10.0
    page_width: float = 105.0
    page_height: float = 148.0
    music_font: str = "Leipzig"
    text: bool = True
    spacing_staff: int = 12
    spacing_system: int = 4
    spacing_linear: float = 0.25
    spacing_non_linear: float = 0.6


@dataclass(frozen=True)
class EngravedSystem:
    """One system: its page (from 1), box and staves as (x0, y0, x1, y1) of the outer lines."""

    page: int
    box: tuple[float, float, float, float]
    staves: tuple[tuple[float, float, float, float], ...]


@dataclass(frozen=True)
class EngravedNotes:
    """Notes that sound, sorted by onset; every array has one entry a sounding note.

    onset_s, offset_s: seconds; beat: quarters from the start; measure: printed number;
    pitch: MIDI; staff: from 0, counted from the top of the system; page: from 1;
    system: row in ``Engraving.systems``; x, y: centre of the note head.
    """

    onset_s: npt.NDArray[np.float64]
    offset_s: npt.NDArray[np.float64]
    beat: npt.NDArray[np.float64]
    measure: npt.NDArray[np.str_]
    pitch: npt.NDArray[np.int16]
    staff: npt.NDArray[np.int16]
    page: npt.NDArray[np.int16]
    system: npt.NDArray[np.int32]
    x: npt.NDArray[np.float64]
    y: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.pitch)

    def to_notes(self, program: int = 0, velocity: int = 80) -> Notes:
        """The same notes for the MIDI tower, all with one program."""
        return Notes(
            onset_s=self.onset_s,
            offset_s=np.maximum(self.offset_s, self.onset_s + 0.01),
            pitch=self.pitch,
            velocity=np.full(len(self), velocity, np.int16),
            program=np.full(len(self), program, np.int16),
        )


@dataclass(frozen=True)
class Engraving:
    """A score as pages: gray images (h, w) uint8, systems in reading order, and notes."""

    pages: tuple[npt.NDArray[np.uint8], ...]
    systems: tuple[EngravedSystem, ...]
    notes: EngravedNotes


@dataclass
class _Walk:
    """What one page's SVG holds, gathered while walking it."""

    page: int
    systems: list[dict[int, list[tuple[float, float, float, float]]]] = field(default_factory=list)
    heads: dict[str, tuple[int, int, float, float]] = field(default_factory=dict)


def engrave(
    score: str, layout: Layout | None = None, *, expand_repeats: bool = False, name: str = "score"
) -> Engraving:
    """Engrave MusicXML, MEI, Humdrum or ABC text.

    Raises ReadError for ``name``: Verovio cannot read it, it has no notes, or words lack a font.
    """
    layout = layout or Layout()
    toolkit = _load(score, layout, expand_repeats, name)
    scale = layout.staff_space_px / _STAFF_SPACE
    pages, walks = [], []
    for number in range(1, toolkit.getPageCount() + 1):
        svg = toolkit.renderToSVG(number)
        walks.append(_walk_page(svg, number, scale))
        try:
            pages.append(rasterise(svg, scale * 10, text=layout.text))
        except NoTypefaceError as error:
            raise ReadError(name, error.fault, error.remedy) from error
    systems: list[EngravedSystem] = []
    first_system: list[int] = []
    for walk in walks:
        first_system.append(len(systems))
        systems.extend(_boxes(walk))
    places = {
        head: (walk.page, first + row, staff, x, y)
        for walk, first in zip(walks, first_system, strict=True)
        for head, (row, staff, x, y) in walk.heads.items()
    }
    notes = _sounding_notes(toolkit, places)
    if not len(notes):
        raise ReadError(name, "no notes in the score", "check that it is not empty")
    return Engraving(tuple(pages), tuple(systems), notes)


def _load(score: str, layout: Layout, expand_repeats: bool, name: str) -> Any:
    import verovio

    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit()
    toolkit.setOptions(
        {
            "header": "none",
            "footer": "none",
            "breaks": "auto",
            "scale": 100,
            "pageWidth": round(layout.page_width * _STAFF_SPACE / 10),
            "pageHeight": round(layout.page_height * _STAFF_SPACE / 10),
            "font": layout.music_font,
            "spacingStaff": layout.spacing_staff,
            "spacingSystem": layout.spacing_system,
            "spacingLinear": layout.spacing_linear,
            "spacingNonLinear": layout.spacing_non_linear,
            "expandNever": not expand_repeats,
            "justifyVertically": False,
            "adjustPageHeight": False,
        }
    )
    if not toolkit.loadData(score) or toolkit.getPageCount() < 1:
        raise ReadError(name, "cannot be engraved", "open it in a notation program and export anew")
    return toolkit


def _classes(element: ElementTree.Element) -> list[str]:
    return element.get("class", "").split()


def _walk_page(svg: str, page: int, scale: float) -> _Walk:
    walk = _Walk(page)
    inner = ElementTree.fromstring(svg).find(f"{_SVG}svg")
    margin = None if inner is None else inner.find(f"{_SVG}g")
    if margin is None:
        return walk
    match = _TRANSLATE.search(margin.get("transform", ""))
    offset = (float(match[1]), float(match[2])) if match else (0.0, 0.0)
    for element in margin:
        if "system" in _classes(element):
            walk.systems.append({})
            for measure in element:
                if "measure" in _classes(measure):
                    _walk_measure(measure, walk, offset, scale)
    return walk


def _walk_measure(
    measure: ElementTree.Element, walk: _Walk, offset: tuple[float, float], scale: float
) -> None:
    staves = [child for child in measure if "staff" in _classes(child)]
    for row, staff in enumerate(staves):
        lines = [path.get("d", "") for path in staff if path.tag == f"{_SVG}path"]
        points = [tuple(map(float, m.groups())) for m in map(_LINE.match, lines) if m]
        if points:
            x0, y0, x1, y1 = (
                min(p[0] for p in points),
                min(p[1] for p in points),
                max(p[2] for p in points),
                max(p[3] for p in points),
            )
            box = (
                (x0 + offset[0]) * scale,
                (y0 + offset[1]) * scale,
                (x1 + offset[0]) * scale,
                (y1 + offset[1]) * scale,
            )
            walk.systems[-1].setdefault(row, []).append(box)
        for note in staff.iter(f"{_SVG}g"):
            if "note" in _classes(note):
                place = _notehead(note)
                if place is not None:
                    x, y = (place[0] + offset[0]) * scale, (place[1] + offset[1]) * scale
                    walk.heads[note.get("id", "")] = (len(walk.systems) - 1, row, x, y)


def _notehead(note: ElementTree.Element) -> tuple[float, float] | None:
    head = next((g for g in note if "notehead" in _classes(g)), None)
    use = None if head is None else head.find(f"{_SVG}use")
    match = None if use is None else _TRANSLATE.search(use.get("transform", ""))
    if use is None or match is None:
        return None
    half_width = 0.84 if use.get(_XLINK_HREF, "")[1:5] in _WIDE_NOTEHEADS else 0.59
    return float(match[1]) + half_width * _STAFF_SPACE, float(match[2])


def _boxes(walk: _Walk) -> Iterator[EngravedSystem]:
    for rows in walk.systems:
        staves = tuple(
            (
                min(b[0] for b in boxes),
                min(b[1] for b in boxes),
                max(b[2] for b in boxes),
                max(b[3] for b in boxes),
            )
            for _, boxes in sorted(rows.items())
        )
        if staves:
            x0, x1 = min(s[0] for s in staves), max(s[2] for s in staves)
            box = (x0, min(s[1] for s in staves), x1, max(s[3] for s in staves))
            yield EngravedSystem(walk.page, box, staves)
        else:
            yield EngravedSystem(walk.page, (0.0, 0.0, 0.0, 0.0), ())


def _sounding_notes(
    toolkit: Any, places: Mapping[str, tuple[int, int, int, float, float]]
) -> EngravedNotes:
    rows: list[tuple[float, float, float, str, int, int, int, int, float, float]] = []
    open_rows: dict[str, int] = {}
    sounding_as: dict[str, str] = {}  # by notated note, whose repeats sound under other names
    tied_to = dict(map(reversed, _TIE.findall(toolkit.getMEI())))
    measure = ""
    for event in toolkit.renderToTimemap({"includeMeasures": True, "includeRests": False}):
        seconds = event["tstamp"] / 1000.0
        if "measureOn" in event:
            notated = toolkit.getNotatedIdForElement(event["measureOn"]) or event["measureOn"]
            measure = toolkit.getElementAttr(notated).get("n", "")
        ended = [sounding for sounding in event.get("off", ()) if sounding in open_rows]
        for sounding in ended:
            row = open_rows[sounding]
            rows[row] = (rows[row][0], seconds, *rows[row][2:])
        for sounding in event.get("on", ()):
            notated = sounding if sounding in places else toolkit.getNotatedIdForElement(sounding)
            if notated not in places:
                continue
            before = sounding_as.get(tied_to.get(notated, ""))
            sounding_as[notated] = sounding
            if before is not None and before in open_rows:
                # a tie goes on: no new onset, the first note sounds until this one ends
                open_rows[sounding] = open_rows.pop(before)
                continue
            page, system, staff, x, y = places[notated]
            pitch = int(toolkit.getMIDIValuesForElement(notated).get("pitch", -1))
            if not 0 <= pitch <= 127:
                continue
            open_rows[sounding] = len(rows)
            beat = float(event["qstamp"])
            rows.append((seconds, seconds, beat, measure, pitch, staff, page, system, x, y))
        for sounding in ended:
            open_rows.pop(sounding, None)
    rows.sort(key=lambda row: (row[0], -row[4]))
    columns = list(zip(*rows, strict=True)) if rows else [()] * 10
    return EngravedNotes(
        onset_s=np.array(columns[0], np.float64),
        offset_s=np.array(columns[1], np.float64),
        beat=np.array(columns[2], np.float64),
        measure=np.array(columns[3], np.str_),
        pitch=np.array(columns[4], np.int16),
        staff=np.array(columns[5], np.int16),
        page=np.array(columns[6], np.int16),
        system=np.array(columns[7], np.int32),
        x=np.array(columns[8], np.float64),
        y=np.array(columns[9], np.float64),
    )
