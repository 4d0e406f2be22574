"""A score of notes as it is written, and as it sounds when its bars are played in an order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from unisono.alignment.time.note_jumps import notes_in_order
from unisono.alignment.time.played_order import PlayedOrder
from unisono.alignment.time.score import (
    Score,
    ScorePlace,
    place_among_notes,
    place_on_grid,
    timed_score,
)
from unisono.data.errors import ReadError
from unisono.data.notes import Notes
from unisono.data.scores.repeats import RepeatMap, repeat_map

if TYPE_CHECKING:
    from unisono.towers.space import Space

Floats = npt.NDArray[np.float64]

_SHORTEST_S = 1e-3


@dataclass(frozen=True)
class WrittenScore:
    """Notes as they are written, and what the score says of its bars.

    bar_s: (b + 1,) seconds at which the bars begin, from 0, and the end, rising. order: indices
    of bars in the order of playing as the marks say. place_at_s: what stands at a second.
    """

    path: Path
    notes: Notes
    bar_s: Floats
    order: tuple[int, ...]
    place_at_s: Callable[[float], ScorePlace]

    @property
    def bars(self) -> int:
        """How many there are."""
        return len(self.bar_s) - 1

    @property
    def written_order(self) -> PlayedOrder:
        """All bars, once each."""
        return PlayedOrder(((1, self.bars),))

    @property
    def marked_order(self) -> PlayedOrder:
        """The order that the marks say."""
        spans = self.map_of(self.order).spans
        return PlayedOrder.of_indices([(span.first_measure, span.last_measure) for span in spans])

    def map_of(self, order: Sequence[int]) -> RepeatMap:
        """Between the seconds as written and those with the bars in an order."""
        seconds = self.bar_s.tolist()
        return repeat_map(order, seconds, seconds)

    def in_order(self, order: PlayedOrder) -> Notes:
        """The notes that sound. Raises ReadError where a bar is named that there is not."""
        _check(self.path, order, self.bars)
        if order.straight(self.bars):
            return self.notes
        return notes_in_order(self.notes, self.map_of(order.order))


def score_in_order(space: Space, written: WrittenScore, order: PlayedOrder, hop_s: float) -> Score:
    """The score with its bars in an order: passages, notes, and the written place at each.

    Its seconds are those of its bars as they follow each other in that order.
    Raises ReadError where a bar is named that there is not, or where no note sounds.
    """
    notes = written.in_order(order)
    if not len(notes):
        raise ReadError(written.path, "there are no notes in the bars of this order")
    place_at_s = written.place_at_s
    if not order.straight(written.bars):
        played = written.map_of(order.order)

        def place_at_s(seconds: float) -> ScorePlace:
            at = written.place_at_s(played.to_notated(seconds))
            return ScorePlace(seconds, at.beat, at.measure, at.page, at.system, at.x, at.y)

    passages = space.encode_notes(notes, hop_s=hop_s).passages
    return timed_score(passages, place_at_s, notes, written.path)


def written_midi(path: Path) -> WrittenScore:
    """A MIDI file, whose bars are those of its time signatures. Raises ReadError."""
    from unisono.data.readers.midi import read_midi

    midi = read_midi(path)
    bar_s = np.array([0.0, *midi.downbeats_s[1:]])
    bar_s = bar_s[bar_s < max(midi.notes.duration_s, _SHORTEST_S)]
    return WrittenScore(
        path,
        midi.notes,
        _closed(bar_s, midi.notes.duration_s),
        tuple(range(len(bar_s))),
        lambda s: place_on_grid(s, midi.beats_s, midi.downbeats_s),
    )


def written_musicxml(path: Path) -> WrittenScore:
    """MusicXML, engraved to know its pages, with its repeat marks. Raises ReadError."""
    from unisono.data.engraving import Layout, engrave
    from unisono.data.readers.musicxml import read_musicxml
    from unisono.data.scores.midi import midi_notes

    engraving = engrave(read_musicxml(path), Layout(text=False), name=str(path))
    notes = engraving.notated
    first: dict[int, int] = {}
    for row, system in enumerate(engraving.systems):
        first.setdefault(system.page, row)
    ends = [span.notated_s[1] for span in engraving.repeats.spans]
    sounding = midi_notes(notes, engraving.programs, 80)
    return WrittenScore(
        path,
        sounding,
        _closed(engraving.measures.onset_s, max(*ends, sounding.duration_s)),
        engraving.repeats.order,
        lambda s: place_among_notes(s, notes, first),
    )


def _closed(starts: Floats, end: float) -> Floats:
    """The starts of bars and the end of the last, which is no shorter than nothing."""
    return np.append(starts, max(end, float(starts[-1]) + _SHORTEST_S))


def _check(path: Path, order: PlayedOrder, count: int) -> None:
    try:
        order.check(count)
    except ValueError as error:
        raise ReadError(path, str(error), "count its bars from 1, a pick-up too") from error
