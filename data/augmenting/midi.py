"""Changes of notes, and which old note each new one is.

``Notes`` know no beats, so what is changed are notes together with the beats they lie on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from unisono.data.augmenting.effect import Seconds, TimeMap, scaled_time
from unisono.data.notes import Notes
from unisono.data.readers.midi import MidiScore

NEW = -1
"""The row of a note that was not there before."""

SHORTEST_S = 0.01
"""Of a note after any change."""

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Music:
    """Notes and the beats under them.

    beats_s, downbeats_s: seconds, increasing, downbeats among the beats. Both may be empty.
    """

    notes: Notes
    beats_s: Seconds = field(default_factory=lambda: np.zeros(0))
    downbeats_s: Seconds = field(default_factory=lambda: np.zeros(0))

    @classmethod
    def of(cls, score: MidiScore) -> Music:
        """Notes and beats of a MIDI file."""
        return cls(score.notes, score.beats_s, score.downbeats_s)


@dataclass(frozen=True, eq=False)
class MidiChange:
    """Changed music and what became of each note.

    rows: (n,) the old row of each new note, NEW where there was none; a row appears once at most,
        and the old rows that do not appear are gone.
    time_map: old seconds to new ones.
    spread_s: how far an onset may lie from where ``time_map`` puts it.
    semitones: how far the pitch of every note that remains has moved up.
    """

    music: Music
    rows: Rows
    time_map: TimeMap = field(default_factory=scaled_time)
    spread_s: float = 0.0
    semitones: int = 0

    def then(self, later: MidiEffect) -> MidiChange:
        """This change, followed by another."""
        next_ = later.apply(self.music)
        slope = float(np.max(np.diff(next_.time_map.new_s) / np.diff(next_.time_map.old_s)))
        return MidiChange(
            next_.music,
            np.where(next_.rows >= 0, self.rows[next_.rows], NEW) if len(self.rows) else next_.rows,
            self.time_map.then(next_.time_map),
            self.spread_s * slope + next_.spread_s,
            self.semitones + next_.semitones,
        )


@runtime_checkable
class MidiEffect(Protocol):
    """A change of notes; what it does to them is part of the result."""

    def apply(self, music: Music) -> MidiChange:
        """Change music; the input stays as it is."""
        ...


def unchanged(music: Music) -> MidiChange:
    """Music as it was."""
    return MidiChange(music, np.arange(len(music.notes), dtype=np.int64))


def sorted_notes(
    onset_s: Seconds,
    offset_s: Seconds,
    pitch: npt.NDArray[np.integer],
    velocity: npt.NDArray[np.floating] | npt.NDArray[np.integer],
    program: npt.NDArray[np.integer],
    rows: Rows,
) -> tuple[Notes, Rows]:
    """Notes in order of onset and pitch, and their rows in the same order.

    Onsets before 0 are moved to 0, velocities are rounded into 1..127 and no note is shorter than
    ``SHORTEST_S``.
    """
    onset = np.maximum(onset_s, 0.0)
    order = np.lexsort((pitch, onset))
    onset = onset[order]
    notes = Notes(
        onset,
        np.maximum(offset_s[order], onset + SHORTEST_S),
        pitch[order].astype(np.int16),
        np.clip(np.rint(velocity[order]), 1, 127).astype(np.int16),
        program[order].astype(np.int16),
    )
    return notes, rows[order]


def chosen_notes(notes: Notes, rows: npt.NDArray[np.integer] | npt.NDArray[np.bool_]) -> Notes:
    """The notes of some rows."""
    return Notes(
        notes.onset_s[rows],
        notes.offset_s[rows],
        notes.pitch[rows],
        notes.velocity[rows],
        notes.program[rows],
    )


def chords_of(onset_s: Seconds, within_s: float = 0.001) -> Rows:
    """Number of the chord (n,) of each note: notes that begin within a moment of each other.

    onset_s: (n,) increasing.
    """
    if not len(onset_s):
        return np.zeros(0, np.int64)
    return np.concatenate([[0], np.cumsum(np.diff(onset_s) > within_s)]).astype(np.int64)
