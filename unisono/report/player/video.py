"""The player as a video: the same pages, cursor and shades, with the recording as its sound."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from unisono.report.player.frames import HEIGHT, WIDTH, Frames
from unisono.report.player.sound import sound_blocks
from unisono.report.player.view import View

FRAMES_PER_SECOND = 20
_ENCODERS = ("libx264", "libopenh264", "h264_videotoolbox", "mpeg4")
_SOUND_RATE = 44_100

FloatArray = npt.NDArray[np.float32]


class VideoError(RuntimeError):
    """A video cannot be made here; the text is one line that says what to do."""


def check_encoder() -> str:
    """Name the encoder that will be used. Raises VideoError where FFmpeg was built without any."""
    import av

    for name in _ENCODERS:
        if name in av.codecs_available:
            try:
                av.CodecContext.create(name, "w")
            except (ValueError, av.FFmpegError):
                continue
            return name
    raise VideoError(
        "the FFmpeg inside the package av has no encoder for video "
        f"({', '.join(_ENCODERS)}); install av from a wheel: pip install --force-reinstall av"
    )


def write_video(view: View, recording: Path, path: Path) -> None:
    """Write an .mp4, .mkv or .mov of WIDTH x HEIGHT, H.264 and AAC, a bar of progress meanwhile.

    A file that is not finished is removed. Raises VideoError where there is no encoder, and
    ReadError where the recording cannot be read.
    """
    import av

    encoder = check_encoder()
    try:
        with av.open(str(path), "w") as container:
            _write(container, encoder, view, recording)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _write(container: Any, encoder: str, view: View, recording: Path) -> None:
    import av
    from tqdm import tqdm

    pictures = container.add_stream(encoder, rate=FRAMES_PER_SECOND)
    pictures.width, pictures.height, pictures.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    if encoder == "libx264":
        pictures.options = {"crf": "23", "preset": "veryfast"}
    sound = container.add_stream("aac", rate=_SOUND_RATE, layout="mono")
    frames = Frames(view)
    count = samples = 0
    with tqdm(unit="s", disable=None, desc="video", bar_format="{desc} {n:.0f} s {elapsed}") as bar:
        for block in _even(sound_blocks(recording, _SOUND_RATE)):
            heard = av.AudioFrame.from_ndarray(block[None], format="fltp", layout="mono")
            heard.sample_rate, heard.pts = _SOUND_RATE, samples
            heard.time_base = Fraction(1, _SOUND_RATE)
            container.mux(sound.encode(heard))
            samples += len(block)
            while count < samples / _SOUND_RATE * FRAMES_PER_SECOND:
                pixels = frames.at(count / FRAMES_PER_SECOND)
                shown = av.VideoFrame.from_ndarray(pixels, format="rgb24")
                shown.pts, shown.time_base = count, Fraction(1, FRAMES_PER_SECOND)
                container.mux(pictures.encode(shown))
                count += 1
            bar.update(len(block) / _SOUND_RATE)
    container.mux(pictures.encode(None))
    container.mux(sound.encode(None))


def _even(blocks: Iterator[FloatArray]) -> Iterator[FloatArray]:
    """Blocks of half a second, so that sound and pictures lie close together in the file."""
    size = _SOUND_RATE // 2
    for block in blocks:
        for at in range(0, len(block), size):
            yield np.ascontiguousarray(np.clip(block[at : at + size], -1, 1), np.float32)
