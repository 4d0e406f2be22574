"""A long piece in parts that sound at the same time on several cores, and add up to the whole."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from unisono.data.notes import Notes

FloatArray = npt.NDArray[np.float32]

_SEARCH_S = 10.0  # how far from an even share a part may begin, so that few notes reach over
_LEAST_S = 20.0  # shorter parts are not worth the start of a synthesiser


def play_in_parts(
    play: Callable[[Notes], FloatArray], notes: Notes, rate: int, step: int, threads: int
) -> FloatArray:
    """The same sound as ``play(notes)``: samples (n,) from second 0 at ``rate``.

    Parts begin at multiples of ``step`` samples and each rings out over the next, so every voice
    sounds as it would in one go; what goes on between voices (a limit on their number, a closed
    hi-hat that stops an open one) is not followed over the seams. FluidSynth fades a note in over
    its first 64 samples or not, as the voice that plays it was used before or not: there, and
    nowhere else, its parts differ from the whole.
    """
    grid_s = step / rate
    starts = seams(notes, max(1, min(threads, int(notes.duration_s / _LEAST_S))))
    origins = [int(np.floor(start / grid_s + 1e-6)) * step for start in starts]
    edges = [*starts[1:], np.inf]
    pieces = [
        _between(notes, start, end, origin / rate)
        for start, end, origin in zip(starts, edges, origins, strict=True)
    ]
    if len(pieces) == 1:
        sounds = [play(pieces[0])]
    else:
        with ThreadPoolExecutor(len(pieces)) as pool:
            sounds = list(pool.map(play, pieces))
    if len(pieces) == 1 and origins[0] == 0:
        return sounds[0]
    ends = [at + len(sound) for at, sound in zip(origins, sounds, strict=True)]
    out = np.zeros(max(ends), np.float32)
    for at, sound in zip(origins, sounds, strict=True):
        out[at : at + len(sound)] += sound
    return out


def seams(notes: Notes, count: int) -> list[float]:
    """Onsets at which ``count`` parts or fewer begin, of about as many notes each."""
    order = np.argsort(notes.onset_s, kind="stable")
    onset = notes.onset_s[order]
    held_until = np.maximum.accumulate(notes.offset_s[order])
    starts = [float(onset[0])]
    for index in range(1, count):
        middle = onset[len(onset) * index // count]
        near = np.flatnonzero((np.abs(onset - middle) < _SEARCH_S) & (onset > starts[-1]))
        near = near[near > 0]
        if len(near):
            reaching_over = held_until[near - 1] - onset[near]
            # an onset shared by several notes must not be torn: only its first note may be it
            reaching_over[onset[near] == onset[near - 1]] = np.inf
            starts.append(float(onset[near[np.argmin(reaching_over)]]))
    return starts


def _between(notes: Notes, start: float, end: float, origin_s: float) -> Notes:
    rows = (notes.onset_s >= start) & (notes.onset_s < end)
    return replace(
        notes,
        onset_s=notes.onset_s[rows] - origin_s,
        offset_s=notes.offset_s[rows] - origin_s,
        pitch=notes.pitch[rows],
        velocity=notes.velocity[rows],
        program=notes.program[rows],
    )
