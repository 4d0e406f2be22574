"""Engrave a score with Verovio: page images, and for every note its time and its place.

Coordinates are pixels of the page image, origin at the top left. Every score is given twice, as
it is written and as it is played with its repeats, with a map between the two times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from unisono.data.errors import ReadError
from unisono.data.notes import Notes
from unisono.data.scores.encoding import EncodedScore, read_encoding
from unisono.data.scores.formats import (
    abc_tunes,
    abc_voices,
    score_format,
    without_fingerings,
    without_lyrics,
)
from unisono.data.scores.heading import Heading, heading_of
from unisono.data.scores.layout import MUSIC_FONTS, Layout, draw_layout
from unisono.data.scores.midi import midi_notes, program_of, write_midi
from unisono.data.scores.notes import (
    EngravedNotes,
    as_arrays,
    notated_notes,
    note_heads,
    played_notes,
)
from unisono.data.scores.places import PagePlaces, page_places, pixels_per_unit, united
from unisono.data.scores.rasteriser import rasterise
from unisono.data.scores.repeats import RepeatMap, RepeatSpan, repeat_map, score_order
from unisono.data.scores.timing import ScoreTimes, score_times
from unisono.data.scores.typeface import NoTypefaceError

__all__ = [
    "MUSIC_FONTS",
    "EngravedMeasures",
    "EngravedNotes",
    "EngravedSystem",
    "Engraving",
    "Heading",
    "Layout",
    "RepeatMap",
    "RepeatSpan",
    "draw_layout",
    "engrave",
]

_INPUTS = {"musicxml": "xml", "mei": "mei", "humdrum": "humdrum", "abc": "abc"}


@dataclass(frozen=True)
class EngravedSystem:
    """One system: its page (from 1), box and staves as (x0, y0, x1, y1) of the outer lines.

    A staff of fewer than five lines has the box that five would have.
    """

    page: int
    box: tuple[float, float, float, float]
    staves: tuple[tuple[float, float, float, float], ...]


@dataclass(frozen=True)
class EngravedMeasures:
    """Measures in the order of writing; every array has one entry a measure.

    number: as printed; onset_s, beat: seconds and quarters of the written score at which it
    begins; duration_beats: its length; page: from 1; system: row in ``Engraving.systems``; x0,
    x1: from bar line to bar line. A measure that is not drawn is on page 0.
    """

    number: npt.NDArray[np.str_]
    onset_s: npt.NDArray[np.float64]
    beat: npt.NDArray[np.float64]
    duration_beats: npt.NDArray[np.float64]
    page: npt.NDArray[np.int16]
    system: npt.NDArray[np.int32]
    x0: npt.NDArray[np.float64]
    x1: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.number)


@dataclass(frozen=True)
class Engraving:
    """A score as pages: gray images (h, w) uint8, systems in reading order, and notes.

    notated: the notes as they are written; played: with repeats, each knowing its row in
    ``notated``; notes: one of the two, as was asked. parts: names; programs: General MIDI, one
    a part. heading: signature, metre and tempo words, where they hold throughout.
    """

    pages: tuple[npt.NDArray[np.uint8], ...]
    systems: tuple[EngravedSystem, ...]
    notes: EngravedNotes
    notated: EngravedNotes
    played: EngravedNotes
    measures: EngravedMeasures
    repeats: RepeatMap
    parts: tuple[str, ...]
    programs: tuple[int, ...]
    heading: Heading

    def to_notes(self, velocity: int = 80) -> Notes:
        """``notes`` as MIDI, with the program of each note's part and the same onsets."""
        return midi_notes(self.notes, self.programs, velocity)

    def write_midi(self, path: Path) -> None:
        """Write ``notes`` as a MIDI file, a track a part, onsets within half a millisecond."""
        write_midi(path, self.notes, self.parts, self.programs)


def engrave(
    score: str, layout: Layout | None = None, *, expand_repeats: bool = False, name: str = "score"
) -> Engraving:
    """Engrave MusicXML, MEI, Humdrum or ABC text.

    ``expand_repeats`` chooses whether ``Engraving.notes`` are those that are played.
    Raises ReadError for ``name``: Verovio cannot read it, it has no notes, or words lack a font.
    """
    layout = layout or Layout()
    toolkit = _load(score, layout, name)
    mei = toolkit.getMEI()
    encoding = read_encoding(mei)
    pages, places = _drawn(toolkit, layout, name)
    systems, first_systems = _systems(places)
    timemap = toolkit.renderToTimemap({"includeMeasures": True, "includeRests": True})
    times = score_times(timemap, encoding)
    heads = note_heads(
        encoding,
        times,
        [page.heads for page in places],
        first_systems,
        lambda note: int(toolkit.getMIDIValuesForElement(note).get("pitch", -1)),
    )
    if not heads:
        raise ReadError(name, "no notes in the score", "check that it is not empty")
    order = score_order(encoding)
    written = notated_notes(encoding, times, heads)
    notated = played = as_arrays(written, encoding)
    if order != tuple(range(len(encoding.measures))):
        played = as_arrays(played_notes(order, encoding, times, heads, written), encoding)
    return Engraving(
        pages=pages,
        systems=systems,
        notes=played if expand_repeats else notated,
        notated=notated,
        played=played,
        measures=_measures(encoding, times, places, first_systems),
        repeats=repeat_map(order, times.measure_s.tolist(), times.measure_beats.tolist()),
        parts=tuple(part.name for part in encoding.parts),
        programs=tuple(map(program_of, encoding.parts)),
        heading=heading_of(mei),
    )


def _load(score: str, layout: Layout, name: str) -> Any:
    import verovio

    kind = score_format(score)
    if kind is None:
        raise ReadError(name, "is no score", "give MusicXML, MEI, Humdrum kern or ABC")
    if kind == "abc":
        _check_abc(score, name)
    if not layout.lyrics:
        score = without_lyrics(score, kind)
    if not layout.fingerings:
        score = without_fingerings(score, kind)
    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit()
    fixed = {"inputFrom": _INPUTS[kind], "expandNever": True, "mdivAll": True, "svgFormatRaw": True}
    toolkit.setOptions(layout.options() | fixed)
    if not toolkit.loadData(score) or toolkit.getPageCount() < 1:
        raise ReadError(name, "cannot be engraved", "open it in a notation program and export anew")
    return toolkit


def _check_abc(score: str, name: str) -> None:
    """Refuse what Verovio would set as if it were something else."""
    if len(abc_tunes(score)) > 1:
        raise ReadError(name, "holds several tunes", "choose one of them")
    if len(abc_voices(score)) > 1:
        remedy = "convert it to MusicXML, with abc2xml for example"
        raise ReadError(name, "is ABC with several voices, which Verovio cannot set", remedy)


def _drawn(
    toolkit: Any, layout: Layout, name: str
) -> tuple[tuple[npt.NDArray[np.uint8], ...], list[PagePlaces]]:
    scale = pixels_per_unit(layout.staff_space_px)
    pages, places = [], []
    for number in range(1, toolkit.getPageCount() + 1):
        svg = toolkit.renderToSVG(number)
        places.append(page_places(svg, scale, layout.music_font))
        try:
            pages.append(
                rasterise(
                    svg,
                    scale * 10,
                    text=layout.text,
                    measure_numbers=layout.measure_numbers,
                    music_font=layout.music_font,
                )
            )
        except NoTypefaceError as error:
            raise ReadError(name, error.fault, error.remedy) from error
    return tuple(pages), places


def _systems(places: Sequence[PagePlaces]) -> tuple[tuple[EngravedSystem, ...], list[int]]:
    """All systems in reading order, and the row of the first one of each page."""
    systems: list[EngravedSystem] = []
    firsts: list[int] = []
    for number, page in enumerate(places, start=1):
        firsts.append(len(systems))
        for rows in page.systems:
            staves = tuple(box for _, box in sorted(rows.items()))
            box = staves[0] if staves else (0.0, 0.0, 0.0, 0.0)
            for other in staves[1:]:
                box = united(box, other)
            systems.append(EngravedSystem(number, box, staves))
    return tuple(systems), firsts


def _measures(
    encoding: EncodedScore,
    times: ScoreTimes,
    places: Sequence[PagePlaces],
    first_systems: Sequence[int],
) -> EngravedMeasures:
    drawn = {
        identifier: (number, first + system, box[0], box[2])
        for number, (page, first) in enumerate(zip(places, first_systems, strict=True), start=1)
        for identifier, (system, box) in page.measures.items()
    }
    found = [drawn.get(measure.identifier, (0, 0, 0.0, 0.0)) for measure in encoding.measures]
    return EngravedMeasures(
        number=np.array([measure.number for measure in encoding.measures], np.str_),
        onset_s=times.measure_s[:-1],
        beat=times.measure_beats[:-1],
        duration_beats=np.diff(times.measure_beats),
        page=np.array([place[0] for place in found], np.int16),
        system=np.array([place[1] for place in found], np.int32),
        x0=np.array([place[2] for place in found], np.float64),
        x1=np.array([place[3] for place in found], np.float64),
    )
