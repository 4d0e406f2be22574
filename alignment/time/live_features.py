"""What sounds and begins in a recording that is still being made, ten times a second."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from unisono.alignment.time.pitch_features import (
    BANDS,
    COMPRESSION,
    SAMPLE_RATE,
    WINDOWS,
    PitchFeatures,
    energies_of_frames,
    estimate_tuning,
)

FloatArray = npt.NDArray[np.float32]

HOP = 320
"""Samples between frames (20 ms)."""
FRAMES = 5
"""Frames that make a moment."""
STEP_S = FRAMES * HOP / SAMPLE_RATE
LOOKAHEAD_S = WINDOWS[0][0] / 2 / SAMPLE_RATE
"""How much sound after the middle of a frame the lowest pitches need."""
MEMORY = (0.30, 0.27, 0.20, 0.14, 0.09)
"""Weights of a moment and of those before it: sound is compared by half a second of the past."""
LEVEL = 100.0
QUIETEST = 1e-7
"""Mean power of samples below which nothing sounds."""
_TUNING_S = 15.0


class LiveFeatures:
    """Takes samples as they come and gives a vector a moment; memory does not grow.

    The tuning is estimated from the first 15 seconds, once they are there.
    """

    def __init__(self) -> None:
        self._held = np.zeros(WINDOWS[0][0] // 2, np.float32)
        self._energies = np.zeros((0, BANDS), np.float32)
        self._before = np.zeros((2, BANDS), np.float32)
        self._loud_power = self._loud_level = 1e-9
        self._levels = np.zeros((len(MEMORY), BANDS), np.float32)
        self._attacks = np.zeros((len(MEMORY), BANDS), np.float32)
        self._cents = 0.0
        self._beginning: list[FloatArray] | None = []

    def hear(self, samples: FloatArray) -> list[tuple[FloatArray, bool]]:
        """Vectors (2 * BANDS,) of the moments that are complete now, and whether they sound.

        samples: (n,) float32 mono at SAMPLE_RATE. Moment k begins at k * STEP_S.
        """
        self._tune(samples)
        self._held = np.concatenate([self._held, samples])
        wide = WINDOWS[0][0]
        if len(self._held) >= wide:
            frames = np.lib.stride_tricks.sliding_window_view(self._held, wide)[::HOP]
            self._energies = np.concatenate(
                [self._energies, energies_of_frames(frames, self._cents)]
            )
            self._held = self._held[len(frames) * HOP :]
        found = []
        while len(self._energies) >= FRAMES:
            found.append(self._moment(self._energies[:FRAMES]))
            self._energies = self._energies[FRAMES:]
        return found

    def _tune(self, samples: FloatArray) -> None:
        if self._beginning is None:
            return
        self._beginning.append(samples)
        if sum(map(len, self._beginning)) >= _TUNING_S * SAMPLE_RATE:
            self._cents = estimate_tuning(np.concatenate(self._beginning))
            self._beginning = None

    def _moment(self, energies: FloatArray) -> tuple[FloatArray, bool]:
        power = float(energies.max())
        self._loud_power = max(self._loud_power, power)
        level = np.sqrt(energies)
        self._loud_level = max(self._loud_level, float(level.max()))
        attacks = rises(np.concatenate([self._before, level]), self._loud_level)
        self._before = level[-2:]
        self._levels = _shifted(self._levels, _mean_level(energies, self._loud_power))
        self._attacks = _shifted(self._attacks, attacks.max(axis=0))
        return _joined(self._levels, self._attacks), power > QUIETEST


def rises(levels: FloatArray, loud: float) -> FloatArray:
    """How much each band's level rises over two frames: (n, bands) into (n - 2, bands)."""
    compressed = np.log1p(levels / np.float32(COMPRESSION * loud))
    risen: FloatArray = np.maximum(compressed[2:] - compressed[:-2], np.float32(0))
    return risen


def moments_of_notes(features: PitchFeatures) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """The same vectors (m, 2 * BANDS) of notes that are known, and whether anything sounds."""
    n = len(features) // FRAMES
    energies = features.energies[: n * FRAMES].reshape(n, FRAMES, BANDS)
    onsets = features.onsets[: n * FRAMES].reshape(n, FRAMES, BANDS)
    loud = max(1e-9, float(features.energies.max(initial=0)))
    level, attack = _mean_level(energies, loud), onsets.max(axis=1)
    vectors = np.empty((n, 2 * BANDS), np.float32)
    blank = np.zeros((len(MEMORY) - 1, BANDS), np.float32)
    padded = [np.concatenate([blank, side]) for side in (level, attack)]
    for k in range(n):
        # The latest comes first.
        past = slice(k, k + len(MEMORY))
        vectors[k] = _joined(padded[0][past][::-1], padded[1][past][::-1])
    sounding: npt.NDArray[np.bool_] = energies.reshape(n, -1).max(axis=1, initial=0) > 0
    return vectors, sounding


def _mean_level(energies: FloatArray, loud: float) -> FloatArray:
    level: FloatArray = np.log1p(np.float32(LEVEL / loud) * energies).mean(axis=-2)
    return level


def _shifted(past: FloatArray, newest: FloatArray) -> FloatArray:
    return np.concatenate([newest[None], past[:-1]])


def _joined(levels: FloatArray, attacks: FloatArray) -> FloatArray:
    weights = np.array(MEMORY, np.float32)
    parts = []
    for past in (levels, attacks):
        vector = weights @ past
        length = float(np.linalg.norm(vector))
        # Where nothing begins, nothing is alike; equal parts would be like all noise.
        parts.append(vector / max(length, 1e-3))
    return np.concatenate(parts).astype(np.float32)
