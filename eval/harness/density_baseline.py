"""A baseline that has learned nothing: how busy music is, and how high, around a place.

Five numbers each, over five stretches around the place: onsets, or ink; and the mean height of
what sounds or stands there. Each is brought to mean 0 and deviation 1 over the set, so that the
same numbers of a recording, a strip and notes can be compared.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from unisono.data.notes import Notes
from unisono.data.pages.strips import LongStrip

STRETCHES = 5
_STRETCH_S = 0.8
_STRETCH_PX = 40.0

Floats = npt.NDArray[np.float64]


def sound_features(waveform: npt.NDArray[np.float32], rate: int, seconds: Floats) -> Floats:
    """(n, 10) of a waveform (samples,): rises of the spectrum, and its centre of gravity."""
    import soxr

    from unisono.towers import spectrogram

    sound = soxr.resample(waveform, rate, spectrogram.SAMPLE_RATE)
    shown = spectrogram.spectrogram(np.asarray(sound, np.float32)).astype(np.float64)
    rises = np.maximum(np.diff(shown, axis=1, prepend=0.0), 0.0).sum(axis=0)
    pitches = np.arange(len(shown), dtype=np.float64)[:, None]
    return _features(rises, shown.sum(axis=0), (shown * pitches).sum(axis=0))(
        seconds * spectrogram.FRAME_RATE, _STRETCH_S * spectrogram.FRAME_RATE
    )


def strip_features(strip: LongStrip, columns: Floats) -> Floats:
    """(n, 10) of a strip: ink beyond what every column has, and how high it stands."""
    ink = strip.ink.astype(np.float64) / 255.0
    ink = np.maximum(ink - np.median(ink, axis=1, keepdims=True), 0.0)  # staff lines
    heights = np.arange(len(ink), dtype=np.float64)[::-1, None]
    moment = np.asarray((ink * heights).sum(axis=0), np.float64)
    total = ink.sum(axis=0)
    return _features(total, total, moment)(columns, _STRETCH_PX)


def notes_features(notes: Notes, seconds: Floats) -> Floats:
    """(n, 10) of notes: how many begin, and their mean pitch."""
    rate = 20
    frames = int(notes.duration_s * rate) + 2
    frame = np.round(notes.onset_s * rate).astype(int)
    onsets = np.asarray(np.bincount(frame, minlength=frames), np.float64)
    heights = np.asarray(np.bincount(frame, notes.pitch, frames), np.float64)
    return _features(onsets, onsets, heights)(seconds * rate, _STRETCH_S * rate)


def comparable(features: Floats) -> Floats:
    """(n, k) features as unit vectors, each feature at mean 0 and deviation 1 over the set."""
    spread = features.std(axis=0)
    even = (features - features.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    length = np.linalg.norm(even, axis=1, keepdims=True)
    return np.asarray(even / np.where(length > 0, length, 1.0), np.float64)


def _features(busy: Floats, mass: Floats, moment: Floats) -> Callable[[Floats, float], Floats]:
    """Sums of ``busy`` and quotients of ``moment`` and ``mass`` over stretches around places."""
    sums = [np.concatenate([[0.0], np.cumsum(values)]) for values in (busy, mass, moment)]

    def at(places: Floats, stretch: float) -> Floats:
        edges = (np.arange(STRETCHES + 1) - STRETCHES / 2) * stretch
        cuts = np.clip(np.rint(places[:, None] + edges).astype(int), 0, len(busy))
        counts, masses, moments = (np.diff(total[cuts], axis=1) for total in sums)
        middle = moment.sum() / max(mass.sum(), 1e-9)
        heights = np.where(masses > 0, moments / np.maximum(masses, 1e-9), middle)
        return np.asarray(np.concatenate([counts, heights], axis=1), np.float64)

    return at
