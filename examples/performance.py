"""Play a work as a person might: a bending tempo, phrasing, accents and small unevenness.

The tempo curve is an arch over each phrase, broadening at its end (N. Todd, "The dynamics of
dynamics", 1992), with slow random drift and a ritardando over the last bars.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pretty_midi
from midi_file import loudness
from notation import SoundingNote, Work, sounding_notes

_GRID = 16  # tempo values a quarter note
_CONTINUOUS = {19, 40, 41, 42, 68, 70, 71, 73}  # programs that hold a note at full strength


@dataclass(frozen=True)
class Performance:
    """A performance and the truth about it.

    midi: what to play; recording_s, score_s: (n,) seconds of every onset of the score and of
    its end in the recording and in the score at its notated tempo.
    """

    midi: pretty_midi.PrettyMIDI
    recording_s: npt.NDArray[np.float64]
    score_s: npt.NDArray[np.float64]


def perform(work: Work) -> Performance:
    """The same performance every time: chance is seeded by the work's name."""
    random = np.random.default_rng(
        int.from_bytes(hashlib.sha256(work.slug.encode()).digest()[:8], "big")
    )
    grid, seconds = _tempo_map(work, random)
    notes = sounding_notes(work)
    onsets = sorted({note.onset for note in notes})
    shifts = dict(zip(onsets, random.normal(0.0, 0.006, len(onsets)), strict=True))
    midi = pretty_midi.PrettyMIDI(resolution=960, initial_tempo=120.0)
    midi.instruments = [pretty_midi.Instrument(part.program, name=part.name) for part in work.parts]
    played: dict[Fraction, list[float]] = {onset: [] for onset in onsets}
    for note in notes:
        start = float(np.interp(float(note.onset), grid, seconds)) + shifts[note.onset]
        lead = -0.012 if note.top and note.voice == 0 and note.staff == 0 else 0.006
        start = max(0.0, start + lead + random.normal(0.0, 0.005))
        end = float(np.interp(float(note.onset + note.length), grid, seconds))
        length = max(0.06, (end - start) * _articulation(work, note) + random.normal(0.0, 0.008))
        velocity = _velocity(work, note, random)
        midi.instruments[note.part].notes.append(
            pretty_midi.Note(velocity, note.pitch, start, start + length)
        )
        played[note.onset].append(start)
    if work.pedal:
        _add_pedal(midi, work, grid, seconds)
    beats = np.array([*map(float, onsets), float(work.length)])
    recording = np.array([*(np.mean(played[onset]) for onset in onsets), seconds[-1]])
    return Performance(midi, np.maximum.accumulate(recording), beats * 60.0 / work.tempo)


def _tempo_map(
    work: Work, random: np.random.Generator
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Quarter notes and the second at which each falls, on a fine grid."""
    grid = np.arange(round(float(work.length) * _GRID) + 1) / _GRID
    phrase = float(work.bar_length) * work.phrase
    u = ((grid - float(work.pickup)) % phrase) / phrase
    arch = np.sin(np.pi * u) ** 0.8 - 0.55 - 0.5 * np.exp(-(((1.0 - u) / 0.09) ** 2))
    width = float(work.bar_length) * _GRID
    drift = np.convolve(
        random.normal(size=len(grid) + 8 * round(width)), _bell(width), mode="same"
    )[: len(grid)]
    drift /= max(1e-9, float(drift.std()))
    overall = 1.0 + random.uniform(-0.07, 0.07)
    left = (grid[-1] - grid) / (1.5 * float(work.bar_length))
    ritardando = 1.0 - 0.4 * np.clip(1.0 - left, 0.0, 1.0) ** 2
    tempo = work.tempo * overall * np.exp(work.rubato * (arch + 0.5 * drift)) * ritardando
    step = 60.0 / tempo / _GRID
    return grid, work.lead_in_s + np.concatenate([[0.0], np.cumsum((step[1:] + step[:-1]) / 2)])


def _bell(width: float) -> npt.NDArray[np.float64]:
    t = np.arange(-3 * round(width), 3 * round(width) + 1) / width
    bell: npt.NDArray[np.float64] = np.exp(-0.5 * t**2)
    bell /= bell.sum()
    return bell


def _articulation(work: Work, note: SoundingNote) -> float:
    if work.parts[note.part].program in _CONTINUOUS:
        return 0.95 if note.length <= 1 else 0.97
    if "harpsichord" in work.tags or "ragtime" in work.tags:
        return 0.82
    return 0.97


def _velocity(work: Work, note: SoundingNote, random: np.random.Generator) -> int:
    start = float(note.onset - work.pickup)
    bar, phrase = float(work.bar_length), float(work.bar_length) * work.phrase
    arch = np.sin(np.pi * ((start % phrase) / phrase)) - 0.5
    accent = 5.0 if start % bar == 0 else (2.0 if start % 1 == 0 else 0.0)
    melody = 7.0 if note.top and note.staff == 0 and note.voice == 0 else -7.0
    # A mark takes hold over the bar that it stands in, not at a stroke.
    level = (
        loudness(work, float(note.onset)) + loudness(work, max(0.0, float(note.onset) - bar))
    ) / 2
    value = (level + 10.0 * arch + accent + melody + random.normal(0.0, 3.0)) * (
        0.35 + 0.65 * work.parts[note.part].loudness
    )
    return int(np.clip(round(value), 20, 120))


def _add_pedal(
    midi: pretty_midi.PrettyMIDI,
    work: Work,
    grid: npt.NDArray[np.float64],
    seconds: npt.NDArray[np.float64],
) -> None:
    changes = np.arange(float(work.pickup), float(work.length), float(work.pedal))
    for instrument, part in zip(midi.instruments, work.parts, strict=True):
        if part.program == 0:
            for quarter in changes:
                at = float(np.interp(quarter, grid, seconds))
                if at > 0.05:
                    instrument.control_changes.append(pretty_midi.ControlChange(64, 0, at - 0.02))
                instrument.control_changes.append(pretty_midi.ControlChange(64, 100, at + 0.07))
            end = float(seconds[-1]) + 0.4
            instrument.control_changes.append(pretty_midi.ControlChange(64, 0, end))
