"""What the outputs need of a score beside its alignment: measures, beats, ticks, pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from unisono.alignment.outputs.metres import (
    Metre,
    beats_of_measure,
    metres_of_musicxml,
)
from unisono.alignment.time.alignment import Alignment
from unisono.alignment.time.score import is_midi
from unisono.data.modality import Modality

if TYPE_CHECKING:
    from unisono.data.engraving import Engraving
    from unisono.data.readers.midi import MidiScore

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


class ScoreKind(StrEnum):
    """What a score is."""

    MIDI = "MIDI"
    MUSICXML = "MusicXML"
    PAGES = "pages"


@dataclass(frozen=True)
class Measures:
    """Measures in the order of playing, a repeated one as often as it is played.

    number: as printed, for MIDI counted from 1. score_s, quarters: (n + 1,) seconds and quarters
    of the followed score at which each begins and, last, the end. metre: where known. written,
    written_s: row of each in the written score, and where it begins there. page: from 1, 0 where
    there is none; system: from 1 on its page; x0, x1: pixels from bar line to bar line.
    """

    number: tuple[str, ...]
    score_s: Floats
    quarters: Floats
    metre: tuple[Metre | None, ...]
    written: Integers
    written_s: Floats
    page: Integers
    system: Integers
    x0: Floats
    x1: Floats

    def __len__(self) -> int:
        return len(self.number)


@dataclass(frozen=True)
class Beats:
    """Beats in the order of playing. measure: row in ``Measures``; number: in it, from 1."""

    measure: Integers
    number: Integers
    score_s: Floats


@dataclass(frozen=True)
class ScoreFacts:
    """A score that was followed; what its kind does not have is None.

    knots_quarters, knots_s: (k,) quarters and seconds of the followed score, both rising, between
    which the tempo is constant. engraving: as it was aligned, with words on its pages.
    """

    path: Path
    kind: ScoreKind
    measures: Measures | None = None
    beats: Beats | None = None
    knots_quarters: Floats | None = None
    knots_s: Floats | None = None
    midi: MidiScore | None = None
    engraving: Engraving | None = None

    def quarters_at(self, score_s: npt.ArrayLike) -> Floats:
        """Quarters from the start at seconds of the score, any shape, going on beyond the ends.

        Raises ValueError for pages.
        """
        if self.knots_s is None or self.knots_quarters is None:
            raise ValueError("pages have no beats")
        return _going_on(np.asarray(score_s, np.float64), self.knots_s, self.knots_quarters)

    def seconds_at(self, quarters: npt.ArrayLike) -> Floats:
        """Seconds of the score at quarters from its start. Raises ValueError for pages."""
        if self.knots_s is None or self.knots_quarters is None:
            raise ValueError("pages have no beats")
        return _going_on(np.asarray(quarters, np.float64), self.knots_quarters, self.knots_s)

    def written_seconds(self, score_s: float) -> float:
        """Seconds of the written score at seconds of the followed one. Raises ValueError."""
        if self.measures is None:
            raise ValueError("pages have no seconds")
        starts = self.measures.score_s[:-1]
        row = max(0, int(np.searchsorted(starts, score_s + 1e-6, side="right")) - 1)
        return float(self.measures.written_s[row] + score_s - starts[row])


def read_facts(score: Path, alignment: Alignment) -> ScoreFacts:
    """Read what ``alignment`` leaves out of the score that it was made with.

    Raises ReadError for a file that can no longer be read.
    """
    if alignment.score.modality is Modality.SHEET:
        return ScoreFacts(score, ScoreKind.PAGES)
    order = alignment.order.order if alignment.order is not None else None
    if is_midi(score):
        from unisono.data.readers.midi import read_midi

        return facts_of_midi(score, read_midi(score), order)
    from unisono.data.engraving import Layout, engrave
    from unisono.data.readers.musicxml import read_musicxml

    text = read_musicxml(score)
    engraving = engrave(text, Layout(), name=str(score))
    return facts_of_engraving(score, engraving, metres_of_musicxml(text), order)


def facts_of_midi(path: Path, midi: MidiScore, order: Sequence[int] | None = None) -> ScoreFacts:
    """Facts of a MIDI file, its beats as tempo and time signature say.

    order: rows of measures in the order of playing; None: once each.
    """
    end = max(midi.notes.duration_s, 1e-3)
    starts_s = np.array([0.0, *midi.downbeats_s[1:]])
    starts_s = starts_s[starts_s < end]
    score_s = np.append(starts_s, max(end, float(starts_s[-1]) + 1e-3))
    changes = midi.tempo_ticks[midi.tempo_s < score_s[-1]]
    last = midi.ticks_at(score_s[-1])
    ticks = np.unique(np.concatenate([changes, midi.ticks_at(score_s), [last + 1]]))
    n = len(starts_s)
    none = np.zeros(n, np.int64)
    written = Measures(
        number=tuple(str(i + 1) for i in range(n)),
        score_s=score_s,
        quarters=midi.ticks_at(score_s) / midi.resolution,
        metre=(None,) * n,
        written=np.arange(n),
        written_s=starts_s,
        page=none,
        system=none,
        x0=np.zeros(n),
        x1=np.zeros(n),
    )
    beats_s = midi.beats_s[midi.beats_s < score_s[-1] - 1e-6]
    measure = np.searchsorted(starts_s, beats_s + 1e-6, side="right") - 1
    first = np.searchsorted(measure, measure, side="left")
    beats = Beats(measure, np.arange(len(measure)) - first + 1, beats_s)
    knots = (ticks / midi.resolution, midi.seconds_at(ticks))
    facts = _played(ScoreFacts(path, ScoreKind.MIDI, midi=midi), written, knots, order)
    return replace(facts, beats=_beats_in_order(beats, written, facts.measures))


def facts_of_engraving(
    path: Path,
    engraving: Engraving,
    metres: list[Metre | None],
    order: Sequence[int] | None = None,
) -> ScoreFacts:
    """Facts of an engraved score.

    metres: one a written measure; where their number is another, that of the heading holds.
    order: rows of measures in the order of playing; None: once each.
    """
    measures, notes = engraving.measures, engraving.notated
    if len(metres) != len(measures):
        metres = [_metre_of_words(engraving.heading.metre)] * len(measures)
    ends = [span.notated_s[1] for span in engraving.repeats.spans]
    last_s = max(float(notes.offset_s.max()), float(measures.onset_s[-1]) + 1e-3, *ends)
    first: dict[int, int] = {}
    for row, box in enumerate(engraving.systems):
        first.setdefault(box.page, row)
    system = [
        int(measures.system[i]) - first[int(measures.page[i])] + 1 if measures.page[i] else 0
        for i in range(len(measures))
    ]
    written = Measures(
        number=tuple(map(str, measures.number)),
        score_s=np.append(measures.onset_s, last_s),
        quarters=np.append(measures.beat, measures.beat[-1] + measures.duration_beats[-1]),
        metre=tuple(metres),
        written=np.arange(len(measures)),
        written_s=measures.onset_s,
        page=measures.page.astype(np.int64),
        system=np.array(system, np.int64),
        x0=measures.x0,
        x1=measures.x1,
    )
    on_beat = ~notes.grace
    knots = _rising(
        np.concatenate([written.quarters, notes.beat[on_beat]]),
        np.concatenate([written.score_s, notes.onset_s[on_beat]]),
    )
    facts = ScoreFacts(path, ScoreKind.MUSICXML, engraving=engraving)
    return _with_beats(_played(facts, written, knots, order))


def _played(
    facts: ScoreFacts,
    written: Measures,
    knots: tuple[Floats, Floats],
    order: Sequence[int] | None,
) -> ScoreFacts:
    """Facts with the written measures in an order, and the knots (quarters, seconds) of each."""
    rows = np.arange(len(written)) if order is None else np.array(order, np.int64)
    score_s = np.concatenate([[0.0], np.cumsum(np.diff(written.score_s)[rows])])
    quarters = np.concatenate([[0.0], np.cumsum(np.diff(written.quarters)[rows])])
    if order is None:
        score_s, quarters = written.score_s, written.quarters
    parts = []
    for place, row in enumerate(rows.tolist()):
        inside = (knots[0] >= written.quarters[row]) & (knots[0] < written.quarters[row + 1])
        moved = [quarters[place] - written.quarters[row], score_s[place] - written.score_s[row]]
        parts.append(np.stack(knots)[:, inside] + np.array(moved)[:, None])
    parts.append(np.array([[quarters[-1]], [score_s[-1]]]))
    measures = Measures(
        number=tuple(written.number[row] for row in rows),
        score_s=score_s,
        quarters=quarters,
        metre=tuple(written.metre[row] for row in rows),
        written=rows,
        written_s=written.written_s[rows],
        page=written.page[rows],
        system=written.system[rows],
        x0=written.x0[rows],
        x1=written.x1[rows],
    )
    in_order = _rising(*np.concatenate(parts, axis=1))
    return replace(facts, measures=measures, knots_quarters=in_order[0], knots_s=in_order[1])


def _beats_in_order(beats: Beats, written: Measures, played: Measures | None) -> Beats:
    """The beats of the written measures, as often as these are played."""
    assert played is not None
    parts = []
    for place, row in enumerate(played.written.tolist()):
        here = np.flatnonzero(beats.measure == row)
        moved_s = beats.score_s[here] - written.score_s[row] + played.score_s[place]
        parts.append((np.full(len(here), place), beats.number[here], moved_s))
    measure, number, score_s = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Beats(measure, number, score_s)


def _with_beats(facts: ScoreFacts) -> ScoreFacts:
    measures = facts.measures
    assert measures is not None
    rows, numbers, quarters = [], [], []
    lasting = np.diff(measures.quarters)
    for row, metre in enumerate(measures.metre):
        upbeat = measures.written[row] == 0 or bool(
            metre and row and lasting[row] + lasting[row - 1] <= 4 * metre[0] / metre[1] + 1e-6
        )
        for number, offset in beats_of_measure(float(lasting[row]), metre, upbeat=upbeat):
            rows.append(row)
            numbers.append(number)
            quarters.append(measures.quarters[row] + offset)
    beats = Beats(
        np.array(rows, np.int64), np.array(numbers, np.int64), facts.seconds_at(np.array(quarters))
    )
    return replace(facts, beats=beats)


def _rising(xs: Floats, ys: Floats) -> tuple[Floats, Floats]:
    """Pairs in order, without those that do not rise in both."""
    order = np.lexsort((ys, xs))
    xs, ys = xs[order], np.maximum.accumulate(ys[order])
    keep = np.concatenate([[True], (np.diff(xs) > 1e-6) & (np.diff(ys) > 1e-6)])
    return xs[keep], ys[keep]


def _going_on(at: Floats, xs: Floats, ys: Floats) -> Floats:
    """Interpolate (k,) points, and go on beyond the ends at the pace of the first and last step."""
    found: Floats = np.interp(at, xs, ys)
    if len(xs) > 1:
        before, after = at < xs[0], at > xs[-1]
        first = (ys[1] - ys[0]) / (xs[1] - xs[0])
        last = (ys[-1] - ys[-2]) / (xs[-1] - xs[-2])
        found = np.where(before, ys[0] + (at - xs[0]) * first, found)
        found = np.where(after, ys[-1] + (at - xs[-1]) * last, found)
    return found


def _metre_of_words(words: str) -> Metre | None:
    above, _, below = words.partition("/")
    return (int(above), int(below)) if above.isdigit() and below.isdigit() else None
