"""Notes into a waveform, with the time of each note in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.data.notes import DRUMS, Notes
from unisono.data.sound.parts import play_in_parts
from unisono.data.sound.performance import Performance
from unisono.data.sound.sampled_notes import Bank
from unisono.data.sound.voices import Voice, voice_of

SAMPLE_RATE = 44_100
PEAK = 0.8
"""The loudest sample of every rendering."""
TAIL_S = 1.5
"""Seconds that a rendering goes on after the end of its last note."""
LONGEST_HOURS = 4

_FADE_S = 0.05
_RATES = (8_000, 96_000)

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Rendering:
    """Sound and what is played in it.

    waveform: (samples,) float32 mono, its peak at PEAK.
    notes: as they sound, seconds from the start of the waveform; row i is note i of the notes
        that were given, so they need not be sorted. A note begins at the sample nearest to its
        onset; what an instrument takes to speak comes after that.
    """

    waveform: FloatArray
    sample_rate: int
    notes: Notes

    @property
    def duration_s(self) -> float:
        """Length of the waveform in seconds."""
        return len(self.waveform) / self.sample_rate


def synthesise(
    notes: Notes,
    voice: Voice | Bank | Sequence[Bank] | Path | str,
    performance: Performance | None = None,
    *,
    sample_rate: int = SAMPLE_RATE,
    threads: int = 1,
) -> Rendering:
    """Play notes; the default performance plays them as they are.

    voice: ``builtin``, the path or short name of a soundfont (``fluidr3mono``), or banks.
    threads: a long piece is played in as many parts at the same time.

    Onsets and ends are moved to the nearest moment that the voice can play (for soundfonts every
    1.5 ms at 44.1 kHz, 2 ms below 32 kHz; every sample for others) and are told as played.

    Raises: ValueError for notes that cannot be played (none, times that are negative or not
    finite, pitches out of range, longer than 4 hours); ReadError where FluidSynth, the
    soundfont, or an instrument in it is missing.
    """
    if not _RATES[0] <= sample_rate <= _RATES[1]:
        raise ValueError(f"a sample rate of {sample_rate} is outside {_RATES[0]} to {_RATES[1]}")
    _check(notes)
    performance = performance or Performance()
    player = voice_of(voice)
    own_rate = player.own_rate(sample_rate)
    step = player.step(own_rate)
    played = _on_grid(performance.play(notes), step / own_rate)
    if played.duration_s > LONGEST_HOURS * 3600:
        hours = played.duration_s / 3600
        raise ValueError(f"the notes last {hours:,.1f} hours; split them, at most {LONGEST_HOURS}")
    sound = play_in_parts(
        lambda part: player.play(part, own_rate, performance.cents), played, own_rate, step, threads
    )
    return Rendering(_finished(sound, own_rate, sample_rate, played), sample_rate, played)


def _check(notes: Notes) -> None:
    if not len(notes):
        raise ValueError("there are no notes to play")
    times = np.concatenate([notes.onset_s, notes.offset_s])
    if not np.isfinite(times).all() or times.min() < 0:
        raise ValueError("the times of notes must be finite and not negative")
    if notes.pitch.min() < 0 or notes.pitch.max() > 127:
        raise ValueError("pitches must lie within 0 to 127")
    if notes.program.min() < DRUMS or notes.program.max() > 127:
        raise ValueError("programs must lie within 0 to 127, or be DRUMS")


def _on_grid(notes: Notes, grid_s: float) -> Notes:
    """The notes with onsets and offsets at multiples of ``grid_s``, each at least one long."""
    onset = np.rint(notes.onset_s / grid_s)
    offset = np.maximum(np.rint(notes.offset_s / grid_s), onset + 1)
    return replace(notes, onset_s=onset * grid_s, offset_s=offset * grid_s)


def _finished(sound: FloatArray, own_rate: int, sample_rate: int, notes: Notes) -> FloatArray:
    """At the rate that was asked for, of the length that is promised, faded out, at its peak."""
    if own_rate != sample_rate:
        import soxr

        sound = np.asarray(soxr.resample(sound, own_rate, sample_rate), np.float32)
    length = int(np.ceil((notes.duration_s + TAIL_S) * sample_rate))
    out = np.zeros(length, np.float32)
    kept = min(length, len(sound))
    out[:kept] = sound[:kept]
    fade = int(_FADE_S * sample_rate)
    out[-fade:] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)
    peak = max(float(out.max()), -float(out.min()))
    if peak > 1e-9:
        out *= np.float32(PEAK / peak)
    return out
