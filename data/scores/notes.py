"""The notes of an engraved score: time, pitch, part and place, written and as played."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unisono.data.notes import Notes
from unisono.data.scores.encoding import EncodedNote, EncodedScore
from unisono.data.scores.places import HeadPlace
from unisono.data.scores.timing import HeadTime, ScoreTimes

_TIED = 0.05  # quarters between the end of a head and the onset of the one that it is tied to


@dataclass(frozen=True)
class EngravedNotes:
    """Notes that sound, sorted by onset; every array has one entry a sounding note.

    Tied heads are one note, at the place of the first of them.

    onset_s, offset_s: seconds; beat: quarters from the start; measure: printed number;
    pitch: MIDI; staff: from 0, counted from the top of the system; page: from 1;
    system: row in ``Engraving.systems``; x, y: centre of the note head in pixels;
    width, height: of its box; duration_beats: quarters, 0 for grace notes, whose beat is that of
    the note they adorn; part: index in ``Engraving.parts``; measure_index: row in
    ``Engraving.measures``, different also where printed numbers start again; played_measure: how
    many measures were played before this one; notated: row of the note in ``Engraving.notated``;
    grace: whether it is a grace note.
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
    width: npt.NDArray[np.float64]
    height: npt.NDArray[np.float64]
    duration_beats: npt.NDArray[np.float64]
    part: npt.NDArray[np.int16]
    measure_index: npt.NDArray[np.int32]
    played_measure: npt.NDArray[np.int32]
    notated: npt.NDArray[np.int32]
    grace: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.pitch)

    @property
    def boxes(self) -> npt.NDArray[np.float64]:
        """Boxes of the note heads (n, 4): x0, y0, x1, y1 in pixels of their pages."""
        half_width, half_height = self.width / 2, self.height / 2
        return np.stack(
            [
                self.x - half_width,
                self.y - half_height,
                self.x + half_width,
                self.y + half_height,
            ],
            axis=1,
        )

    def to_notes(self, program: int = 0, velocity: int = 80) -> Notes:
        """The same notes for the MIDI tower, all with one program."""
        return Notes(
            onset_s=self.onset_s,
            offset_s=np.maximum(self.offset_s, self.onset_s + 0.01),
            pitch=self.pitch,
            velocity=np.full(len(self), velocity, np.int16),
            program=np.full(len(self), program, np.int16),
        )


@dataclass(frozen=True, slots=True)
class NoteHead:
    """All that is known of one head. page: from 1; first_system: row of its page's first."""

    identifier: str
    time: HeadTime
    place: HeadPlace
    code: EncodedNote
    pitch: int
    page: int
    first_system: int


@dataclass
class _Sounding:
    head: NoteHead
    played_measure: int
    onset_s: float
    offset_s: float
    beat: float
    end_beat: float
    notated: int = -1


def note_heads(
    score: EncodedScore,
    times: ScoreTimes,
    pages: Sequence[Mapping[str, HeadPlace]],
    first_systems: Sequence[int],
    pitch_of: Callable[[str], int],
) -> list[NoteHead]:
    """Heads that sound and are drawn, in the order of writing.

    pages: places by identifier, a mapping a page. pitch_of: asks Verovio for a written pitch,
    which takes long; it is asked once for each spelling.
    """
    pitches: dict[tuple[str, ...], int] = {}
    heads: list[NoteHead] = []
    for page, (places, first) in enumerate(zip(pages, first_systems, strict=True), start=1):
        for identifier, place in places.items():
            time, code = times.heads.get(identifier), score.notes.get(identifier)
            if time is None or code is None:
                continue
            if code.spelling not in pitches:
                pitches[code.spelling] = pitch_of(identifier)
            pitch = pitches[code.spelling] + code.transposition
            if 0 <= pitch <= 127:
                heads.append(NoteHead(identifier, time, place, code, pitch, page, first))
    return heads


def notated_notes(score: EncodedScore, times: ScoreTimes, heads: Sequence[NoteHead]) -> _Rows:
    """The notes as they are written."""
    rows = _rows(range(len(score.measures)), score, times, heads)
    rows.in_order()
    for number, row in enumerate(rows.sounding):
        row.notated = number
    return rows


def played_notes(
    order: Sequence[int],
    score: EncodedScore,
    times: ScoreTimes,
    heads: Sequence[NoteHead],
    written: _Rows,
) -> _Rows:
    """The notes as they are played in an order of measures, each with its row among the written."""
    rows = _rows(order, score, times, heads)
    rows.in_order()
    for row in rows.sounding:
        row.notated = written.of_head[row.head.identifier].notated
    return rows


@dataclass
class _Rows:
    """Sounding notes, and the note that each head is part of."""

    sounding: list[_Sounding]
    of_head: dict[str, _Sounding]

    def in_order(self) -> None:
        self.sounding.sort(key=lambda row: (row.onset_s, -row.head.pitch))


def _rows(
    order: Sequence[int], score: EncodedScore, times: ScoreTimes, heads: Sequence[NoteHead]
) -> _Rows:
    by_measure: dict[int, list[NoteHead]] = defaultdict(list)
    for head in sorted(heads, key=lambda head: head.time.onset_s):
        by_measure[head.code.measure].append(head)
    sounding: list[_Sounding] = []
    of_head: dict[str, _Sounding] = {}
    start_s = start_beat = 0.0
    for place, measure in enumerate(order):
        shift_s = start_s - float(times.measure_s[measure])
        shift = start_beat - float(times.measure_beats[measure])
        for head in by_measure[measure]:
            time = head.time
            before = of_head.get(score.ties.get(head.identifier, ""))
            if before is not None and abs(before.end_beat - time.beat - shift) < _TIED:
                # a tie goes on: no new onset, the first note sounds until this one ends
                before.offset_s = time.offset_s + shift_s
                before.end_beat = time.end_beat + shift
                of_head[head.identifier] = before
                continue
            row = _Sounding(
                head,
                place,
                max(0.0, time.onset_s + shift_s),
                time.offset_s + shift_s,
                time.beat + shift,
                time.end_beat + shift,
            )
            of_head[head.identifier] = row
            sounding.append(row)
        start_s += float(times.measure_s[measure + 1] - times.measure_s[measure])
        start_beat += float(times.measure_beats[measure + 1] - times.measure_beats[measure])
    return _Rows(sounding, of_head)


def as_arrays(rows: _Rows, score: EncodedScore) -> EngravedNotes:
    """Rows as columns."""
    found = rows.sounding
    heads = [row.head for row in found]
    places = [head.place for head in heads]
    codes = [head.code for head in heads]
    duration = [0.0 if row.end_beat < row.beat else row.end_beat - row.beat for row in found]
    numbers = [score.measures[code.measure].number for code in codes]
    return EngravedNotes(
        onset_s=np.array([row.onset_s for row in found], np.float64),
        offset_s=np.array([row.offset_s for row in found], np.float64),
        beat=np.array([row.beat for row in found], np.float64),
        measure=np.array(numbers, np.str_),
        pitch=np.array([head.pitch for head in heads], np.int16),
        staff=np.array([h.place.staff + h.code.staff_shift for h in heads], np.int16),
        page=np.array([head.page for head in heads], np.int16),
        system=np.array([h.first_system + h.place.system for h in heads], np.int32),
        x=np.array([place.x for place in places], np.float64),
        y=np.array([place.y for place in places], np.float64),
        width=np.array([place.width for place in places], np.float64),
        height=np.array([place.height for place in places], np.float64),
        duration_beats=np.array(duration, np.float64),
        part=np.array([code.part for code in codes], np.int16),
        measure_index=np.array([code.measure for code in codes], np.int32),
        played_measure=np.array([row.played_measure for row in found], np.int32),
        notated=np.array([row.notated for row in found], np.int32),
        grace=np.array([bool(code.grace) for code in codes], np.bool_),
    )
