"""Log-frequency spectrogram: what the audio tower sees of a waveform.

16 kHz mono in; 20 frames a second of 112 bins, 16 an octave from 58 Hz to 7.5 kHz, out.
Frame ``t`` is centred on second ``t / FRAME_RATE``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import torch

SAMPLE_RATE = 16_000
FRAME_RATE = 20
BINS = 112

WINDOW = 2048
"""Samples that a frame sees."""
_HOP = SAMPLE_RATE // FRAME_RATE
_BINS_PER_OCTAVE = 16
_LOWEST_HZ = 58.27
_COMPRESSION = 100.0

FloatArray = npt.NDArray[np.float32]


def log_frequency_spectrogram(
    padded: torch.Tensor, gain: torch.Tensor | None = None
) -> torch.Tensor:
    """Spectrogram of waveforms that carry half a window of context at both ends.

    padded: (..., WINDOW + n * _HOP) samples. gain: (..., BINS), an equaliser, ones without it.
    Returns (..., BINS, n + 1), log(1 + 100 |X|).
    """
    return spectrogram_of_frames(padded.unfold(-1, WINDOW, _HOP), gain)


def spectrogram_of_frames(frames: torch.Tensor, gain: torch.Tensor | None = None) -> torch.Tensor:
    """Spectrogram (..., BINS, n) of frames (..., n, WINDOW) of samples, taken anywhere."""
    spectrum = torch.fft.rfft(frames * _window(), dim=-1).abs()
    magnitudes = spectrum @ _filterbank().T
    if gain is not None:
        magnitudes = magnitudes * gain.unsqueeze(-2)
    return torch.log1p(_COMPRESSION * magnitudes).transpose(-1, -2)


def spectrogram(waveform: FloatArray) -> FloatArray:
    """(BINS, frames) of a whole waveform (samples,), silence assumed around it."""
    return np.concatenate(list(stream_spectrogram([waveform])), axis=1)


def stream_spectrogram(blocks: Iterable[FloatArray]) -> Iterator[FloatArray]:
    """(BINS, frames) pieces of a waveform that arrives in blocks of any length.

    The pieces put together do not depend on how the waveform was cut; at least one frame comes,
    even of nothing.
    """
    half = WINDOW // 2
    buffer = np.zeros(half, np.float32)
    for block in blocks:
        buffer = np.concatenate([buffer, block])
        frames = (len(buffer) - WINDOW) // _HOP + 1
        if frames > 0:
            yield _frames(buffer[: WINDOW + (frames - 1) * _HOP])
            buffer = buffer[frames * _HOP :]
    buffer = np.concatenate([buffer, np.zeros(half, np.float32)])
    # half a window or more was left, and half a window of silence follows: one frame at least
    frames = (len(buffer) - WINDOW) // _HOP + 1
    yield _frames(buffer[: WINDOW + (frames - 1) * _HOP])


def _frames(padded: FloatArray) -> FloatArray:
    with torch.inference_mode():
        return log_frequency_spectrogram(torch.from_numpy(padded)).numpy()


@lru_cache(maxsize=1)
def _window() -> torch.Tensor:
    # scaled so that a full-scale sine gives a magnitude near one
    window = torch.hann_window(WINDOW)
    return window * (2.0 / window.sum())


@lru_cache(maxsize=1)
def _filterbank() -> torch.Tensor:
    """(BINS, WINDOW // 2 + 1) triangles, never narrower than one bin of the FFT."""
    frequencies = np.fft.rfftfreq(WINDOW, 1 / SAMPLE_RATE)
    centres = _LOWEST_HZ * 2.0 ** (np.arange(BINS) / _BINS_PER_OCTAVE)
    spacing = centres * (2.0 ** (1 / _BINS_PER_OCTAVE) - 1)
    half_width = np.maximum(spacing, SAMPLE_RATE / WINDOW)[:, None]
    distance = np.abs(frequencies[None, :] - centres[:, None])
    return torch.from_numpy(np.clip(1.0 - distance / half_width, 0.0, None).astype(np.float32))
