"""Gain and clipping of recordings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self, get_args

import numpy as np

from unisono.data.augmenting.effect import (
    Range,
    Still,
    Waveform,
    decibels,
    loudness,
    uniform,
)

Clip = Literal["soft", "hard"]


@dataclass(frozen=True)
class Gain(Still):
    """All samples times a factor; what passes -1..1 stays, clip it if it must not."""

    gain_db: float

    @classmethod
    def draw(cls, random: np.random.Generator, *, gain_db: Range = (-24.0, 6.0)) -> Self:
        """Decibels drawn evenly."""
        return cls(uniform(random, gain_db))

    def apply(self, waveform: Waveform, sample_rate: int) -> Waveform:
        """Change a waveform (samples,)."""
        return np.asarray(waveform * np.float32(decibels(self.gain_db)), np.float32)


@dataclass(frozen=True)
class Level(Still):
    """Bring the root mean square to a level below full scale; silence stays silence."""

    level_db: float

    @classmethod
    def draw(cls, random: np.random.Generator, *, level_db: Range = (-36.0, -12.0)) -> Self:
        """A level drawn evenly."""
        return cls(uniform(random, level_db))

    def apply(self, waveform: Waveform, sample_rate: int) -> Waveform:
        """Change a waveform (samples,); what passes -1..1 is cut off."""
        level = loudness(waveform)
        factor = decibels(self.level_db) / level if level > 0 else 1.0
        return np.asarray(np.clip(waveform * np.float32(factor), -1.0, 1.0), np.float32)


@dataclass(frozen=True)
class Clipping(Still):
    """An overloaded input: louder by ``drive_db`` than full scale, then cut off or bent.

    The peak comes back to where it was.
    """

    drive_db: float
    kind: Clip = "hard"

    @classmethod
    def draw(cls, random: np.random.Generator, *, drive_db: Range = (1.0, 15.0)) -> Self:
        """Soft or hard."""
        return cls(uniform(random, drive_db), get_args(Clip)[int(random.integers(2))])

    def apply(self, waveform: Waveform, sample_rate: int) -> Waveform:
        """Change a waveform (samples,)."""
        peak = float(np.abs(waveform).max()) if len(waveform) else 0.0
        if peak == 0:
            return waveform.copy()
        drive = decibels(self.drive_db)
        driven = waveform * np.float32(drive / peak)
        if self.kind == "hard":
            return np.asarray(np.clip(driven, -1.0, 1.0) * np.float32(peak), np.float32)
        return np.asarray(np.tanh(driven) * np.float32(peak / np.tanh(drive)), np.float32)
