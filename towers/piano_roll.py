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


def piano_roll(notes: Notes, start_s: float, frames: int) -> tuple[FloatArray, FloatArray]:
    """Notes from ``start_s`` on as (2, ROWS, frames) and (FAMILIES, frames).

    The first holds onsets (1 in the frame nearest to the onset) and what sounds (1, fading to
    0.2 over two seconds, since MIDI does not say how long a string rings); drums are not in it.
    The second holds which families sound, as a share of the notes that sound.
    """
    roll = np.zeros((2, ROWS, frames), np.float32)
    families = np.zeros((FAMILIES, frames), np.float32)
    first = np.round((notes.onset_s - start_s) * FRAME_RATE).astype(np.int64)
    last = np.maximum(np.round((notes.offset_s - start_s) * FRAME_RATE).astype(np.int64), first + 1)
    inside = np.flatnonzero((last > 0) & (first < frames))
    for note in inside:
        begin, end = first[note], min(last[note], frames)
        drums = notes.program[note] == DRUMS
        family = FAMILIES - 1 if drums else int(notes.program[note]) // 8
        families[family, max(begin, 0) : end] += 1.0
        row = int(notes.pitch[note]) - LOWEST_PITCH
        if drums or not 0 <= row < ROWS:
            continue
        age = np.arange(max(begin, 0) - begin, end - begin)
        sounding = np.maximum(1.0 - 0.4 * age / FRAME_RATE, 0.2)
        span = roll[1, row, max(begin, 0) : end]
        np.maximum(span, sounding, out=span)
        if begin >= 0:
            roll[0, row, begin] = 1.0
    families /= np.maximum(families.sum(axis=0, keepdims=True), 1.0)
    return roll, families
