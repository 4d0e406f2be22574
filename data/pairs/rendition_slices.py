"""What an excerpt takes of a rendition: sound, ink, notes, anchors, note heads."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unisono.data.augmenting.effect import TimeMap, scaled_time
from unisono.data.excerpts import ANCHORS, EXCERPT_S, STRIP_WIDTH
from unisono.data.notes import Notes
from unisono.data.pages.strips import STRIP_HEIGHT
from unisono.data.pairs.rendition import Rendition

FloatArray = npt.NDArray[np.float32]

_REACH = 0.34  # anchors are at most so far from the middle, in parts of the excerpt
_APART_S, _APART_COLUMNS = 0.06, 2.0  # onsets side by side are the hardest negatives
_AROUND = 24  # notes on either side that are the same where music is repeated
_NEAR = 400  # rows of a rendition are near each other in time: so many are looked at


@dataclass(frozen=True)
class ExcerptSize:
    """seconds of sound, columns of the strip, and how many anchors are looked for."""

    seconds: float = EXCERPT_S
    columns: int = STRIP_WIDTH
    anchors: int = ANCHORS


def slice_sound(rendition: Rendition, start_s: float, seconds: float = EXCERPT_S) -> FloatArray:
    """(seconds * rate,) of sound in -1..1, or rows of features; silence outside the rendition."""
    first, count = round(start_s * rendition.rate), round(seconds * rendition.rate)
    kept = rendition.sound
    low, high = max(first, 0), min(first + count, len(kept))
    part = np.zeros((count, *kept.shape[1:]), np.float32)
    if high > low:
        scale = np.float32(1 / 32767 if kept.dtype == np.int16 else 1)
        np.multiply(kept[low:high], scale, out=part[low - first : high - first], casting="unsafe")
    return part


def slice_ink(rendition: Rendition, left: int, width: int = STRIP_WIDTH) -> npt.NDArray[np.uint8]:
    """(STRIP_HEIGHT, width) of the strip; paper outside it."""
    ink = rendition.ink
    low, high = max(left, 0), min(left + width, ink.shape[1])
    crop = np.zeros((STRIP_HEIGHT, width), np.uint8)
    if high > low:
        crop[:, low - left : high - left] = ink[:, low:high]
    return crop


def slice_notes(
    rendition: Rendition, start_s: float, size: ExcerptSize, pace: TimeMap | None = None
) -> Notes:
    """The notes that sound within the excerpt, at another pace if one is given."""
    pace = pace or scaled_time()
    table = rendition.notes
    onset, offset = pace(table[0] - start_s), pace(table[1] - start_s)
    inside = (offset > 0) & (onset < size.seconds)
    onset = np.maximum(onset[inside], 0.0)
    offset = np.maximum(offset[inside], onset + 0.01)
    pitch, velocity, program = np.asarray(table[3:, inside], np.float64)
    order = np.lexsort((pitch, onset))
    return Notes(
        onset_s=onset[order],
        offset_s=offset[order],
        pitch=pitch[order].astype(np.int16),
        velocity=np.clip(velocity[order], 1, 127).astype(np.int16),
        program=program[order].astype(np.int16),
    )


def draw_anchors(
    rendition: Rendition,
    note: int,
    start_s: float,
    left: int,
    size: ExcerptSize,
    random: np.random.Generator,
) -> list[int]:
    """Notes: the given one first, then others that both sides show, apart from each other."""
    low, high = max(note - _NEAR, 0), note + _NEAR
    onset, column = rendition.notes[[0, 2], low:high]
    near = np.abs(onset - start_s - size.seconds / 2) < _REACH * size.seconds
    near &= np.abs(column - left - size.columns / 2) < _REACH * size.columns
    chosen = [note - low]
    for row in random.permutation(np.flatnonzero(near)).tolist():
        if len(chosen) == size.anchors:
            break
        apart = np.abs(onset[chosen] - onset[row]) > _APART_S
        if (apart & (np.abs(column[chosen] - column[row]) > _APART_COLUMNS)).all():
            chosen.append(row)
    return [row + low for row in chosen]


def moments_of(rendition: Rendition, notes: Sequence[int]) -> npt.NDArray[np.int64]:
    """(K,) of notes: a number of the pitches around each, as ``Item.moments`` has them.

    Notes of one column count as one; music that comes again has the same number there.
    """
    table = np.asarray(rendition.notes)
    column, pitch = table[2], table[3].astype(np.int16)
    moments = []
    for note in notes:
        first = note
        while first and abs(column[first - 1] - column[first]) < 1:
            first -= 1
        around = pitch[max(first - _AROUND, 0) : first + _AROUND]
        moments.append(_number(around.tobytes()))
    return np.array(moments, np.int64)


def heads_near(
    rendition: Rendition, note: int, start_s: float, left: int
) -> npt.NDArray[np.float64]:
    """(4, n) of the notes around one: second and column of the excerpt, row of the strip, pitch."""
    rows = slice(max(note - _NEAR, 0), note + _NEAR)
    onset, column, pitch = rendition.notes[[0, 2, 3], rows]
    return np.stack([onset - start_s, column - left, rendition.rows[rows], pitch]).astype(float)


def _number(content: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(content, digest_size=7).digest(), "big")
