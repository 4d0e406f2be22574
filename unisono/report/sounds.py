"""Sounds small enough to travel inside a page: mono MP3, which every browser plays."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from unisono.data.errors import ReadError
from unisono.data.places import TimeSpan
from unisono.data.readers.audio import FloatArray, read_blocks
from unisono.report.mp3 import mp3_of_blocks

LONGEST_S = 60.0
"""Of a longer recording, this much from shortly before the moment that it is shown for."""
LEAD_S = 2.0
RATE = 32_000
_BLOCK_S = 10.0
_COMPRESSION = 0.85
"""Of libsndfile's MP3 writer: some 80 kbit/s at this rate."""


@dataclass(frozen=True)
class Sound:
    """MP3 bytes of a recording from ``start_s`` on; ``whole`` when nothing was cut."""

    mp3: bytes
    start_s: float
    whole: bool


def sound_of(path: Path, around: TimeSpan | None = None) -> Sound | None:
    """Return what to play of a recording, or None where it cannot be read."""
    start_s = 0.0
    if around and around.end_s > LONGEST_S:
        start_s = max(0.0, around.start_s - LEAD_S)
    try:
        samples, cut = _seconds(path, start_s, start_s + LONGEST_S)
    except ReadError:
        return None
    return Sound(mp3_of_blocks([samples], RATE, _COMPRESSION), start_s, start_s == 0 and not cut)


def _seconds(path: Path, start_s: float, end_s: float) -> tuple[FloatArray, bool]:
    """Samples from start to end, and whether the recording goes on behind them."""
    kept: list[FloatArray] = []
    first, last, at = round(start_s * RATE), round(end_s * RATE), 0
    cut = False
    for block in read_blocks(path, RATE, _BLOCK_S):
        if at >= last:
            cut = True
            break
        kept.append(block[max(0, first - at) : max(0, last - at)])
        at += len(block)
    return np.concatenate(kept), cut
