"""Sampled notes: every pitch of an instrument recorded once, mixed into music on the spot.

A bank holds notes that FluidSynth rendered beforehand. Mixing them is a few additions a sample,
so that a training run hears each excerpt with instruments, tempo, tuning and dynamics that it
never heard before.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.data.errors import ReadError

SAMPLE_RATE = 16_000
LOWEST_PITCH = 21
HIGHEST_PITCH = 108
VELOCITIES = (45, 105)

_HELD_S = 3.0
_SLOT_S = 3.5

Samples = npt.NDArray[np.int16]


@dataclass(frozen=True)
class Bank:
    """Notes of one instrument: samples (pitches, velocities, time) int16 at SAMPLE_RATE."""

    name: str
    program: int
    samples: Samples


def render_bank(soundfont: Path, program: int) -> Bank:
    """Render every pitch of a General MIDI program with FluidSynth, dry.

    Raises ReadError when FluidSynth is not installed or fails on the soundfont.
    """
    import pretty_midi
    import soundfile

    if shutil.which("fluidsynth") is None:
        raise ReadError(soundfont, "FluidSynth is not installed", "install the fluidsynth package")
    pitches = range(LOWEST_PITCH, HIGHEST_PITCH + 1)
    midi = pretty_midi.PrettyMIDI()
    instrument = pretty_midi.Instrument(program)
    starts: list[float] = []
    for pitch in pitches:
        for velocity in VELOCITIES:
            start = len(starts) * _SLOT_S
            starts.append(start)
            note = pretty_midi.Note(velocity, pitch, start, start + _HELD_S)
            instrument.notes.append(note)
    midi.instruments.append(instrument)
    with tempfile.TemporaryDirectory() as folder:
        score, sound = Path(folder) / "notes.mid", Path(folder) / "notes.wav"
        midi.write(str(score))
        command = ["fluidsynth", "-ni", "-q", "-R", "0", "-C", "0", "-g", "0.8"]
        command += ["-r", str(SAMPLE_RATE), "-F", str(sound), str(soundfont), str(score)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode or not sound.exists():
            raise ReadError(soundfont, f"FluidSynth failed: {done.stderr.strip()[:200]}")
        stereo, _ = soundfile.read(sound, dtype="float32", always_2d=True)
    mono = stereo.mean(axis=1)
    length = int(_HELD_S * SAMPLE_RATE)
    needed = int(starts[-1] * SAMPLE_RATE) + length
    mono = np.pad(mono, (0, max(0, needed - len(mono))))
    notes = np.stack([mono[int(s * SAMPLE_RATE) : int(s * SAMPLE_RATE) + length] for s in starts])
    samples = np.clip(notes * 32767, -32768, 32767).astype(np.int16)
    shaped = samples.reshape(len(pitches), len(VELOCITIES), length)
    return Bank(f"{soundfont.stem}-{program}", program, shaped)


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
