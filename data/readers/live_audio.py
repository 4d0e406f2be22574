"""Sound that is still being made: a WAV file that grows, samples on a pipe, a microphone."""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from unisono.data.errors import ReadError
from unisono.data.readers.regular_file import check_file

FloatArray = npt.NDArray[np.float32]

BLOCK_S = 0.1
"""Of sound that is handed on at once."""
PATIENCE_S = 3.0
"""For which a file that does not grow is waited for."""
_POLL_S = 0.05
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_LARGEST_HEADER = 1 << 20
_RATES_HZ = (1_000, 1_000_000)


@dataclass(frozen=True)
class PcmFormat:
    """Samples without a header. kind: "i" for whole numbers, "f" for floating point."""

    rate: int = 44_100
    channels: int = 1
    bits: int = 16
    kind: str = "i"

    def __post_init__(self) -> None:
        widths = {"i": (16, 24, 32), "f": (32, 64)}
        if self.bits not in widths.get(self.kind, ()):
            raise ValueError(f"samples of {self.bits} bits ({self.kind}) cannot be followed")
        if not _RATES_HZ[0] <= self.rate <= _RATES_HZ[1] or not 1 <= self.channels <= 64:
            raise ValueError(f"{self.rate} Hz with {self.channels} channels cannot be right")

    @property
    def frame(self) -> int:
        """Bytes of one moment in all channels."""
        return self.channels * self.bits // 8

    def mono(self, data: bytes) -> FloatArray:
        """Whole frames of bytes as (n,) float32 in -1..1, channels averaged."""
        if self.kind == "f":
            values = np.frombuffer(data, f"<f{self.bits // 8}").astype(np.float32)
        elif self.bits == 24:
            # The third byte of each sample is its highest; a zero below makes it one of 32 bits.
            wide = np.zeros((len(data) // 3, 4), np.uint8)
            wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
            values = wide.view("<i4").ravel().astype(np.float32) / np.float32(1 << 31)
        else:
            whole = np.frombuffer(data, f"<i{self.bits // 8}").astype(np.float32)
            values = whole / np.float32(1 << (self.bits - 1))
        values = np.where(np.isfinite(values), values, np.float32(0))
        mono: FloatArray = values.reshape(-1, self.channels).mean(axis=1)
        return mono


def growing_wav(
    path: Path, sample_rate: int = 16_000, patience_s: float = PATIENCE_S
) -> Iterator[FloatArray]:
    """Yield a WAV file as mono blocks, and go on while something is still writing it.

    Ends when the file has not grown for ``patience_s``. What its header says of its length is not
    believed, for it is written last. Raises ReadError for what is no WAV file of samples.
    """
    check_file(path)
    with path.open("rb") as file:
        form = _header(file, path, patience_s)
        yield from _resampled(_grown(file, form, patience_s), form.rate, sample_rate)


def raw_pcm(stream: IO[bytes], form: PcmFormat, sample_rate: int = 16_000) -> Iterator[FloatArray]:
    """Yield samples from a pipe as mono blocks, until it ends."""

    def pieces() -> Iterator[FloatArray]:
        size = max(1, round(BLOCK_S * form.rate)) * form.frame
        rest = b""
        # read1 hands on what is there; read would wait for a full buffer.
        while data := getattr(stream, "read1", stream.read)(size):
            rest += data
            whole = len(rest) // form.frame * form.frame
            yield form.mono(rest[:whole])
            rest = rest[whole:]

    yield from _resampled(pieces(), form.rate, sample_rate)


def microphone(sample_rate: int = 16_000, device: str | None = None) -> Iterator[FloatArray]:
    """Yield what a microphone hears as mono blocks, for ever.

    Raises ReadError without the package ``sounddevice`` or without a microphone.
    """
    from queue import SimpleQueue

    name = device or "microphone"
    try:
        import sounddevice
    except (ImportError, OSError) as error:  # OSError: the package without PortAudio
        remedy = "pip install sounddevice (and PortAudio); or give --file"
        raise ReadError(name, "cannot be opened without sounddevice", remedy) from error
    heard: SimpleQueue[FloatArray] = SimpleQueue()

    def take(data: Any, *_: object) -> None:
        heard.put(np.asarray(data, np.float32).mean(axis=1))

    size = round(BLOCK_S * sample_rate)
    try:
        stream = sounddevice.InputStream(
            samplerate=sample_rate, blocksize=size, channels=1, device=device, callback=take
        )
    except (sounddevice.PortAudioError, ValueError) as error:
        raise ReadError(name, f"cannot be opened ({error})", "name another --device") from error
    with stream:
        while True:
            yield heard.get()


def _header(file: IO[bytes], path: Path, patience_s: float) -> PcmFormat:
    """Read up to the samples; a writer may need a moment for the header itself."""
    waited = 0.0
    while True:
        file.seek(0)
        head = file.read(_LARGEST_HEADER)
        found = _parsed(head, path)
        if found:
            form, start = found
            file.seek(start)
            return form
        if waited >= patience_s or len(head) >= _LARGEST_HEADER:
            raise ReadError(path, "is no WAV file with samples", "give WAV, or raw samples as -")
        time.sleep(_POLL_S)
        waited += _POLL_S


def _parsed(head: bytes, path: Path) -> tuple[PcmFormat, int] | None:
    """Format and place of the samples; None while the header is not there in full."""
    if len(head) >= 12 and not (head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE"):
        raise ReadError(path, "is no WAV file", "only WAV can be followed while it grows")
    at, form = 12, None
    while at + 8 <= len(head):
        name, size = head[at : at + 4], struct.unpack("<I", head[at + 4 : at + 8])[0]
        if name == b"data" and form:
            return form, at + 8
        if name == b"fmt " and at + 8 + size <= len(head) and size >= 16:
            tag, channels, rate, _, _, bits = struct.unpack("<HHIIHH", head[at + 8 : at + 24])
            if tag == _EXTENSIBLE and size >= 26:
                tag = struct.unpack("<H", head[at + 32 : at + 34])[0]
            kind = {_PCM: "i", _FLOAT: "f"}.get(tag, "")
            try:
                form = PcmFormat(rate, channels, bits, kind)
            except ValueError as error:
                raise ReadError(path, str(error), "give WAV of 16, 24 or 32 bits") from error
        at += 8 + size + size % 2
    return None


def _grown(file: IO[bytes], form: PcmFormat, patience_s: float) -> Iterator[FloatArray]:
    size = max(1, round(BLOCK_S * form.rate)) * form.frame
    rest, waited = b"", 0.0
    while True:
        data = file.read(size - len(rest))
        if not data:
            if waited >= patience_s:
                return
            time.sleep(_POLL_S)
            waited += _POLL_S
            continue
        waited = 0.0
        rest += data
        whole = len(rest) // form.frame * form.frame
        if whole:
            yield form.mono(rest[:whole])
            rest = rest[whole:]


def _resampled(pieces: Iterator[FloatArray], rate: int, sample_rate: int) -> Iterator[FloatArray]:
    if rate == sample_rate:
        yield from pieces
        return
    import soxr

    stream = soxr.ResampleStream(rate, sample_rate, 1, dtype="float32", quality="MQ")
    for piece in pieces:
        found = stream.resample_chunk(piece)
        if len(found):
            yield found
    last = stream.resample_chunk(np.zeros(0, np.float32), last=True)
    if len(last):
        yield last
