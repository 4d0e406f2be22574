"""Sampled notes: every pitch of an instrument recorded once, mixed into music on the spot.

A bank holds notes that FluidSynth or the built-in synthesiser rendered beforehand. Mixing them is
a few additions a sample, so that a training run hears each excerpt with instruments, tempo, tuning
and dynamics that it never heard before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.data.notes import Notes
from unisono.data.sound.additive import play_additive
from unisono.data.sound.fluidsynth import play_soundfont

SAMPLE_RATE = 16_000
LOWEST_PITCH = 21
HIGHEST_PITCH = 108
VELOCITIES = (45, 105)
BUILT_IN = "builtin"
"""The built-in synthesiser, where a soundfont could be named."""

_HELD_S = 3.0
_SLOT_S = 5.0  # time for a note to ring out before the next
_RENDER_RATE = 32_000  # at 16 kHz FluidSynth would fold higher partials into what is heard
_SOUNDFONT_LEVEL = 4 / 3
_BUILT_IN_LEVEL = 0.7  # so that banks of both kinds are about equally loud

Samples = npt.NDArray[np.int16]


@dataclass(frozen=True)
class Bank:
    """Notes of one instrument: samples (pitches, velocities, time) int16 at SAMPLE_RATE."""

    name: str
    program: int
    samples: Samples


def render_bank(soundfont: Path, program: int) -> Bank:
    """Render every pitch of a General MIDI program with FluidSynth, dry.

    Raises ReadError when FluidSynth is not installed, for a file that is no soundfont, and for
    one without the program.
    """
    import soxr

    notes = _all_pitches(program)
    sound = play_soundfont(soundfont, notes, _RENDER_RATE) * np.float32(_SOUNDFONT_LEVEL)
    mono = soxr.resample(sound, _RENDER_RATE, SAMPLE_RATE)
    return Bank(f"{soundfont.stem}-{program}", program, _cut(mono, notes))


def make_bank(program: int) -> Bank:
    """The same from the built-in synthesiser, without any soundfont."""
    notes = _all_pitches(program)
    sound = play_additive(notes, SAMPLE_RATE) * np.float32(_BUILT_IN_LEVEL)
    return Bank(f"{BUILT_IN}-{program}", program, _cut(sound, notes))


def _all_pitches(program: int) -> Notes:
    """Every pitch at every velocity, one after the other."""
    pitch = np.repeat(np.arange(LOWEST_PITCH, HIGHEST_PITCH + 1), len(VELOCITIES))
    onset = np.asarray(np.arange(len(pitch)) * _SLOT_S, np.float64)
    return Notes(
        onset_s=onset,
        offset_s=np.asarray(onset + _HELD_S, np.float64),
        pitch=pitch.astype(np.int16),
        velocity=np.resize(VELOCITIES, len(pitch)).astype(np.int16),
        program=np.full(len(pitch), program, np.int16),
    )


def _cut(mono: npt.NDArray[np.float32], notes: Notes) -> Samples:
    """Single notes of a rendering (time,), as samples of a bank."""
    length = int(_HELD_S * SAMPLE_RATE)
    starts = np.rint(notes.onset_s * SAMPLE_RATE).astype(np.int64)
    mono = np.pad(mono, (0, max(0, int(starts[-1]) + length - len(mono))))
    cut = np.stack([mono[start : start + length] for start in starts])
    samples = np.clip(cut * 32767, -32768, 32767).astype(np.int16)
    return samples.reshape(-1, len(VELOCITIES), length)


def load_bank(path: Path) -> Bank:
    """Open a bank that ``save_bank`` wrote, without reading it into memory."""
    name, program = path.stem, int(path.stem.rsplit("-", 1)[1])
    return Bank(name, program, np.load(path, mmap_mode="r"))


def save_bank(bank: Bank, folder: Path) -> Path:
    """Write a bank as ``NAME-PROGRAM.npy``."""
    path = folder / f"{bank.name}.npy"
    partial = path.with_suffix(".partial")
    with partial.open("wb") as stream:
        np.save(stream, bank.samples)
    partial.replace(path)
    return path


def mix(
    bank: Bank,
    onset_s: npt.NDArray[np.float64],
    offset_s: npt.NDArray[np.float64],
    pitch: npt.NDArray[np.int16],
    velocity: npt.NDArray[np.float64],
    out: npt.NDArray[np.float32],
    *,
    cents: float = 0.0,
    release_s: float = 0.15,
) -> None:
    """Add notes to ``out`` (samples,) in place; times are seconds from the start of ``out``.

    velocity: (n,) in 1..127. Notes outside the bank's range are moved by octaves into it.
    """
    pitch = pitch.astype(np.int64)
    pitch = np.where(pitch < LOWEST_PITCH, pitch + 12 * ((LOWEST_PITCH - pitch + 11) // 12), pitch)
    pitch = np.where(
        pitch > HIGHEST_PITCH, pitch - 12 * ((pitch - HIGHEST_PITCH + 11) // 12), pitch
    )
    _mixer()(
        bank.samples,
        np.rint(onset_s * SAMPLE_RATE).astype(np.int64),
        np.rint(offset_s * SAMPLE_RATE).astype(np.int64),
        pitch - LOWEST_PITCH,
        velocity.astype(np.float32),
        out,
        2.0 ** (cents / 1200.0),
        max(1, int(release_s * SAMPLE_RATE)),
    )


def _mixer() -> Callable[..., None]:
    from unisono.data.sound.sampled_notes_mixer import mix_notes

    mixer: Callable[..., None] = mix_notes
    return mixer
