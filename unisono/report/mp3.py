"""Mono sound as MP3, which every browser plays."""

from __future__ import annotations

import io
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt


def mp3_of_blocks(
    blocks: Iterable[npt.NDArray[np.float32]], rate: int, compression: float
) -> bytes:
    """Samples (n,) in blocks as one MP3; compression: of libsndfile's writer, 0..1."""
    import soundfile

    buffer = io.BytesIO()
    with soundfile.SoundFile(
        buffer,
        "w",
        rate,
        1,
        format="MP3",
        subtype="MPEG_LAYER_III",
        bitrate_mode="CONSTANT",
        compression_level=compression,
    ) as file:
        for block in blocks:
            file.write(np.clip(block, -1, 1))
    return buffer.getvalue()
