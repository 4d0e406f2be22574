"""Noise under a recording, made on the spot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Self, get_args

import numpy as np
import numpy.typing as npt

from unisono.data.augmenting.effect import (
    Range,
    Still,
    Waveform,
    decibels,
    draw_seed,
    loudness,
    uniform,
)

NoiseKind = Literal["white", "pink", "brown", "hum", "crackle", "crowd"]

_FloatArray = npt.NDArray[np.float64]
_VOICES = 8
_FORMANTS_HZ = ((250, 850), (850, 2200), (2200, 3500))
_QUIET = 1e-3  # taken for the level of a recording that is silent


@dataclass(frozen=True)
class Noise(Still):
    """Noise at a distance below the recording's root mean square.

    kind: white, pink (-3 dB an octave), brown (-6), hum of the mains with its harmonics, crackle
    of a record, crowd (many voices made of noise, none of which says anything).
    """

    kind: NoiseKind
    below_db: float
    seed: int

    @classmethod
    def draw(
        cls,
        random: np.random.Generator,
        *,
        kinds: tuple[NoiseKind, ...] = get_args(NoiseKind),
        below_db: Range = (6.0, 45.0),
    ) -> Self:
        """A kind, a distance in dB and a seed."""
        kind = kinds[int(random.integers(len(kinds)))]
        return cls(kind, uniform(random, below_db), draw_seed(random))

    def apply(self, waveform: Waveform, sample_rate: int) -> Waveform:
        """Change a waveform (samples,)."""
        if not len(waveform):
            return waveform.copy()
        noise = make_noise(self.kind, len(waveform), sample_rate, np.random.default_rng(self.seed))
        level = max(loudness(waveform), _QUIET) * decibels(-self.below_db)
        return np.asarray(waveform + np.float32(level) * noise, np.float32)


def make_noise(
    kind: NoiseKind, samples: int, sample_rate: int, random: np.random.Generator
) -> Waveform:
    """Noise (samples,) with root mean square 1."""
    noise = _MAKERS[kind](samples, sample_rate, random)
    level = np.sqrt(np.mean(np.square(noise)))
    return np.asarray(noise / max(float(level), 1e-12), np.float32)


def coloured(
    samples: int, sample_rate: int, slope: float, random: np.random.Generator
) -> _FloatArray:
    """Noise (samples,) with power falling as frequency ** slope, flat below 20 Hz."""
    from scipy.fft import irfft, next_fast_len, rfft

    size = next_fast_len(max(samples, 2), real=True)
    spectrum = rfft(random.standard_normal(size, dtype=np.float32))
    frequency = np.arange(len(spectrum), dtype=np.float32) * np.float32(sample_rate / size)
    spectrum *= np.maximum(frequency, 20.0) ** np.float32(-slope / 2)
    return np.asarray(irfft(spectrum, size)[:samples], np.float64)


def _hum(samples: int, sample_rate: int, random: np.random.Generator) -> _FloatArray:
    mains = 50.0 if random.random() < 0.5 else 60.0
    mains *= 1 + 0.002 * random.standard_normal()
    time = np.arange(samples) / sample_rate
    result = np.zeros(samples)
    for harmonic in range(1, 9):
        if harmonic * mains < sample_rate / 2:
            height = random.uniform(0.1, 1.0) / harmonic
            phase = random.uniform(0, 2 * np.pi)
            result += height * np.sin(2 * np.pi * harmonic * mains * time + phase)
    return result


def _crackle(samples: int, sample_rate: int, random: np.random.Generator) -> _FloatArray:
    """Clicks as of dust, and a few as of scratches, which come once a turn (33 1/3 a minute)."""
    result = 0.02 * coloured(samples, sample_rate, 1.0, random)
    dust = random.poisson(samples / sample_rate * random.uniform(5, 60)) + 1
    places = random.integers(0, samples, dust)
    heights = random.standard_normal(dust) * random.pareto(2.5, dust)
    turn = int(1.8 * sample_rate)
    scratch = np.arange(int(random.integers(0, turn)), samples, turn)
    np.add.at(result, np.concatenate([places, scratch]),
              np.concatenate([heights, np.full(len(scratch), 2.0)]))  # fmt: skip
    ringing = np.exp(-np.arange(int(0.0006 * sample_rate) + 1) / (0.0002 * sample_rate))
    return np.convolve(result, ringing)[:samples]


def _crowd(samples: int, sample_rate: int, random: np.random.Generator) -> _FloatArray:
    """Voices: noise with three formants each, swelling with the syllables of speech."""
    from scipy.fft import irfft, next_fast_len, rfft, rfftfreq

    size = next_fast_len(max(samples, 2), real=True)
    hertz = np.asarray(rfftfreq(size, 1 / sample_rate), np.float32)
    result = np.zeros(samples)
    for _ in range(_VOICES):
        spectrum = rfft(random.standard_normal(size, dtype=np.float32))
        heights = np.zeros_like(hertz)
        for low, high in _FORMANTS_HZ:
            centre = random.uniform(low, high)
            heights += (300 / centre) / (1 + ((hertz - centre) / (0.12 * centre)) ** 2)
        voice = irfft(spectrum * heights, size)[:samples]
        syllables = np.abs(random.standard_normal(int(samples / sample_rate * 4) + 3))
        syllables *= random.random(len(syllables)) < 0.7
        times = np.linspace(0, samples, len(syllables))
        result += voice * np.interp(np.arange(samples), times, syllables)
    return result


_MAKERS: dict[NoiseKind, Callable[[int, int, np.random.Generator], _FloatArray]] = {
    "white": lambda samples, rate, random: coloured(samples, rate, 0.0, random),
    "pink": lambda samples, rate, random: coloured(samples, rate, 1.0, random),
    "brown": lambda samples, rate, random: coloured(samples, rate, 2.0, random),
    "hum": _hum,
    "crackle": _crackle,
    "crowd": _crowd,
}
