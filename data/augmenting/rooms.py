"""Rooms: generated impulse responses, in which the direct sound stays at its time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from unisono.data.augmenting.effect import (
    Range,
    Still,
    Waveform,
    decibels,
    draw_seed,
    log_uniform,
    loudness,
    uniform,
)

SPEED_OF_SOUND = 343.0
"""Metres per second."""

_BANDS_HZ = (0.0, 250.0, 1000.0, 4000.0)
_BAND_DECAY = (1.1, 1.0, 0.85, 0.5)  # of the decay time, for air and curtains eat the high ones
_LONGEST_S = 4.0
_EARLY_ORDER = 2  # reflections by up to so many walls a direction are followed one by one
_MIXING_S = 0.05  # from when on reflections are too many to tell apart


@dataclass(frozen=True)
class Room(Still):
    """A recording played in a room.

    size_m: length, width and height. decay_s: seconds until the sound of mid frequencies has
    fallen by 60 dB. wet_db: energy of all reflections over that of the direct sound. seed: where
    source and microphone stand, and the tail.

    Early reflections by image sources (Allen and Berkley 1979), then noise in four bands of
    frequency, each with a decay of its own (Moorer 1979).
    """

    size_m: tuple[float, float, float]
    decay_s: float
    wet_db: float
    seed: int

    @classmethod
    def draw(
        cls,
        random: np.random.Generator,
        *,
        length_m: Range = (3.0, 30.0),
        decay_s: Range = (0.2, 3.0),
        wet_db: Range = (-20.0, 3.0),
    ) -> Self:
        """A room of any length in the range, about two thirds as wide and a third as high."""
        length = log_uniform(random, length_m)
        width = length * uniform(random, (0.5, 0.9))
        height = max(2.3, length * uniform(random, (0.2, 0.45)))
        return cls(
            (length, width, height),
            log_uniform(random, decay_s),
            uniform(random, wet_db),
            draw_seed(random),
        )

    def response(self, sample_rate: int) -> Waveform:
        """Impulse response (samples,); the direct sound is sample 0, with height 1."""
        random = np.random.default_rng(self.seed)
        length = int(min(self.decay_s, _LONGEST_S) * sample_rate) + 1
        early = self._early(length, sample_rate, random)
        reflections = early + _matched_tail(
            early, self._tail(length, sample_rate, random), sample_rate
        )
        energy = float(np.sqrt(np.sum(reflections**2)))
        reflections *= decibels(self.wet_db) / max(energy, 1e-12)
        reflections[0] += 1.0
        return np.asarray(reflections, np.float32)

    def apply(self, waveform: Waveform, sample_rate: int) -> Waveform:
        """Change a waveform (samples,): as long as before, as loud as before."""
        from scipy.signal import oaconvolve

        if not len(waveform):
            return waveform.copy()
        heard = oaconvolve(waveform, self.response(sample_rate))[: len(waveform)]
        before, after = loudness(waveform), loudness(heard)
        return np.asarray(heard * np.float32(before / after if after > 0 else 1.0), np.float32)

    def _early(
        self, length: int, sample_rate: int, random: np.random.Generator
    ) -> npt.NDArray[np.float64]:
        size = np.asarray(self.size_m)
        source = size * random.uniform(0.15, 0.85, 3)
        microphone = size * random.uniform(0.15, 0.85, 3)
        orders = np.arange(-_EARLY_ORDER, _EARLY_ORDER + 1)
        cells = np.stack(np.meshgrid(orders, orders, orders, indexing="ij"), -1).reshape(-1, 3)
        # Along each axis, image m of the source lies at m * size, mirrored where m is odd.
        images = cells * size + np.where(cells % 2 == 0, source, size - source)
        distance = np.linalg.norm(images - microphone, axis=1)
        walls = np.abs(cells).sum(axis=1)
        direct = distance[walls == 0][0]
        late_s = (distance - direct) / SPEED_OF_SOUND
        heights = self._reflection**walls * direct / np.maximum(distance, direct)
        heights *= np.where(random.random(len(walls)) < 0.9, 1.0, -1.0)
        places = np.rint(late_s * sample_rate).astype(np.int64)
        kept = (walls > 0) & (places > 0) & (places < length)
        result = np.zeros(length)
        np.add.at(result, places[kept], heights[kept])
        return result

    @property
    def _reflection(self) -> float:
        """Share of a wave's height that a wall gives back, by Eyring's formula."""
        x, y, z = self.size_m
        surface = 2 * (x * y + y * z + z * x)
        absorbed = 1 - np.exp(-0.161 * x * y * z / (surface * self.decay_s))
        return float(np.sqrt(1 - absorbed))

    def _tail(
        self, length: int, sample_rate: int, random: np.random.Generator
    ) -> npt.NDArray[np.float64]:
        from scipy.fft import irfft, rfft

        time = np.arange(length) / sample_rate
        spectrum = rfft(random.standard_normal(length))
        frequency = np.fft.rfftfreq(length, 1 / sample_rate)
        edges = (*_BANDS_HZ[1:], np.inf)
        result = np.zeros(length)
        for low, high, share in zip(_BANDS_HZ, edges, _BAND_DECAY, strict=True):
            if low < sample_rate / 2:
                band = irfft(spectrum * ((frequency >= low) & (frequency < high)), length)
                result += band * 10 ** (-3 * time / (self.decay_s * share))
        return result * np.clip(time / _MIXING_S, 0, 1) ** 2  # reflections grow ever denser


def _matched_tail(
    early: npt.NDArray[np.float64], tail: npt.NDArray[np.float64], sample_rate: int
) -> npt.NDArray[np.float64]:
    """The tail as strong as the early reflections are in the time after they mix."""
    start, end = (int(share * _MIXING_S * sample_rate) for share in (0.5, 1.5))
    wanted = np.sqrt(np.sum(early[start:end] ** 2))
    there = np.sqrt(np.sum(tail[start:end] ** 2))
    if wanted == 0 or there == 0:
        wanted, there = np.sqrt(np.sum(early**2)) + 1e-3, np.sqrt(np.sum(tail**2)) + 1e-12
    return np.asarray(tail * (wanted / there), np.float64)
