"""Notes that are missing, extra, split, merged, quantised, transposed or of another instrument."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from unisono.data.augmenting.effect import (
    Range,
    TimeMap,
    draw_seed,
    log_uniform,
    scaled_time,
    uniform,
)
from unisono.data.augmenting.human_timing_simulation import outer_notes
from unisono.data.augmenting.midi import (
    NEW,
    MidiChange,
    Music,
    chords_of,
    chosen_notes,
    sorted_notes,
    unchanged,
)
from unisono.data.notes import DRUMS

PIANO_RANGE = (21, 108)
"""Lowest and highest pitch of a piano."""

_INTERVALS = np.array([12, -12, 1, -1, 19, 7, -5, 24])  # a transcriber's errors: overtones first
_INTERVAL_SHARES = np.array([0.36, 0.22, 0.12, 0.12, 0.08, 0.04, 0.03, 0.03])


@dataclass(frozen=True)
class MissingNotes:
    """Notes are left out, soft ones and inner ones of chords first.

    share: of the notes that go. softness: how much likelier soft and inner notes are to go; 0
    makes all notes alike.
    """

    share: float
    softness: float
    seed: int

    @classmethod
    def draw(
        cls, random: np.random.Generator, *, share: Range = (0.01, 0.15), softness: float = 1.0
    ) -> Self:
        """A share drawn evenly by octave."""
        return cls(log_uniform(random, share), softness, draw_seed(random))

    def apply(self, music: Music) -> MidiChange:
        """Leave notes out; one note always remains."""
        notes = music.notes
        gone = min(round(self.share * len(notes)), len(notes) - 1)
        if gone <= 0:
            return unchanged(music)
        random = np.random.default_rng(self.seed)
        chord = chords_of(notes.onset_s)
        top, bottom = outer_notes(notes.pitch, chord)
        inner = (np.bincount(chord)[chord] > 2) & ~top & ~bottom
        velocity = notes.velocity.astype(np.float64)
        soft = (velocity.mean() - velocity) / max(float(velocity.std()), 1.0)
        weight = np.exp(self.softness * (soft + 1.0 * inner))
        lost = random.choice(len(notes), gone, replace=False, p=weight / weight.sum())
        rows = np.setdiff1d(np.arange(len(notes)), lost)
        return MidiChange(replace(music, notes=chosen_notes(notes, rows)), rows)


@dataclass(frozen=True)
class ExtraNotes:
    """Notes appear at the onsets of others, an octave, a semitone or an overtone away.

    share: of the notes that bring one along.
    """

    share: float
    seed: int

    @classmethod
    def draw(cls, random: np.random.Generator, *, share: Range = (0.01, 0.1)) -> Self:
        """A share drawn evenly by octave."""
        return cls(log_uniform(random, share), draw_seed(random))

    def apply(self, music: Music) -> MidiChange:
        """Add notes; they are softer than their neighbours and lie within 20 ms of them."""
        notes, random = music.notes, np.random.default_rng(self.seed)
        pitched = np.flatnonzero(notes.program != DRUMS)
        count = min(round(self.share * len(notes)), len(pitched))
        beside = random.choice(pitched, count, replace=False) if count else pitched[:0]
        steps = random.choice(_INTERVALS, count, p=_INTERVAL_SHARES)
        pitch = notes.pitch[beside] + steps
        fits = (pitch >= 0) & (pitch <= 127)
        beside, pitch, count = beside[fits], pitch[fits], int(fits.sum())
        onset = notes.onset_s[beside] + random.uniform(-0.02, 0.02, count)
        length = (notes.offset_s - notes.onset_s)[beside] * random.uniform(0.2, 0.9, count)
        changed, rows = sorted_notes(
            np.concatenate([notes.onset_s, onset]),
            np.concatenate([notes.offset_s, onset + length]),
            np.concatenate([notes.pitch, pitch]),
            np.concatenate(
                [notes.velocity, notes.velocity[beside] * random.uniform(0.4, 0.9, count)]
            ),
            np.concatenate([notes.program, notes.program[beside]]),
            np.concatenate([np.arange(len(notes)), np.full(count, NEW)]),
        )
        return MidiChange(replace(music, notes=changed), rows)


@dataclass(frozen=True)
class SplitNotes:
    """Long notes are struck twice, as by a transcriber that hears a swell as an onset.

    share: of the notes longer than ``least_s``. The first part keeps the row, the second is new.
    """

    share: float
    seed: int
    least_s: float = 0.3

    @classmethod
    def draw(cls, random: np.random.Generator, *, share: Range = (0.01, 0.1)) -> Self:
        """A share drawn evenly by octave."""
        return cls(log_uniform(random, share), draw_seed(random))

    def apply(self, music: Music) -> MidiChange:
        """Split notes between a quarter and three quarters of their length."""
        notes, random = music.notes, np.random.default_rng(self.seed)
        long = np.flatnonzero(notes.offset_s - notes.onset_s >= self.least_s)
        split = long[random.random(len(long)) < self.share]
        length = (notes.offset_s - notes.onset_s)[split]
        middle = notes.onset_s[split] + length * random.uniform(0.25, 0.75, len(split))
        offset = notes.offset_s.copy()
        offset[split] = middle
        changed, rows = sorted_notes(
            np.concatenate([notes.onset_s, middle]),
            np.concatenate([offset, notes.offset_s[split]]),
            np.concatenate([notes.pitch, notes.pitch[split]]),
            np.concatenate([notes.velocity, 0.7 * notes.velocity[split]]),
            np.concatenate([notes.program, notes.program[split]]),
            np.concatenate([np.arange(len(notes)), np.full(len(split), NEW)]),
        )
        return MidiChange(replace(music, notes=changed), rows)


@dataclass(frozen=True)
class MergedNotes:
    """A note struck again soon after its end is heard as held: the second is gone.

    share: of the repetitions with a gap of at most ``gap_s``.
    """

    share: float
    seed: int
    gap_s: float = 0.1

    @classmethod
    def draw(cls, random: np.random.Generator, *, share: Range = (0.05, 0.5)) -> Self:
        """A share drawn evenly by octave."""
        return cls(log_uniform(random, share), draw_seed(random))

    def apply(self, music: Music) -> MidiChange:
        """Join repeated notes of one instrument."""
        notes, random = music.notes, np.random.default_rng(self.seed)
        order = np.lexsort((notes.onset_s, notes.pitch, notes.program))
        first, second = order[:-1], order[1:]
        repeated = (notes.pitch[first] == notes.pitch[second]) & (
            notes.program[first] == notes.program[second]
        )
        repeated &= notes.onset_s[second] - notes.offset_s[first] <= self.gap_s
        joined = repeated & (random.random(len(repeated)) < self.share)
        offset = notes.offset_s.copy()
        for index in np.flatnonzero(joined)[::-1]:  # from the last, so that chains of them hold
            offset[first[index]] = max(offset[first[index]], offset[second[index]])
        rows = np.setdiff1d(np.arange(len(notes)), second[joined])
        kept = chosen_notes(replace(notes, offset_s=offset), rows)
        return MidiChange(replace(music, notes=kept), rows)


@dataclass(frozen=True)
class Quantised:
    """Onsets on the nearest of ``per_beat`` even parts of a beat, as in an export from a sequencer.

    strength: 0 leaves onsets where they are, 1 puts them on the grid.
    """

    per_beat: int
    strength: float = 1.0

    @classmethod
    def draw(
        cls, random: np.random.Generator, *, per_beat: tuple[int, ...] = (2, 3, 4, 6, 8, 12)
    ) -> Self:
        """A grid, with full strength half of the time."""
        grid = per_beat[int(random.integers(len(per_beat)))]
        return cls(grid, 1.0 if random.random() < 0.5 else uniform(random, (0.5, 1.0)))

    def apply(self, music: Music) -> MidiChange:
        """Move onsets; lengths stay. Music with fewer than two beats stays as it is."""
        notes, beats = music.notes, music.beats_s
        if len(beats) < 2 or not len(notes):
            return unchanged(music)
        to_beats = TimeMap(beats, np.arange(len(beats), dtype=np.float64))
        grid = to_beats.back(np.rint(to_beats(notes.onset_s) * self.per_beat) / self.per_beat)
        # A first grid place before 0 is no place for a note.
        moved = np.maximum(notes.onset_s + self.strength * (grid - notes.onset_s), 0.0)
        changed, rows = sorted_notes(
            moved,
            moved + (notes.offset_s - notes.onset_s),
            notes.pitch,
            notes.velocity,
            notes.program,
            np.arange(len(notes)),
        )
        spread = float(np.abs(moved - notes.onset_s).max())
        return MidiChange(replace(music, notes=changed), rows, spread_s=spread)


@dataclass(frozen=True)
class Transposed:
    """All notes but drums up by semitones, or as far as the range lets them.

    lowest, highest: pitches that no note may pass. What would pass them makes the whole move
    smaller, so that intervals stay; the result declares the move that was made.
    """

    semitones: int
    lowest: int = PIANO_RANGE[0]
    highest: int = PIANO_RANGE[1]

    @classmethod
    def draw(cls, random: np.random.Generator, *, semitones: tuple[int, int] = (-6, 6)) -> Self:
        """Semitones drawn evenly, 0 among them."""
        return cls(int(random.integers(semitones[0], semitones[1] + 1)))

    def possible(self, pitch: npt.NDArray[np.int16]) -> int:
        """The move nearest to ``semitones`` that keeps pitches (n,) within the range."""
        if not len(pitch):
            return 0
        least = min(0, self.lowest - int(pitch.min()))
        most = max(0, self.highest - int(pitch.max()))
        return min(max(self.semitones, least), most)

    def apply(self, music: Music) -> MidiChange:
        """Move the notes; music that passes the range already moves only back towards it."""
        notes = music.notes
        pitched = notes.program != DRUMS
        move = self.possible(notes.pitch[pitched])
        pitch = np.where(pitched, notes.pitch + move, notes.pitch).astype(np.int16)
        changed, rows = sorted_notes(
            notes.onset_s, notes.offset_s, pitch, notes.velocity, notes.program,
            np.arange(len(notes)),
        )  # fmt: skip
        return MidiChange(replace(music, notes=changed), rows, semitones=move)


@dataclass(frozen=True)
class OtherPrograms:
    """Other instruments of General MIDI, one for each of those in the music; drums stay."""

    seed: int
    programs: tuple[int, ...] = tuple(range(96))

    @classmethod
    def draw(cls, random: np.random.Generator) -> Self:
        """Any of the first 96 programs; those after them are effects and noises."""
        return cls(draw_seed(random))

    def apply(self, music: Music) -> MidiChange:
        """Change programs only."""
        random = np.random.default_rng(self.seed)
        program = music.notes.program.copy()
        for old in np.unique(music.notes.program):
            if old != DRUMS:
                program[music.notes.program == old] = random.choice(self.programs)
        rows = np.arange(len(music.notes), dtype=np.int64)
        return MidiChange(replace(music, notes=replace(music.notes, program=program)), rows)


@dataclass(frozen=True)
class OtherPace:
    """The whole faster (factor above 1) or slower."""

    factor: float

    @classmethod
    def draw(cls, random: np.random.Generator, *, factor: Range = (0.7, 1.4)) -> Self:
        """A factor drawn evenly by octave."""
        return cls(log_uniform(random, factor))

    def apply(self, music: Music) -> MidiChange:
        """All times are divided by the factor."""
        time_map, notes = scaled_time(1 / self.factor), music.notes
        changed, rows = sorted_notes(
            time_map(notes.onset_s), time_map(notes.offset_s), notes.pitch, notes.velocity,
            notes.program, np.arange(len(notes)),
        )  # fmt: skip
        beats = Music(changed, time_map(music.beats_s), time_map(music.downbeats_s))
        return MidiChange(beats, rows, time_map)
