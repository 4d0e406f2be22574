"""Stems: one of several streams of sound in a file, as ``Media.member`` "stream 4" names it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from unisono.data.errors import ReadError
from unisono.data.sources.entry import Media

_PREFIX = "stream "


def stream_member(number: int) -> str:
    """What ``Media.member`` is for a stream of sound, counted from 0."""
    return f"{_PREFIX}{number}"


def is_stream(media: Media) -> bool:
    """Whether it is one stream of a file rather than a whole file."""
    return media.member.startswith(_PREFIX)


def read_stream(media: Media, sample_rate: int = 16_000) -> npt.NDArray[np.float32]:
    """The stream as (n,) float32 mono; start_s and end_s of ``media`` are kept to.

    Raises: ReadError where the file or the stream cannot be read.
    """
    import av

    number = int(media.member.removeprefix(_PREFIX))
    try:
        with av.open(str(media.path)) as container:
            streams = container.streams.audio
            if number >= len(streams):
                raise ReadError(
                    media.path,
                    f"holds {len(streams)} streams of sound, not {number + 1}",
                    "download it again",
                )
            samples = _decoded(media.path, container, streams[number], sample_rate)
    except (av.FFmpegError, OSError) as error:
        raise ReadError(media.path, f"cannot be decoded ({error})", "download it again") from error
    end = None if media.end_s is None else round(media.end_s * sample_rate)
    return samples[round(media.start_s * sample_rate) : end]


def _decoded(path: Path, container: Any, stream: Any, sample_rate: int) -> npt.NDArray[np.float32]:
    import av
    import soxr

    rate = int(stream.rate)
    to_mono = av.AudioResampler(format="fltp", layout="mono", rate=rate)
    parts = [
        np.asarray(block.to_ndarray()[0], np.float32)
        for frame in (*container.decode(stream), None)
        for block in to_mono.resample(frame)
    ]
    if not parts:
        raise ReadError(path, "holds no sound in that stream", "download it again")
    mono = np.concatenate(parts)
    return mono if rate == sample_rate else np.asarray(soxr.resample(mono, rate, sample_rate))
