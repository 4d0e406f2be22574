"""The sound of a whole recording, or of a performance as MIDI, in blocks and as MP3."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.data.modality import Modality
from unisono.report.mp3 import mp3_of_blocks

RATE = 44_100
_BLOCK_S = 10.0
_COMPRESSION = 0.75
"""Of libsndfile's MP3 writer: 112 kbit/s at this rate."""

FloatArray = npt.NDArray[np.float32]


def sound_blocks(path: Path, rate: int = RATE) -> Iterator[FloatArray]:
    """Mono samples (n,) in blocks; a MIDI file is played by the built-in synthesiser.

    Raises ReadError for what cannot be read.
    """
    from unisono.data.readers.detect import detect

    if detect(path) is Modality.MIDI:
        from unisono.data.readers.midi import read_midi
        from unisono.data.synthesis import synthesise

        waveform = synthesise(read_midi(path).notes, "builtin", sample_rate=rate).waveform
        size = int(_BLOCK_S * rate)
        yield from (waveform[at : at + size] for at in range(0, len(waveform), size))
        return
    from unisono.data.readers.audio import read_blocks

    yield from read_blocks(path, rate, _BLOCK_S)


def mp3_of(path: Path) -> bytes:
    """The whole as mono MP3. Raises ReadError for what cannot be read."""
    return mp3_of_blocks(sound_blocks(path), RATE, _COMPRESSION)
