"""Departures of a performance from its score, as series and numbers per note.

The same functions see a real performance, a simulated one and one of white noise, for fitting
as well as for the comparison of the three.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unisono.data.augmenting.effect import Seconds
from unisono.data.augmenting.human_timing_matching import PlayedNotes
from unisono.data.augmenting.midi import Rows

FloatArray = npt.NDArray[np.float64]

_LARGEST_TEMPO = 1.2  # of the logarithm: beyond it, the annotation is a fermata or an error
_LARGEST_SHARE = 0.4  # of a beat that a chord may lie off
_ON_BEAT_S = 0.01  # of the score
_ROLLED_S = 0.06  # from first to last note of a chord


@dataclass(frozen=True, eq=False)
class Departures:
    """What makes a performance differ from its score.

    beat (b - 1,): logarithm of beat length over that of the score, its median taken off.
    chord_start, chord_of: (c,) seconds in the score of each chord, (n,) chord of each note.
    off_beat (c,): how much later a chord is than the tempo curve says, in beats where 1 is the
        full allowance of mid-beat; NaN for chords on beats.
    in_beat (c,): which beat a chord lies in.
    late_s (n,): how much later a note is than the mean of its chord.
    velocity (n,), pitch (n,), top (n,), bottom (n,): of notes; top and bottom of chords of two
        notes or more.
    on_beat, on_downbeat (c,): whether a chord lies on one.
    length (n,): logarithm of a note's length over its length in the score by the tempo curve.
    """

    beat: FloatArray
    is_downbeat: npt.NDArray[np.bool_]
    chord_start: Seconds
    chord_of: Rows
    off_beat: FloatArray
    in_beat: Rows
    late_s: FloatArray
    velocity: FloatArray
    pitch: FloatArray
    top: npt.NDArray[np.bool_]
    bottom: npt.NDArray[np.bool_]
    on_beat: npt.NDArray[np.bool_]
    on_downbeat: npt.NDArray[np.bool_]
    length: FloatArray

    @property
    def chord_size(self) -> Rows:
        """(c,) notes of each chord."""
        return np.bincount(self.chord_of, minlength=len(self.chord_start))

    @property
    def roll_s(self) -> FloatArray:
        """(c,) seconds from the first to the last note of chords that are rolled upwards; else 0.

        Rolled: three notes or more, 60 ms or more, later for higher notes.
        """
        count = len(self.chord_start)
        late = self.late_s
        latest, earliest = np.full(count, -np.inf), np.full(count, np.inf)
        np.maximum.at(latest, self.chord_of, late)
        np.minimum.at(earliest, self.chord_of, late)
        height = self.pitch - self.mean_of_chords(self.pitch)[self.chord_of]
        both = self.mean_of_chords(height * late)
        norm = np.sqrt(self.mean_of_chords(height**2) * self.mean_of_chords(late**2)) + 1e-12
        range_s = latest - earliest
        rolled = (range_s >= _ROLLED_S) & (both / norm > 0.7) & (self.chord_size >= 3)
        return np.where(rolled, range_s, 0.0)

    def mean_of_chords(self, values: FloatArray) -> FloatArray:
        """(c,) means of what is given for notes (n,)."""
        total = np.bincount(self.chord_of, weights=values, minlength=len(self.chord_start))
        return np.asarray(total / np.maximum(self.chord_size, 1), np.float64)


def departures(played: PlayedNotes) -> Departures:
    """Departures of one performance."""
    ratio = np.log(np.diff(played.beats_s) / np.diff(played.score_beats_s))
    chord = played.chord
    starts = played.score_onset_s[np.r_[True, np.diff(chord) > 0]]
    expected = played.tempo_map(played.score_onset_s)
    size = np.bincount(chord)
    mean = np.bincount(chord, weights=played.onset_s - expected) / size
    late = played.onset_s - expected - mean[chord]
    beat = np.clip(np.searchsorted(played.score_beats_s, starts + 1e-6) - 1, 0, len(ratio) - 1)
    fraction = (starts - played.score_beats_s[beat]) / np.diff(played.score_beats_s)[beat]
    nearest = np.where(fraction > 0.5, beat + 1, beat)
    on_beat = np.abs(starts - played.score_beats_s[nearest]) < _ON_BEAT_S
    share = mean / np.diff(played.beats_s)[beat]
    allowance = np.sqrt(np.clip(4 * fraction * (1 - fraction), 0.05, None))
    off = np.where(on_beat | (np.abs(share) > _LARGEST_SHARE), np.nan, share / allowance)
    top, bottom = _outer(played.pitch, chord, size)
    expected_end = played.tempo_map(played.score_offset_s)
    length = np.log(
        np.maximum(played.offset_s - played.onset_s, 0.01)
        / np.maximum(expected_end - expected, 0.01)
    )
    return Departures(
        beat=np.clip(ratio - np.median(ratio), -_LARGEST_TEMPO, _LARGEST_TEMPO),
        is_downbeat=played.downbeat[:-1],
        chord_start=starts,
        chord_of=chord,
        off_beat=off,
        in_beat=beat,
        late_s=late,
        velocity=played.velocity,
        pitch=played.pitch.astype(np.float64),
        top=top,
        bottom=bottom,
        on_beat=on_beat,
        on_downbeat=on_beat & played.downbeat[nearest],
        length=np.clip(length, -3.0, 1.0),
    )


def _outer(
    pitch: npt.NDArray[np.int16], chord: Rows, size: Rows
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    highest, lowest = np.full(len(size), -1), np.full(len(size), 200)
    np.maximum.at(highest, chord, pitch)
    np.minimum.at(lowest, chord, pitch)
    several = size[chord] > 1
    return several & (pitch == highest[chord]), several & (pitch == lowest[chord])


def correlation(first: FloatArray, second: FloatArray) -> float:
    """Pearson's correlation of two series (n,)."""
    matrix = np.asarray(np.corrcoef(first, second))
    return float(matrix[0, 1])


def autocovariance(series: list[FloatArray], lags: int) -> FloatArray:
    """(lags + 1,) pooled autocovariance of several series, NaN left out, each about its mean."""
    total, count = np.zeros(lags + 1), np.zeros(lags + 1)
    for values in series:
        if np.isfinite(values).sum() < lags + 2:
            continue
        centred = values - np.nanmean(values)
        for lag in range(lags + 1):
            products = centred[lag:] * centred[: len(centred) - lag]
            there = np.isfinite(products)
            total[lag] += products[there].sum()
            count[lag] += there.sum()
    return total / np.maximum(count, 1)
