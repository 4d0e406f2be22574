"""Excerpts of recordings without decoding what is not wanted."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from unisono.data.errors import ReadError
from unisono.data.readers.audio import MINIMUM_S, open_container, read_audio, read_blocks
from unisono.data.readers.regular_file import check_file

FloatArray = npt.NDArray[np.float32]

KEPT_S = 90.0
"""Recordings up to this length are decoded once and as a whole."""

_EXACT_SUBTYPES = ("PCM", "FLOAT", "DOUBLE", "ULAW", "ALAW")  # of FLAC, too
_CONTEXT_S = 0.05  # decoded on both sides, so that resampling does not fade at the edges


class Recording(Protocol):
    """Something that excerpts can be taken from."""

    @property
    def duration_s(self) -> float:
        """Seconds, as far as the file tells."""
        ...

    @property
    def nbytes(self) -> int:
        """Bytes that it takes in memory."""
        ...

    def read(self, start_s: float, seconds: float) -> FloatArray:
        """(n,) float32 mono samples; fewer than asked for where the recording ends."""
        ...


class KeptRecording:
    """A recording in memory, with the 16 bits a sample that most files have."""

    def __init__(self, waveform: FloatArray, sample_rate: int) -> None:
        """waveform: (samples,), nominally in -1..1; what lies beyond is cut off."""
        self._samples = np.rint(np.clip(waveform, -1.0, 1.0) * 32767).astype(np.int16)
        self._sample_rate = sample_rate

    @property
    def duration_s(self) -> float:
        """Seconds."""
        return len(self._samples) / self._sample_rate

    @property
    def nbytes(self) -> int:
        """Two bytes a sample."""
        return int(self._samples.nbytes)

    def read(self, start_s: float, seconds: float) -> FloatArray:
        """(n,) float32 mono samples."""
        start = round(start_s * self._sample_rate)
        samples = self._samples[start : start + round(seconds * self._sample_rate)]
        return samples.astype(np.float32) / np.float32(32767)


class FileRecording:
    """A long recording in its file.

    In WAV, FLAC and their like the place is gone to. MP3 and all else is decoded up to it, for
    going there would miss the place by a frame or more.
    """

    nbytes = 0

    def __init__(self, path: Path, sample_rate: int, duration_s: float, *, seeks: bool) -> None:
        self._path = path
        self._sample_rate = sample_rate
        self._duration_s = duration_s
        self._seeks = seeks

    @property
    def duration_s(self) -> float:
        """Seconds, as the file's header tells."""
        return self._duration_s

    def read(self, start_s: float, seconds: float) -> FloatArray:
        """(n,) float32 mono samples; raises ReadError where the file cannot be decoded."""
        read = self._seek if self._seeks else self._stream
        samples = read(start_s, seconds)[: round(seconds * self._sample_rate)]
        if len(samples) < MINIMUM_S * self._sample_rate:
            fault = f"breaks off before second {start_s:.0f} of {self._duration_s:.0f}"
            raise ReadError(self._path, fault, "copy or download it again")
        if not np.isfinite(samples).all():
            raise ReadError(
                self._path, "holds samples that are not numbers", "export the recording again"
            )
        return samples

    def _seek(self, start_s: float, seconds: float) -> FloatArray:
        import soundfile
        import soxr

        try:
            with soundfile.SoundFile(str(self._path)) as file:
                rate = file.samplerate
                # a frame at which a resampled one falls too, so that nothing is delayed
                common = math.gcd(rate, self._sample_rate)
                period = max(start_s - _CONTEXT_S, 0.0) * common // 1
                file.seek(min(int(period) * (rate // common), file.frames))
                wanted = round((start_s - period / common + seconds + _CONTEXT_S) * rate)
                frames = file.read(wanted, dtype="float32", always_2d=True)
        except soundfile.SoundFileError:
            return self._stream(start_s, seconds)
        before = round(start_s * self._sample_rate) - int(period) * (self._sample_rate // common)
        mono = np.asarray(frames.mean(axis=1), np.float32)
        samples = soxr.resample(mono, rate, self._sample_rate, quality="HQ")
        return np.asarray(samples[before:], np.float32)

    def _stream(self, start_s: float, seconds: float) -> FloatArray:
        first = round(start_s * self._sample_rate)
        last = first + round(seconds * self._sample_rate)
        parts, at = [np.zeros(0, np.float32)], 0
        for block in read_blocks(self._path, self._sample_rate):
            parts.append(block[max(0, first - at) : max(0, last - at)])
            at += len(block)
            if at >= last:
                break
        return np.concatenate(parts)


def open_recording(path: Path, sample_rate: int = 16_000) -> Recording:
    """A recording of any container; short ones are decoded, long ones stay in their file.

    Raises ReadError for a file that is no recording.
    """
    check_file(path)
    length, seeks = _sndfile_duration(path)
    if length is None:
        length = _ffmpeg_duration(path)
    if length is None or length <= KEPT_S:
        # Also what tells no length, such as a stream that was recorded.
        return KeptRecording(read_audio(path, sample_rate), sample_rate)
    return FileRecording(path, sample_rate, length, seeks=seeks)


def _sndfile_duration(path: Path) -> tuple[float | None, bool]:
    """Seconds, None for what libsndfile does not know, and whether it finds places exactly."""
    import soundfile

    try:
        found = soundfile.info(str(path))
    except (soundfile.SoundFileError, OSError):
        return None, False
    return float(found.duration), found.subtype.startswith(_EXACT_SUBTYPES)


def _ffmpeg_duration(path: Path) -> float | None:
    import av

    try:
        with open_container(path) as container:
            return None if container.duration is None else container.duration / 1e6
    except (av.FFmpegError, ValueError, OSError):
        return None
