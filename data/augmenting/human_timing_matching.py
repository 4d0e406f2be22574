"""Which note of a performance is which note of the score, where beats of both are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unisono.data.augmenting.effect import Seconds, TimeMap
from unisono.data.augmenting.midi import Rows, chords_of
from unisono.data.notes import Notes

WINDOW_S = 0.3
"""How far a performed note may lie from where the beats put it."""


@dataclass(frozen=True, eq=False)
class PlayedNotes:
    """Notes of a score that were found in a performance, and beats of both.

    All (n,), in the order of the score: score_onset_s, score_offset_s, pitch, onset_s, offset_s,
    velocity; beats (b,): score_beats_s, beats_s; downbeat (b,) bool.
    """

    score_onset_s: Seconds
    score_offset_s: Seconds
    pitch: npt.NDArray[np.int16]
    onset_s: Seconds
    offset_s: Seconds
    velocity: npt.NDArray[np.float64]
    score_beats_s: Seconds
    beats_s: Seconds
    downbeat: npt.NDArray[np.bool_]

    @property
    def chord(self) -> Rows:
        """Number (n,) of the chord of each note."""
        return chords_of(self.score_onset_s)

    @property
    def tempo_map(self) -> TimeMap:
        """Seconds of the score to seconds of the performance, by the beats."""
        return TimeMap(self.score_beats_s, self.beats_s)


def match_performance(
    score: Notes,
    performance: Notes,
    score_beats_s: Seconds,
    beats_s: Seconds,
    downbeat: npt.NDArray[np.bool_],
) -> PlayedNotes:
    """Pair notes of the same pitch, nearest first, at most ``WINDOW_S`` apart by the beats."""
    to_performance = TimeMap(score_beats_s, beats_s)
    inside = (score.onset_s >= score_beats_s[0]) & (score.onset_s <= score_beats_s[-1])
    rows, found = [], []
    for pitch in np.unique(score.pitch):
        wanted = np.flatnonzero(inside & (score.pitch == pitch))
        there = np.flatnonzero(performance.pitch == pitch)
        if not (len(wanted) and len(there)):
            continue
        distance = np.abs(
            to_performance(score.onset_s[wanted])[:, None] - performance.onset_s[there]
        )
        for row, column in _nearest_first(distance):
            rows.append(int(wanted[row]))
            found.append(int(there[column]))
    order = np.argsort(np.asarray(rows, np.int64), kind="stable")
    left, right = np.asarray(rows, np.int64)[order], np.asarray(found, np.int64)[order]
    return PlayedNotes(
        score.onset_s[left],
        score.offset_s[left],
        score.pitch[left],
        performance.onset_s[right],
        performance.offset_s[right],
        performance.velocity[right].astype(np.float64),
        score_beats_s,
        beats_s,
        downbeat,
    )


def _nearest_first(distance: npt.NDArray[np.float64]) -> list[tuple[int, int]]:
    rows, columns = np.nonzero(distance <= WINDOW_S)
    pairs, used_rows, used_columns = [], set[int](), set[int]()
    for index in np.argsort(distance[rows, columns], kind="stable"):
        row, column = int(rows[index]), int(columns[index])
        if row not in used_rows and column not in used_columns:
            pairs.append((row, column))
            used_rows.add(row)
            used_columns.add(column)
    return pairs
