"""What an augmentation is, and how times move under it.

An effect is a frozen dataclass: ``draw(random)`` chooses its parameters, ``apply`` is pure. Effects
that need noise hold a ``seed``, so that the same effect changes the same input the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from unisono.data.rising_line import along

Waveform = npt.NDArray[np.float32]
"""(samples,) mono, nominally in -1..1."""

Seconds = npt.NDArray[np.float64]

Range = tuple[float, float]
"""The least and the greatest value that may be drawn."""

MAX_SEED = 1 << 31


@dataclass(frozen=True, eq=False)
class TimeMap:
    """Old seconds to new seconds, linear between knots and beyond the outer ones.

    old_s, new_s: (k,) both strictly increasing, k >= 2.
    """

    old_s: Seconds
    new_s: Seconds

    def __post_init__(self) -> None:
        fits = self.old_s.ndim == 1 and self.old_s.shape == self.new_s.shape
        if not fits or len(self.old_s) < 2:
            raise ValueError("a time map needs two knots or more, old and new")
        if not ((np.diff(self.old_s) > 0).all() and (np.diff(self.new_s) > 0).all()):
            raise ValueError("the knots of a time map must increase")

    def __call__(self, old_s: npt.ArrayLike) -> Seconds:
        """New seconds of old ones, any shape."""
        return along(old_s, self.old_s, self.new_s)

    def back(self, new_s: npt.ArrayLike) -> Seconds:
        """Old seconds of new ones, any shape."""
        return along(new_s, self.new_s, self.old_s)

    def then(self, later: TimeMap) -> TimeMap:
        """This map, followed by another."""
        old = np.union1d(self.old_s, self.back(later.old_s))
        new = later(self(old))
        # Knots that coincide but for rounding would make a map that stands still.
        kept = np.concatenate([[True], (np.diff(old) > 1e-9) & (np.diff(new) > 1e-9)])
        return TimeMap(old[kept], new[kept])


def scaled_time(factor: float = 1.0, shift_s: float = 0.0) -> TimeMap:
    """The map t -> factor * t + shift_s; without arguments nothing moves."""
    return TimeMap(np.array([0.0, 1.0]), np.array([shift_s, shift_s + factor]))


@runtime_checkable
class AudioEffect(Protocol):
    """A change of a recording, and what it does to times and pitches."""

    @property
    def time_map(self) -> TimeMap:
        """Old seconds of a sound to new seconds."""
        ...

    @property
    def semitones(self) -> float:
        """How far every pitch moves up."""
        ...

    def apply(self, waveform: Waveform, sample_rate: int) -> Waveform:
        """Change a waveform (samples,) at any rate; the input stays as it is."""
        ...


class Still:
    """What an audio effect declares that moves neither times nor pitches."""

    @property
    def time_map(self) -> TimeMap:
        """Nothing moves."""
        return scaled_time()

    @property
    def semitones(self) -> float:
        """No pitch moves."""
        return 0.0


def uniform(random: np.random.Generator, between: Range) -> float:
    """A number drawn evenly from a range."""
    return float(random.uniform(*between))


def log_uniform(random: np.random.Generator, between: Range) -> float:
    """A positive number drawn from a range so that each octave is as likely as the next."""
    return float(np.exp(random.uniform(*np.log(between))))


def draw_seed(random: np.random.Generator) -> int:
    """A seed for what ``apply`` draws."""
    return int(random.integers(MAX_SEED))


def decibels(level_db: float) -> float:
    """The factor of an amplitude for a level in decibels."""
    return float(10 ** (level_db / 20))


def loudness(waveform: Waveform) -> float:
    """Root mean square of a waveform; 0 for an empty one."""
    return float(np.sqrt(np.mean(np.square(waveform, dtype=np.float64)))) if len(waveform) else 0.0
