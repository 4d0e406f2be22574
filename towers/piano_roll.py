"""Piano roll with onsets: what the MIDI tower sees of notes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from unisono.data.notes import DRUMS, Notes

FRAME_RATE = 20
ROWS = 96
LOWEST_PITCH = 14
FAMILIES = 17
"""16 General MIDI families and, last, drums."""

CHANNELS = 2 + FAMILIES

FloatArray = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]


def piano_roll(notes: Notes, start_s: float, frames: int) -> tuple[FloatArray, FloatArray]:
    """Notes from ``start_s`` on as (2, ROWS, frames) and (FAMILIES, frames).

    The first holds onsets (1 in the frame nearest to the onset) and what sounds (1, fading to
    0.2 over two seconds, since MIDI does not say how long a string rings); drums are not in it.
    The second holds which families sound, as a share of the notes that sound.
    """
    first = np.round((notes.onset_s - start_s) * FRAME_RATE).astype(np.int64)
    last = np.maximum(np.round((notes.offset_s - start_s) * FRAME_RATE).astype(np.int64), first + 1)
    inside = np.flatnonzero((last > 0) & (first < frames))
    first, last, program = first[inside], last[inside], notes.program[inside]
    families = _families(program, first, last, frames)
    row = notes.pitch[inside].astype(np.int64) - LOWEST_PITCH
    tuned = np.flatnonzero((program != DRUMS) & (row >= 0) & (row < ROWS))
    return _roll(row[tuned], first[tuned], last[tuned], frames), families


_FADE = np.maximum(1.0 - 0.4 * np.arange(2 * FRAME_RATE + 1) / FRAME_RATE, 0.2).astype(np.float32)
_CHUNK = 1024


def _roll(row: Integers, first: Integers, last: Integers, frames: int) -> FloatArray:
    """Onsets and what sounds, (2, ROWS, frames), of notes from frame ``first`` to ``last``."""
    roll = np.zeros((2, ROWS, frames), np.float32)
    begun = first >= 0
    roll[0, row[begun], first[begun]] = 1.0
    sounding = roll[1].reshape(-1)
    # a few notes at a time: a broken file may hold very many that never end
    for start in range(0, len(row), _CHUNK):
        chunk = slice(start, start + _CHUNK)
        begin = np.maximum(first[chunk], 0)
        note, frame = _spread(begin, np.minimum(last[chunk], frames))
        age = np.minimum(frame - first[chunk][note], len(_FADE) - 1)
        np.maximum.at(sounding, row[chunk][note] * frames + frame, _FADE[age])
    return roll


def _spread(begin: Integers, end: Integers) -> tuple[Integers, Integers]:
    """Every (note, frame) of notes (n,) that fill the frames from ``begin`` up to ``end``."""
    lengths = end - begin
    before = np.cumsum(lengths) - lengths
    note = np.repeat(np.arange(len(begin)), lengths)
    return note, np.arange(len(note)) - before[note] + begin[note]


def _families(
    program: npt.NDArray[np.int16], first: Integers, last: Integers, frames: int
) -> FloatArray:
    """Share of each family in the notes that sound, (FAMILIES, frames)."""
    family = np.where(program == DRUMS, FAMILIES - 1, program // 8)
    changes = np.zeros((FAMILIES, frames + 1), np.float32)
    np.add.at(changes, (family, np.maximum(first, 0)), 1.0)
    np.add.at(changes, (family, np.minimum(last, frames)), -1.0)
    counts = np.cumsum(changes, axis=1)[:, :frames]
    return np.asarray(counts / np.maximum(counts.sum(axis=0, keepdims=True), 1.0), np.float32)
