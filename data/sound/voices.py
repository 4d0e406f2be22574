"""What notes can sound through: a soundfont, sampled notes, or the built-in synthesiser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, cast

import numpy as np
import numpy.typing as npt

from unisono.data.notes import DRUMS, Notes
from unisono.data.sound.additive import play_additive
from unisono.data.sound.families import family
from unisono.data.sound.fluidsynth import BLOCK, play_soundfont
from unisono.data.sound.sampled_notes import BUILT_IN, SAMPLE_RATE, Bank, mix
from unisono.data.sound.soundfonts import find_soundfont

FloatArray = npt.NDArray[np.float32]

_FINEST_RATE = 32_000
_RELEASE_S = 0.15


class Voice(Protocol):
    """Something that plays notes."""

    def own_rate(self, sample_rate: int) -> int:
        """The rate at which it plays for a result of ``sample_rate``."""
        ...

    def step(self, own_rate: int) -> int:
        """Samples between two moments at which a note can begin."""
        ...

    def play(self, notes: Notes, own_rate: int, cents: float) -> FloatArray:
        """(samples,) mono from second 0, until all has died away; drums keep their tuning."""
        ...


@dataclass(frozen=True)
class SoundfontVoice:
    """FluidSynth with an SF2 or SF3 file.

    Below 32 kHz it plays at a multiple of the rate and is resampled: FluidSynth folds what a
    low rate cannot hold back into what is heard.
    """

    soundfont: Path

    def own_rate(self, sample_rate: int) -> int:
        """At least 32 kHz."""
        return sample_rate * max(1, -(-_FINEST_RATE // sample_rate))

    def step(self, own_rate: int) -> int:
        """FluidSynth's block."""
        return BLOCK

    def play(self, notes: Notes, own_rate: int, cents: float) -> FloatArray:
        """Raises ReadError without FluidSynth, or for a file or instrument that is missing."""
        return play_soundfont(self.soundfont, notes, own_rate, cents=cents)


@dataclass(frozen=True)
class BuiltInVoice:
    """Additive synthesis; needs no file and no system package."""

    def own_rate(self, sample_rate: int) -> int:
        """Any rate as it is."""
        return sample_rate

    def step(self, own_rate: int) -> int:
        """Every sample."""
        return 1

    def play(self, notes: Notes, own_rate: int, cents: float) -> FloatArray:
        """Every program and drum is there."""
        return play_additive(notes, own_rate, cents=cents)


@dataclass(frozen=True)
class BankVoice:
    """Banks of sampled notes, at their 16 kHz; nothing above 8 kHz is in them.

    A program is played by its own bank, or by the first of its family. Drums, which no bank
    holds, are the built-in synthesiser's.
    """

    banks: tuple[Bank, ...]

    def own_rate(self, sample_rate: int) -> int:
        """The banks' rate."""
        return SAMPLE_RATE

    def step(self, own_rate: int) -> int:
        """Every sample."""
        return 1

    def play(self, notes: Notes, own_rate: int, cents: float) -> FloatArray:
        """Raises ValueError for a program without a bank of its family."""
        drums = notes.program == DRUMS
        out = np.zeros(int((notes.duration_s + 1.0) * SAMPLE_RATE), np.float32)
        for program in np.unique(notes.program[~drums]).tolist():
            rows = _rows(notes, notes.program == program)
            velocity = rows.velocity.astype(np.float64)
            times = (rows.onset_s, rows.offset_s)
            bank = self._bank(program)
            mix(bank, *times, rows.pitch, velocity, out, cents=cents, release_s=_RELEASE_S)
        if drums.any():
            beaten = play_additive(_rows(notes, drums), own_rate)
            out = np.pad(out, (0, max(0, len(beaten) - len(out))))
            out[: len(beaten)] += beaten
        return out

    def _bank(self, program: int) -> Bank:
        for bank in self.banks:
            if bank.program == program:
                return bank
        word = family(program)
        for bank in self.banks:
            if family(bank.program) == word:
                return bank
        there = ", ".join(sorted({family(bank.program) for bank in self.banks})) or "none"
        raise ValueError(f"no bank plays program {program} ({word}); there are banks of: {there}")


def voice_of(name: Voice | Bank | Sequence[Bank] | Path | str) -> Voice:
    """A voice by ``builtin``, a soundfont's path or short name, or banks.

    Raises ReadError for a soundfont that is not there.
    """
    if isinstance(name, str | Path):
        return BuiltInVoice() if name == BUILT_IN else SoundfontVoice(find_soundfont(name))
    if isinstance(name, Bank):
        return BankVoice((name,))
    if isinstance(name, Sequence):
        return BankVoice(tuple(cast(Sequence[Bank], name)))
    return name


def _rows(notes: Notes, chosen: npt.NDArray[np.bool_]) -> Notes:
    return replace(
        notes,
        onset_s=notes.onset_s[chosen],
        offset_s=notes.offset_s[chosen],
        pitch=notes.pitch[chosen],
        velocity=notes.velocity[chosen],
        program=notes.program[chosen],
    )
