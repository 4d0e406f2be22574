"""The built-in synthesiser: needs no soundfont and no system package.

Additive synthesis after ``timbres``: partials of their own decay and attack, coloured noise for
hammers, bows and breath. The same notes give the same samples.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from unisono.data.notes import DRUMS, Notes
from unisono.data.sound.drum_timbres import DRUM_TIMBRES, OTHER_DRUM
from unisono.data.sound.timbre import Timbre, loudness
from unisono.data.sound.timbres import TIMBRES

_RING_S = 2.5  # at most after a note's end
_DRUM_HELD_S = 1.5  # drums ring whatever the note's length
_VELOCITY_STEP = 4  # velocities share their partials in steps of this; nobody hears it
_LEVEL = 0.25
_NOISE = 8  # place of the noise's level in Timbre.shape

FloatArray = npt.NDArray[np.float32]
_Partials = tuple[FloatArray, ...]


def play_additive(notes: Notes, sample_rate: int, *, cents: float = 0.0) -> FloatArray:
    """Sound of the notes, (samples,) mono from second 0 until the last has died away.

    A note begins at the sample nearest to its onset. The tuning is shifted by ``cents``, drums
    excepted.
    """
    add_note = _kernel()
    end_s = notes.duration_s + max(_RING_S, _DRUM_HELD_S + _RING_S)
    out = np.zeros(int(np.ceil(end_s * sample_rate)), np.float32)
    start = np.rint(notes.onset_s * sample_rate).astype(np.int64)
    held = np.maximum(np.rint(notes.offset_s * sample_rate).astype(np.int64) - start, 1)
    drums = notes.program == DRUMS
    held = np.where(drums, np.maximum(held, int(_DRUM_HELD_S * sample_rate)), held)
    loud = np.clip(_rounded(notes.velocity.astype(np.int64)), 1, 127)
    prepared: dict[tuple[int, int, int], tuple[_Partials, npt.NDArray[np.float64]]] = {}
    columns = (start, held, notes.program, notes.pitch, loud)
    for begin, length, program, pitch, velocity in zip(*(c.tolist() for c in columns), strict=True):
        key = (program, pitch, velocity)
        if key not in prepared:
            prepared[key] = _prepare(*key, sample_rate, cents)
        partials, shape = prepared[key]
        # noise differs from note to note, but not with where in the piece a part begins
        seed = (pitch * 131 + velocity * 17 + length) & 0x7FFFFFFF
        add_note(out, begin, length, float(sample_rate), *partials, shape, seed)
    return out


def timbre_of(program: int, pitch: int) -> Timbre:
    """The timbre that plays a note."""
    return DRUM_TIMBRES.get(pitch, OTHER_DRUM) if program == DRUMS else TIMBRES[program]


def _rounded(velocity: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return (velocity + _VELOCITY_STEP // 2) // _VELOCITY_STEP * _VELOCITY_STEP


def _prepare(
    program: int, pitch: int, velocity: int, sample_rate: int, cents: float
) -> tuple[_Partials, npt.NDArray[np.float64]]:
    timbre = timbre_of(program, pitch)
    hertz = timbre.fixed_hz or 440.0 * 2 ** ((pitch - 69 + cents / 100) / 12)
    frequency, level, decay, rise = timbre.sounding(hertz, velocity, sample_rate)
    shape = timbre.shape(hertz, sample_rate)
    shape[_NOISE] *= _LEVEL * loudness(velocity)
    partials = (frequency, np.asarray(level * _LEVEL, np.float32), decay, rise)
    return partials, shape


def _kernel() -> Callable[..., None]:
    from unisono.data.sound.additive_kernel import add_note

    kernel: Callable[..., None] = add_note
    return kernel
