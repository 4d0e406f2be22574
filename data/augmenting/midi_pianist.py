"""Notes as a pianist plays them: drawn from numbers that were learned or set by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from unisono.data.augmenting.effect import Seconds, TimeMap, draw_seed
from unisono.data.augmenting.human_timing import SET_BY_HAND, PianistNumbers
from unisono.data.augmenting.human_timing_simulation import ScoreNotes, perform
from unisono.data.augmenting.midi import MidiChange, Music, sorted_notes, unchanged
from unisono.data.notes import DRUMS

_NO_BEATS_S = 0.5  # between the beats of music that comes without


@dataclass(frozen=True)
class HumanPianist:
    """Tempo curve, chords that do not quite sound together, velocities, lengths and pedal.

    seed: who plays. numbers: how; the default ones are set by hand and free, the learned ones
    (``human_timing.learned_numbers``) are for non-commercial use. pedal: whether notes sound on
    while the pedal is down. keep_velocity: how much of the differences of velocity in the notes
    given remains, 0..1, under those that are drawn.
    """

    seed: int
    numbers: PianistNumbers = SET_BY_HAND
    pedal: bool = True
    keep_velocity: float = 1.0

    @classmethod
    def draw(cls, random: np.random.Generator, *, numbers: PianistNumbers = SET_BY_HAND) -> Self:
        """A player; pedalled three times in four, as a synthesiser hears it."""
        return cls(draw_seed(random), numbers, bool(random.random() < 0.75))

    def apply(self, music: Music) -> MidiChange:
        """Play the notes; drums keep to the tempo curve alone."""
        notes = music.notes
        if not len(notes):
            return unchanged(music)
        beats, downbeat = _beats_around(music)
        key = notes.pitch + 128 * notes.program.astype(np.int64)
        score = ScoreNotes(notes.onset_s, notes.offset_s, notes.pitch, key, beats, downbeat)
        played = perform(score, self.numbers, np.random.default_rng(self.seed))
        tempo = TimeMap(beats, played.beats_s)
        drums = notes.program == DRUMS
        departure = np.where(drums, 0.0, played.departure_s)
        onset = tempo(notes.onset_s) + departure
        # What would begin before 0 begins there: the whole is shifted to keep the order.
        shift = max(0.0, -float(onset.min()))
        offset = played.sounding_s if self.pedal else played.offset_s
        offset = np.where(drums, onset + notes.offset_s - notes.onset_s, offset) + shift
        given = notes.velocity - notes.velocity.mean()
        velocity = played.velocity + self.keep_velocity * given
        changed, rows = sorted_notes(
            onset + shift, offset, notes.pitch, velocity, notes.program, np.arange(len(notes))
        )
        time_map = TimeMap(beats, played.beats_s + shift)
        moved = Music(changed, time_map(music.beats_s), time_map(music.downbeats_s))
        return MidiChange(moved, rows, time_map, float(np.abs(departure).max()))


def _beats_around(music: Music) -> tuple[Seconds, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Beats from the first note or before to the last or after it, and which are downbeats."""
    notes, beats = music.notes, music.beats_s
    first, last = float(notes.onset_s.min()), float(notes.offset_s.max())
    if len(beats) < 2:
        beats = np.arange(first, last + 2 * _NO_BEATS_S, _NO_BEATS_S)
    before = np.arange(int(np.ceil((beats[0] - first) / (beats[1] - beats[0]))), 0, -1)
    after = np.arange(1, int(np.ceil((last - beats[-1]) / (beats[-1] - beats[-2]))) + 1)
    around = np.concatenate([
        beats[0] - before * (beats[1] - beats[0]), beats,
        beats[-1] + after * (beats[-1] - beats[-2]),
    ])  # fmt: skip
    downbeat = np.zeros(len(around), bool)
    if len(music.downbeats_s):
        downbeat = np.abs(around[:, None] - music.downbeats_s).min(axis=1) < 1e-6
    return around, downbeat
