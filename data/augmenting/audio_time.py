"""Speed, tempo and pitch of a recording, and what comes before it.

Tempo and pitch are changed by Signalsmith Stretch (package ``python-stretch``): a click comes out
within a millisecond of where the time map puts it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self, get_args

import numpy as np

from unisono.data.augmenting.audio_noise import coloured
from unisono.data.augmenting.effect import (
    Range,
    TimeMap,
    Waveform,
    decibels,
    draw_seed,
    log_uniform,
    loudness,
    scaled_time,
    uniform,
)

LeadInKind = Literal["silence", "room tone", "applause"]


@dataclass(frozen=True)
class Speed:
    """A tape or a record that runs faster (factor above 1) or slower: time and pitch."""

    factor: float

    @classmethod
    def draw(cls, random: np.random.Generator, *, factor: Range = (0.94, 1.06)) -> Self:
        """A factor drawn evenly by octave."""
        return cls(log_uniform(random, factor))

    @property
    def time_map(self) -> TimeMap:
        """All times are divided by the factor."""
        return scaled_time(1 / self.factor)

    @property
    def semitones(self) -> float:
        """What the factor is in semitones."""
        return float(12 * np.log2(self.factor))

    def apply(self, waveform: Waveform, sample_rate: int) -> Waveform:
        """Change a waveform (samples,) to one of samples / factor."""
        import soxr

        if not len(waveform):
            return waveform.copy()
        return np.asarray(
            soxr.resample(waveform, sample_rate * self.factor, sample_rate), np.float32
        )


@dataclass(frozen=True)
class Tempo:
    """Faster (factor above 1) or slower at the same pitch."""

    factor: float

    @classmethod
    def draw(cls, random: np.random.Generator, *, factor: Range = (0.8, 1.25)) -> Self:
        """A factor drawn evenly by octave."""
        return cls(log_uniform(random, factor))

    @property
    def time_map(self) -> TimeMap:
        """All times are divided by the factor."""
        return scaled_time(1 / self.factor)

    @property
    def semitones(self) -> float:
        """No pitch moves."""
        return 0.0

    def apply(self, waveform: Waveform, sample_rate: int) -> Waveform:
        """Change a waveform (samples,) to one of samples / factor."""
        return _stretch(waveform, sample_rate, self.factor, 0.0)


@dataclass(frozen=True)
class Pitch:
    """Higher or lower at the same tempo."""

    semitones: float

    @classmethod
    def draw(cls, random: np.random.Generator, *, semitones: Range = (-0.5, 0.5)) -> Self:
        """Semitones drawn evenly; by default within a mistuning."""
        return cls(uniform(random, semitones))

    @property
    def time_map(self) -> TimeMap:
        """Nothing moves."""
        return scaled_time()

    def apply(self, waveform: Waveform, sample_rate: int) -> Waveform:
        """Change a waveform (samples,)."""
        return _stretch(waveform, sample_rate, 1.0, self.semitones)


@dataclass(frozen=True)
class LeadIn:
    """Silence, the noise of a hall or applause before the music.

    seconds: how long. below_db: how far noise or applause lies below the music.
    """

    kind: LeadInKind
    seconds: float
    below_db: float
    seed: int

    @classmethod
    def draw(
        cls,
        random: np.random.Generator,
        *,
        kinds: tuple[LeadInKind, ...] = get_args(LeadInKind),
        seconds: Range = (0.2, 8.0),
    ) -> Self:
        """A kind, a length and a level."""
        kind = kinds[int(random.integers(len(kinds)))]
        below = uniform(random, (30.0, 60.0) if kind == "room tone" else (0.0, 20.0))
        return cls(kind, uniform(random, seconds), below, draw_seed(random))

    @property
    def time_map(self) -> TimeMap:
        """Everything is later by ``seconds``."""
        return scaled_time(shift_s=self.seconds)

    @property
    def semitones(self) -> float:
        """No pitch moves."""
        return 0.0

    def apply(self, waveform: Waveform, sample_rate: int) -> Waveform:
        """Put (seconds * sample_rate,) samples before a waveform (samples,)."""
        count = round(self.seconds * sample_rate)
        before = np.zeros(count, np.float32)
        if self.kind != "silence" and count:
            random = np.random.default_rng(self.seed)
            make = applause if self.kind == "applause" else _room_tone
            noise = make(count, sample_rate, random)
            level = loudness(waveform) * decibels(-self.below_db)
            before = np.asarray(noise * np.float32(level / max(loudness(noise), 1e-9)), np.float32)
        return np.concatenate([before, waveform])


def applause(samples: int, sample_rate: int, random: np.random.Generator) -> Waveform:
    """Some hundred people clapping, who stop one by one: (samples,)."""
    clap = np.exp(-np.arange(int(0.02 * sample_rate) + 1) / (0.004 * sample_rate))
    clap *= random.standard_normal(len(clap))
    hits = np.zeros(samples)
    people = int(random.integers(50, 300))
    for _ in range(people):
        period = sample_rate * random.uniform(0.2, 0.35)
        end = samples * min(1.0, random.uniform(0.6, 1.1))
        count = int(end / period) + 1
        places = random.uniform(0, period) + period * np.arange(count)
        places += 0.06 * period * random.standard_normal(count)
        inside = places[(places >= 0) & (places < end)].astype(np.int64)
        np.add.at(hits, inside, random.uniform(0.2, 1.0) * random.choice([-1.0, 1.0]))
    heard = np.convolve(hits, clap)[:samples] + 0.05 * coloured(samples, sample_rate, 1.0, random)
    return np.asarray(heard, np.float32)


def _room_tone(samples: int, sample_rate: int, random: np.random.Generator) -> Waveform:
    return np.asarray(coloured(samples, sample_rate, 1.7, random), np.float32)


def _stretch(waveform: Waveform, sample_rate: int, factor: float, semitones: float) -> Waveform:
    """Raise ModuleNotFoundError with the way out where ``python-stretch`` is missing."""
    try:
        from python_stretch import Signalsmith
    except ModuleNotFoundError as error:
        advice = "tempo and pitch need Signalsmith Stretch; pip install python-stretch"
        raise ModuleNotFoundError(advice) from error
    length = round(len(waveform) / factor)
    if not len(waveform) or not np.any(waveform):
        return np.zeros(length, np.float32)
    stretch = Signalsmith.Stretch()
    stretch.preset(1, sample_rate)
    stretch.setTimeFactor(factor)
    stretch.setTransposeSemitones(semitones)
    # Too little sound to fill its blocks is not taken: some silence goes after it.
    least = int(stretch.blockSamples() + stretch.intervalSamples())
    padded = np.pad(waveform, (0, least))
    heard = np.asarray(stretch.process(np.ascontiguousarray(padded[None])), np.float32)[0]
    result = np.zeros(length, np.float32)
    result[: min(length, len(heard))] = heard[:length]
    return result
