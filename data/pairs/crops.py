"""A part of a recording, strip or picture: at a random place, or the middle without a generator."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from unisono.data.notes import Notes

FloatArray = npt.NDArray[np.float32]


def crop_waveform(
    waveform: FloatArray, length: int, random: np.random.Generator | None
) -> FloatArray:
    """``length`` samples of (samples,); silence is put behind a shorter one."""
    start = choose_start(len(waveform) - length, random)
    crop = waveform[start : start + length]
    return np.pad(crop, (0, length - len(crop)))


def crop_picture(image: FloatArray, random: np.random.Generator) -> FloatArray:
    """A random crop of (3, s, s) to three quarters, mirrored or not, its colours changed a little.

    Returns (3, 3 s / 4, 3 s / 4) in 0..1.
    """
    size = image.shape[1] * 3 // 4
    top, left = random.integers(image.shape[1] - size + 1, size=2)
    crop = image[:, top : top + size, left : left + size]
    crop = crop[:, :, ::-1] if random.random() < 0.5 else crop
    gains = random.uniform(0.8, 1.2, (3, 1, 1)) * random.uniform(0.8, 1.2)
    return np.clip(crop * gains, 0, 1).astype(np.float32)


def crop_strip(ink: npt.NDArray[np.uint8], start: int, width: int) -> npt.NDArray[np.uint8]:
    """Columns of a strip (h, w) from ``start`` on, paper where it ends: (h, width)."""
    crop = ink[:, start : start + width]
    return np.pad(crop, ((0, 0), (0, width - crop.shape[1])))


def crop_notes(notes: Notes, start_s: float, seconds: float) -> Notes:
    """What sounds in ``start_s`` .. ``start_s + seconds``, moved to begin at second 0.

    A note that began before sounds from 0 on; one that goes on is cut off at the end.
    """
    rows = (notes.onset_s < start_s + seconds) & (notes.offset_s > start_s)
    onset = np.maximum(notes.onset_s[rows] - start_s, 0.0)
    return Notes(
        onset_s=onset,
        offset_s=np.minimum(notes.offset_s[rows] - start_s, seconds),
        pitch=notes.pitch[rows],
        velocity=notes.velocity[rows],
        program=notes.program[rows],
    )


def choose_start(spare: int, random: np.random.Generator | None) -> int:
    """Where a crop begins when ``spare`` places are left over: at random, or half of them."""
    if spare <= 0:
        return 0
    return spare // 2 if random is None else int(random.integers(spare + 1))
