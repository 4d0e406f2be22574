"""Lossy files: a recording written as MP3, Opus or AAC in memory and read back, in time."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, Self, get_args

import numpy as np

from unisono.data.augmenting.effect import Still, Waveform

CodecKind = Literal["mp3", "opus", "aac"]

BITRATES = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
"""In kbit/s; those of MPEG-1 layer III."""

_MOST_MONO = 256  # kbit/s that Opus and AAC take for one channel
_FRAME = 1152  # samples handed over at once


@dataclass(frozen=True)
class _Format:
    encoder: str
    container: str
    rates: tuple[int, ...]


_FORMATS: dict[CodecKind, _Format] = {
    "mp3": _Format("libmp3lame", "mp3", (32_000, 44_100, 48_000)),
    "opus": _Format("libopus", "ogg", (48_000,)),
    "aac": _Format("aac", "mp4", (32_000, 44_100, 48_000)),
}


@dataclass(frozen=True)
class Codec(Still):
    """Encoded at a rate in ``BITRATES`` and decoded; the encoder's delay is taken off.

    What is sampled more slowly than the format likes is brought to its lowest rate first (which,
    for MP3, lets 32 to 320 kbit/s be had) and back.
    """

    kind: CodecKind
    kbit_s: int

    def __post_init__(self) -> None:
        if self.kbit_s not in BITRATES:
            raise ValueError(f"kbit_s is {self.kbit_s}, must be one of {BITRATES}")

    @classmethod
    def draw(
        cls,
        random: np.random.Generator,
        *,
        kinds: tuple[CodecKind, ...] = get_args(CodecKind),
        kbit_s: tuple[int, int] = (32, 320),
    ) -> Self:
        """A format, and one of the bit rates in a range."""
        kind = kinds[int(random.integers(len(kinds)))]
        inside = [rate for rate in BITRATES if kbit_s[0] <= rate <= kbit_s[1]]
        if not inside:
            raise ValueError(f"no bit rate lies in {kbit_s}")
        return cls(kind, inside[int(random.integers(len(inside)))])

    def apply(self, waveform: Waveform, sample_rate: int) -> Waveform:
        """Change a waveform (samples,); it stays as long as it was."""
        import soxr

        if not len(waveform):
            return waveform.copy()
        rates = _FORMATS[self.kind].rates
        rate = next((rate for rate in rates if rate >= sample_rate), rates[-1])
        file = self._encode(soxr.resample(waveform, sample_rate, rate), rate)
        decoded = np.concatenate(list(_decode(file)))
        heard = soxr.resample(decoded, rate, sample_rate)[: len(waveform)]
        result = np.zeros(len(waveform), np.float32)
        result[: len(heard)] = heard
        return result

    def _encode(self, waveform: Waveform, rate: int) -> io.BytesIO:
        import av

        format_ = _FORMATS[self.kind]
        stereo = self.kbit_s > _MOST_MONO and self.kind != "mp3"
        channels = 2 if stereo else 1
        file = io.BytesIO()
        # Full scale leaves no room for the ripple of coding; what passes it is not cut off.
        with av.open(file, "w", format=format_.container) as container:
            stream: Any = container.add_stream(
                format_.encoder, rate=rate, layout="stereo" if stereo else "mono"
            )
            stream.bit_rate = 1000 * self.kbit_s
            sample_format = {"mp3": "fltp", "opus": "flt", "aac": "fltp"}[self.kind]
            for start in range(0, len(waveform), _FRAME):
                piece = np.repeat(waveform[None, start : start + _FRAME], channels, axis=0)
                if sample_format == "flt":
                    piece = piece.T.reshape(1, -1)
                frame = av.AudioFrame.from_ndarray(
                    np.ascontiguousarray(piece), format=sample_format, layout=stream.layout.name
                )
                frame.sample_rate, frame.pts = rate, start
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        file.seek(0)
        return file


def _decode(file: io.BytesIO) -> Iterator[Waveform]:
    """Pieces of the first channel; FFmpeg leaves out the priming that the file declares."""
    import av

    with av.open(file, "r") as container:
        for frame in container.decode(audio=0):
            planes = frame.to_ndarray()
            samples = (
                planes[0] if frame.format.is_planar else planes[0, :: frame.layout.nb_channels]
            )
            yield np.asarray(samples, np.float32)
