"""Effects one after the other, and recipes from which such chains are drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from unisono.data.augmenting.cover import CoverEffect
from unisono.data.augmenting.effect import AudioEffect, TimeMap, Waveform, scaled_time
from unisono.data.augmenting.midi import MidiChange, MidiEffect, Music, unchanged
from unisono.data.augmenting.places import PlaceMap

Effect = TypeVar("Effect", covariant=True)
Drawn = TypeVar("Drawn")


@dataclass(frozen=True)
class AudioChain:
    """Effects on a recording, in order; itself one."""

    effects: tuple[AudioEffect, ...]

    @property
    def time_map(self) -> TimeMap:
        """Old seconds to new seconds after all effects."""
        maps = (effect.time_map for effect in self.effects)
        return reduce(lambda first, then: first.then(then), maps, scaled_time())

    @property
    def semitones(self) -> float:
        """How far pitches move up by all effects together."""
        return float(sum(effect.semitones for effect in self.effects))

    def apply(self, waveform: Waveform, sample_rate: int) -> Waveform:
        """Change a waveform (samples,)."""
        for effect in self.effects:
            waveform = effect.apply(waveform, sample_rate)
        return waveform


@dataclass(frozen=True)
class MidiChain:
    """Effects on notes, in order; itself one."""

    effects: tuple[MidiEffect, ...]

    def apply(self, music: Music) -> MidiChange:
        """Change music; rows and times refer to the music before the first effect."""
        change = unchanged(music)
        for effect in self.effects:
            change = change.then(effect)
        return change


@dataclass(frozen=True)
class CoverChain:
    """Effects on a picture, in order; itself one."""

    effects: tuple[CoverEffect, ...]

    def places(self, size: int) -> PlaceMap:
        """Old pixels to new pixels of a picture (3, size, size)."""
        maps = (effect.places(size) for effect in self.effects)
        return reduce(lambda first, then: first.then(then), maps, PlaceMap())

    def apply(self, picture: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Change a picture (3, size, size) in 0..1."""
        for effect in self.effects:
            picture = effect.apply(picture)
        return picture


@dataclass(frozen=True)
class Step(Generic[Effect]):
    """An effect that is drawn, or left out.

    draw: what draws it, an effect's ``draw`` or a ``functools.partial`` of one.
    probability: how often it is there.
    """

    draw: Callable[[np.random.Generator], Effect]
    probability: float = 1.0


def drawn(steps: Sequence[Step[Drawn]], random: np.random.Generator) -> tuple[Drawn, ...]:
    """The effects of those steps that are there this time."""
    return tuple(step.draw(random) for step in steps if random.random() < step.probability)


@dataclass(frozen=True)
class AudioRecipe:
    """Steps from which chains for recordings are drawn."""

    steps: tuple[Step[AudioEffect], ...]

    def draw(self, random: np.random.Generator) -> AudioChain:
        """One chain."""
        return AudioChain(drawn(self.steps, random))


@dataclass(frozen=True)
class MidiRecipe:
    """Steps from which chains for notes are drawn."""

    steps: tuple[Step[MidiEffect], ...]

    def draw(self, random: np.random.Generator) -> MidiChain:
        """One chain."""
        return MidiChain(drawn(self.steps, random))


@dataclass(frozen=True)
class CoverRecipe:
    """Steps from which chains for pictures are drawn."""

    steps: tuple[Step[CoverEffect], ...]

    def draw(self, random: np.random.Generator) -> CoverChain:
        """One chain."""
        return CoverChain(drawn(self.steps, random))
