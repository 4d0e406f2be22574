"""Recordings: any container and rate, as mono blocks of a given rate.

The file is streamed, so memory does not grow with its length. libsndfile decodes what it knows
(it is the quickest for MP3), FFmpeg through PyAV the rest (AAC in M4A, WMA, WebM ...).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from unisono.data.ahead import ahead
from unisono.data.errors import ReadError
from unisono.data.readers.regular_file import check_file, read_bytes

FloatArray = npt.NDArray[np.float32]

MINIMUM_S = 0.1
"""A file with less sound than this is refused."""
MAX_HOURS = 24
"""A file with more sound than this is refused: a small one may claim years of it."""

_CHUNK_SAMPLES = 1 << 18  # read at once; seeks after every read make small ones slow for MP3
_HANDED_SAMPLES = 1 << 16  # handed at once from the decoder's thread
_RATES_HZ = (1_000, 1_000_000)  # others are mistakes, and to resample from them takes for ever
_RESCUE_FRAMES = 1 << 10  # read at once when the end of a broken file is looked for


def read_blocks(
    path: Path, sample_rate: int = 16_000, block_s: float = 20.0
) -> Iterator[FloatArray]:
    """Yield the recording as mono blocks, all of ``block_s`` but the last.

    Channels are averaged, other rates are resampled (soxr HQ, without delay). The samples do not
    depend on ``block_s``. A truncated file gives what is there.

    Yields: (n,) float32, nominally in -1..1.
    Raises: ReadError for a file that is no recording, holds less than 0.1 s or more than 24 hours,
    or holds samples that are not numbers.
    """
    if block_s < MINIMUM_S:
        raise ValueError(f"block_s is {block_s}, must be at least {MINIMUM_S}")
    size = round(block_s * sample_rate)
    pieces: list[FloatArray] = []
    held = total = 0
    # The decoder takes longer than all that follows, so it has a thread of its own.
    for samples in _resample(path, ahead(_joined(_decode(path))), sample_rate):
        pieces.append(samples)
        held += len(samples)
        total += len(samples)
        if held >= size:
            joined = np.concatenate(pieces)
            while len(joined) >= size:
                yield joined[:size]
                joined = joined[size:]
            pieces, held = [joined], len(joined)
        if total > MAX_HOURS * 3600 * sample_rate:
            raise ReadError(path, f"lasts longer than {MAX_HOURS} hours", "split it")
    if total < MINIMUM_S * sample_rate:
        raise _too_short(path, total / sample_rate)
    if held:
        yield np.concatenate(pieces)


def read_audio(path: Path, sample_rate: int = 16_000, max_s: float | None = None) -> FloatArray:
    """Return the whole recording, or its first ``max_s`` seconds, as (n,) float32 mono."""
    if max_s is None:
        return np.concatenate(list(read_blocks(path, sample_rate)))
    wanted, parts, held = round(max_s * sample_rate), list[FloatArray](), 0
    for block in read_blocks(path, sample_rate):
        parts.append(block)
        held += len(block)
        if held >= wanted:
            break
    return np.concatenate(parts)[:wanted]


def _too_short(path: Path, seconds: float) -> ReadError:
    if seconds == 0:
        return ReadError(path, "holds no sound", "check that the file is complete")
    milliseconds = 1000 * seconds
    return ReadError(
        path, f"holds only {milliseconds:.0f} ms of sound", f"give at least {MINIMUM_S} s"
    )


def _resample(
    path: Path, decoded: Iterator[tuple[FloatArray, int]], sample_rate: int
) -> Iterator[FloatArray]:
    """Bring mono pieces of one rate to ``sample_rate``; refuse samples that are not numbers."""
    import soxr

    stream: Any = None
    for samples, rate in decoded:
        if not _RATES_HZ[0] <= rate <= _RATES_HZ[1]:
            fault = f"claims to have {rate:,} samples a second"
            raise ReadError(path, fault, "export the recording again")
        # A sum is far cheaper than isfinite on every sample, and not finite where one is not.
        if not np.isfinite(samples.sum()) and not np.isfinite(samples).all():
            raise ReadError(
                path, "holds samples that are not numbers", "export the recording again"
            )
        if rate == sample_rate:
            yield samples
            continue
        if stream is None:
            stream = soxr.ResampleStream(rate, sample_rate, 1, dtype="float32", quality="HQ")
        yield stream.resample_chunk(samples)
    if stream is not None:
        yield stream.resample_chunk(np.zeros(0, np.float32), last=True)


def _decode(path: Path) -> Iterator[tuple[FloatArray, int]]:
    """Yield (mono samples, rate) by the first decoder that gets sound out of the file."""
    check_file(path)
    decoders = [_decode_sndfile, _decode_ffmpeg]
    if _is_opus(path):  # FFmpeg is three times as quick, and libsndfile calls some files malformed
        decoders.reverse()
    for decoder in decoders:
        decoded = decoder(path)
        first = next(decoded, None)
        if first is not None:
            yield from chain([first], decoded)
            return
    raise ReadError(path, "has no sound that can be decoded", "convert it to WAV, FLAC or MP3")


def _joined(decoded: Iterator[tuple[FloatArray, int]]) -> Iterator[tuple[FloatArray, int]]:
    """The same samples in fewer pieces; FFmpeg's are too short to hand over one by one."""
    pieces: list[FloatArray] = []
    held, rate = 0, 0
    for samples, rate in decoded:
        pieces.append(samples)
        held += len(samples)
        if held >= _HANDED_SAMPLES:
            yield np.concatenate(pieces), rate
            pieces, held = [], 0
    if pieces:
        yield np.concatenate(pieces), rate


def open_container(path: Path) -> Any:
    """Open a regular file with FFmpeg, as a context; raises ReadError or av.FFmpegError.

    A name with a colon is a name, not an address, and a playlist reaches files only.
    """
    import av

    check_file(path)
    options = {"protocol_whitelist": "file"}
    return av.open(f"file:{path}", options=options, metadata_errors="replace")


def _is_opus(path: Path) -> bool:
    return b"OpusHead" in read_bytes(path, 4096)


def _mono(frames: FloatArray) -> FloatArray:
    """Average the channels of (n, channels); column sums are ten times as quick as ``mean``."""
    if frames.shape[1] == 1:
        return frames[:, 0].copy()
    mixed = frames[:, 0] + frames[:, 1]
    for channel in range(2, frames.shape[1]):
        mixed += frames[:, channel]
    mixed *= np.float32(1 / frames.shape[1])
    return mixed


def _decode_sndfile(path: Path) -> Iterator[tuple[FloatArray, int]]:
    """Decode with libsndfile; nothing is yielded for a file that it does not know."""
    import soundfile

    done = 0
    try:
        with soundfile.SoundFile(str(path)) as file:
            frames = max(1, _CHUNK_SAMPLES // file.channels)
            buffer = np.empty((frames, file.channels), np.float32)
            # buffer_read_into goes on to the true end, where read() trusts the header's length.
            while count := file.buffer_read_into(buffer, "float32"):
                done += count
                yield _mono(buffer[:count]), file.samplerate
    except soundfile.SoundFileError:
        # The piece in which a broken file ends is lost with the error: fetch what it still holds.
        yield from _rescue_sndfile(path, done)


def _rescue_sndfile(path: Path, skip: int) -> Iterator[tuple[FloatArray, int]]:
    """Decode in small steps from the start until the error, leaving out ``skip`` frames."""
    import soundfile

    position = 0
    try:
        with soundfile.SoundFile(str(path)) as file:
            buffer = np.empty((_RESCUE_FRAMES, file.channels), np.float32)
            while count := file.buffer_read_into(buffer, "float32"):
                fresh = buffer[max(0, skip - position) : count]
                position += count
                if len(fresh):
                    yield _mono(fresh), file.samplerate
    except soundfile.SoundFileError:
        return


def _decode_ffmpeg(path: Path) -> Iterator[tuple[FloatArray, int]]:
    """Decode the first audio stream with FFmpeg; a stream that breaks off ends there."""
    import av

    try:
        with open_container(path) as container:
            if not container.streams.audio:
                return
            stream = container.streams.audio[0]
            # A codec that is unknown has no context, and no rate.
            rate = stream.codec_context and stream.rate
            if not rate:
                return
            left = _frames_without_padding(stream)
            # One rate and sample type throughout, should the stream change on its way.
            resampler = av.AudioResampler(format="fltp", rate=rate)
            for frame in _ffmpeg_frames(container, stream):
                for even in resampler.resample(frame):
                    samples = _mono(np.asarray(even.to_ndarray().T, np.float32))
                    if left is not None:
                        samples = samples[:left]
                        left -= len(samples)
                    if len(samples):
                        yield samples, rate
    except (av.FFmpegError, ValueError, OverflowError):
        return


def _ffmpeg_frames(container: Any, stream: Any) -> Iterator[Any]:
    """Decode packet by packet, passing over those that are broken."""
    import av

    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.FFmpegError:
            continue
        yield from frames


def _frames_without_padding(stream: Any) -> int | None:
    """Frames of an MP4 stream without the encoder's padding at its end; None where unknown.

    FFmpeg itself leaves out the padding at the start. Other containers round their duration, or
    guess it, so that it says nothing about padding.
    """
    if stream.codec_context.name != "aac" or stream.duration is None or not stream.time_base:
        return None
    if "mp4" not in stream.container.format.name:
        return None
    frames: int = round(stream.duration * stream.time_base * stream.rate)
    return frames
