"""A way through notes, put on their onsets: when each chord of the score begins, to the frame.

Between two onsets a path of costs wanders, since nothing happens in a held chord or a rest; and
at one, the distance of whole vectors may prefer the frame before. Here every onset of the score
gets a frame of the recording near the path in which its pitches begin, so that the pace changes
little from onset to onset: the cheapest sequence of frames, found by dynamic programming (Viterbi
1967), as score following with explicit onsets does (Cont, "A coupled duration-focused
architecture for real-time music-to-score alignment", 2010). Between onsets the pace is even.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from unisono.alignment.time.note_alignment import NoteAlignment, pairs_of_times
from unisono.alignment.time.pitch_features import BANDS, LOWEST, PitchFeatures
from unisono.data.notes import DRUMS, Notes

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class OnsetSettings:
    """Found on ten piano performances, clean and in rooms; see docs/experiments.md.

    reach_s: how far from the path an onset may be put. beside: share of an onset that counts in
    the frames beside it. full: quantile of all onsets that counts as a whole one. away: cost of
    0.1 s from the path, where 1 is that of an onset that is not heard. uneven, least_s, most:
    costs of distances d for e expected, uneven * min(most, |log((d + least_s) / (e + least_s))|).
    pace_s: half-width of the surroundings whose pace is expected. agreeing_s: where path and onset
    are so close to each other, both count.
    """

    reach_s: float = 2.0
    beside: float = 0.7
    full: float = 0.9
    away: float = 0.03
    uneven: float = 1.0
    least_s: float = 0.03
    most: float = 1.0
    pace_s: float = 1.5
    agreeing_s: float = 0.05


@dataclass(frozen=True)
class Chords:
    """Notes that begin together: (k,) seconds, and for each note (n,) its chord and its band."""

    onset_s: Floats
    chord: Ints
    band: Ints


def on_onsets(
    recording: PitchFeatures,
    notes: Notes,
    path: NoteAlignment,
    settings: OnsetSettings | None = None,
) -> NoteAlignment:
    """The path with its places at the onsets of the score's notes, even between them.

    notes: of the score whose seconds the path has. The path itself where none of them is on it.
    """
    from unisono.alignment.time.onset_kernel import cheapest_frames

    settings = settings or OnsetSettings()
    chords = chords_of(notes, float(path.score_s[0]), float(path.score_s[-1]))
    if len(chords.onset_s) < 2:
        return path
    hop_s = recording.hop_s
    rough_s = np.interp(chords.onset_s, path.score_s, path.recording_s)
    reach = round(settings.reach_s / hop_s)
    first = np.rint(rough_s / hop_s).astype(np.int64) - reach
    frames = cheapest_frames(
        own_costs(recording.onsets, chords, first, 2 * reach + 1, hop_s, settings),
        first,
        expected_s(chords.onset_s, rough_s, settings.pace_s) / hop_s,
        settings.least_s / hop_s,
        settings.uneven,
        settings.most,
    )
    found_s = frames * hop_s
    close = np.abs(found_s - rough_s) < settings.agreeing_s
    found_s = np.maximum.accumulate(np.where(close, (found_s + rough_s) / 2, found_s))
    before, after = path.recording_s < found_s[0], path.recording_s > found_s[-1]
    before &= path.score_s < chords.onset_s[0]
    after &= path.score_s > chords.onset_s[-1]
    recording_s, score_s = pairs_of_times(
        np.concatenate([path.recording_s[before], found_s, path.recording_s[after]]),
        np.concatenate([path.score_s[before], chords.onset_s, path.score_s[after]]),
    )
    return replace(path, recording_s=recording_s, score_s=score_s)


def chords_of(notes: Notes, start_s: float, end_s: float) -> Chords:
    """The notes from one second to another that features show; times are rounded to 1 ms."""
    onset = np.round(notes.onset_s, 3)
    shown = (notes.program != DRUMS) & (notes.pitch >= LOWEST) & (notes.pitch < LOWEST + BANDS)
    rows = np.flatnonzero(shown & (onset >= start_s) & (onset <= end_s))
    onset_s, chord = np.unique(onset[rows], return_inverse=True)
    return Chords(onset_s, chord.astype(np.int64), notes.pitch[rows].astype(np.int64) - LOWEST)


def own_costs(
    onsets: FloatArray,
    chords: Chords,
    first: Ints,
    count: int,
    hop_s: float,
    settings: OnsetSettings,
) -> FloatArray:
    """(k, count): how little each chord begins in ``count`` frames from ``first`` (k,) on."""
    from unisono.alignment.time.onset_kernel import heard_sums

    alone = np.minimum(onsets / _full(onsets, settings.full), np.float32(1))
    heard, beside = alone.copy(), np.multiply(alone, np.float32(settings.beside), out=alone)
    np.maximum(heard[1:], beside[:-1], out=heard[1:])
    np.maximum(heard[:-1], beside[1:], out=heard[:-1])
    costs: FloatArray = -heard_sums(heard, chords.chord, chords.band, first, count)
    notes = np.bincount(chords.chord, minlength=len(first)).astype(np.float32)
    # A chord of which all begins says more than one note, but not as much as each of its notes.
    costs *= (np.sqrt(np.minimum(notes, 3)) / notes)[:, None]
    away = np.abs(np.arange(count) - count // 2).astype(np.float32)
    costs += away * np.float32(settings.away * hop_s / 0.1)
    frames = first[:, None] + np.arange(count)
    costs[(frames < 0) | (frames >= len(heard))] += np.float32(settings.most * settings.uneven)
    return costs


def expected_s(score_s: Floats, recording_s: Floats, around_s: float) -> Floats:
    """(k - 1,) seconds of the recording between onsets (k,), at the pace around each."""
    low = np.minimum(np.searchsorted(score_s, score_s[1:] - around_s), np.arange(len(score_s) - 1))
    high = np.searchsorted(score_s, score_s[1:] + around_s, side="right") - 1
    pace = (recording_s[high] - recording_s[low]) / (score_s[high] - score_s[low])
    return np.asarray(np.diff(score_s) * np.maximum(pace, 0.05), np.float64)


def _full(onsets: FloatArray, quantile: float) -> np.float32:
    some = onsets[onsets > 0]
    return np.float32(np.quantile(some, quantile)) if len(some) else np.float32(1.0)
