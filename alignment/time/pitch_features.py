"""How strongly each pitch sounds and begins, frame by frame, of a recording and of notes.

The bands have about one quality over the keyboard, as those of a filter bank: high pitches are
seen through short windows, low ones through long windows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from unisono.data.notes import DRUMS, Notes

FloatArray = npt.NDArray[np.float32]

SAMPLE_RATE = 16_000
LOWEST, HIGHEST = 24, 108
"""MIDI pitches of the first band, and of the one after the last (that is 7.9 kHz at most)."""
BANDS = HIGHEST - LOWEST
WINDOWS = ((4096, LOWEST, 57), (2048, 57, 69), (1024, 69, 81), (512, 81, HIGHEST))
"""Samples of the window and the pitches that are seen through it."""
TUNING_S = 120.0
"""Of the recording's beginning, from which its tuning is estimated."""

DECAY_PER_S = 1.0
"""At which the power of a held note is taken to fall."""
COMPRESSION = 0.05
"""Of the loudest level: below it rises count by their height, above it by their ratio."""

_CHUNK_FRAMES = 2048


@dataclass(frozen=True)
class PitchFeatures:
    """What sounds and what begins.

    energies: (n, BANDS) float32, power in each band around the middle of each frame.
    onsets: (n, BANDS) float32, how much each band gets stronger, where that peaks; else 0.
    Frame i is at i * hop_s.
    """

    energies: FloatArray
    onsets: FloatArray
    hop_s: float

    def __len__(self) -> int:
        return len(self.energies)

    def part(self, start: int, stop: int) -> PitchFeatures:
        """Frames ``start`` to ``stop``, exclusive."""
        return PitchFeatures(self.energies[start:stop], self.onsets[start:stop], self.hop_s)


def features_of_audio(
    blocks: Iterable[FloatArray], hop_s: float = 0.02, cents: float | None = None
) -> PitchFeatures:
    """Features of mono blocks at ``SAMPLE_RATE``, as ``read_blocks`` gives them.

    cents: how far the tuning lies above A = 440 Hz; estimated if not given.
    """
    waiting = iter(blocks)
    if cents is None:
        first, waiting = _beginning(waiting)
        cents = estimate_tuning(first)
    hop = round(hop_s * SAMPLE_RATE)
    energies = np.concatenate(
        [energies_of_frames(frames, cents) for frames in _framed(waiting, hop)]
    )
    return PitchFeatures(energies, onsets_of_energies(energies), hop_s)


def features_of_notes(notes: Notes, hop_s: float = 0.02, tail_s: float = 0.5) -> PitchFeatures:
    """The same of notes that are known: drums are left out, loudness follows the velocity."""
    n = int(np.ceil((notes.duration_s + tail_s) / hop_s)) + 1
    energies = np.zeros((n, BANDS), np.float32)
    onsets = np.zeros((n, BANDS), np.float32)
    pitched = (notes.program != DRUMS) & (notes.pitch >= LOWEST) & (notes.pitch < HIGHEST)
    for i in np.flatnonzero(pitched):
        band = int(notes.pitch[i]) - LOWEST
        start = round(float(notes.onset_s[i]) / hop_s)
        stop = max(start + 1, round(float(notes.offset_s[i]) / hop_s))
        loudness = np.float32(notes.velocity[i] / 127)
        fall = np.exp(-np.arange(stop - start, dtype=np.float32) * np.float32(hop_s * DECAY_PER_S))
        here = energies[start:stop, band]
        np.maximum(here, loudness**2 * fall, out=here)
        onsets[start, band] = max(onsets[start, band], loudness)
    return PitchFeatures(energies, onsets, hop_s)


def onsets_of_energies(energies: FloatArray) -> FloatArray:
    """Rises of each band's level (n, bands), kept where they are highest among their neighbours.

    The level is log(1 + amplitude / (COMPRESSION * loud)), where loud is what the loudest band
    exceeds in one frame of fifty. Ewert, Müller and Grosche 2009, section 2.
    """
    level = np.sqrt(energies)
    loud = float(np.quantile(level, 0.98, axis=0).max()) if len(level) else 0.0
    level = np.log1p(level / np.float32(max(1e-9, COMPRESSION * loud)))
    rise = np.zeros_like(level)
    rise[1:-1] = np.maximum(level[2:] - level[:-2], 0)
    peak = np.zeros(rise.shape, np.bool_)
    peak[1:-1] = (rise[1:-1] >= rise[:-2]) & (rise[1:-1] > rise[2:])
    return np.where(peak, rise, np.float32(0)).astype(np.float32)


def estimate_tuning(waveform: FloatArray) -> float:
    """Cents in -50..50 by which the pitches of a recording lie above A = 440 Hz.

    The circular mean of how far spectral peaks lie above the nearest pitch.
    """
    window = np.hanning(8192).astype(np.float32)
    if len(waveform) < len(window):
        return 0.0
    frames = np.lib.stride_tricks.sliding_window_view(waveform, len(window))[::4096]
    total = 0j
    for part in np.array_split(frames, max(1, len(frames) // 256)):
        power = np.abs(np.fft.rfft(part * window, axis=1)) + 1e-9
        low, high = round(200 * 8192 / SAMPLE_RATE), round(2000 * 8192 / SAMPLE_RATE)
        here, before, after = (power[:, low + k : high + k] for k in (0, -1, 1))
        peak = (here > before) & (here > after) & (here > 0.05 * here.max(axis=1, keepdims=True))
        a, b, c = np.log(before[peak]), np.log(here[peak]), np.log(after[peak])
        # The top of the parabola through three bins; b is above both, or rounding makes it so.
        bins = (np.nonzero(peak)[1] + low) + 0.5 * (a - c) / np.minimum(a - 2 * b + c, -1e-6)
        pitch = 69 + 12 * np.log2(bins * SAMPLE_RATE / 8192 / 440)
        total += np.sum(np.sqrt(here[peak]) * np.exp(2j * np.pi * pitch))
    return float(np.angle(total) / (2 * np.pi) * 100) if abs(total) > 0 else 0.0


def _beginning(blocks: Iterator[FloatArray]) -> tuple[FloatArray, Iterator[FloatArray]]:
    held: list[FloatArray] = []
    while sum(map(len, held)) < TUNING_S * SAMPLE_RATE:
        block = next(blocks, None)
        if block is None:
            break
        held.append(block)
    first = np.concatenate(held) if held else np.zeros(0, np.float32)
    return first, chain(held, blocks)


def _framed(blocks: Iterator[FloatArray], hop: int) -> Iterator[FloatArray]:
    """Views (k, widest window) around every ``hop`` samples, zeros beyond both ends."""
    wide = WINDOWS[0][0]
    held = np.zeros(wide // 2, np.float32)
    for block in chain(blocks, [np.zeros(wide // 2, np.float32)]):
        held = np.concatenate([held, block])
        while len(held) >= wide:
            frames = np.lib.stride_tricks.sliding_window_view(held, wide)[::hop][:_CHUNK_FRAMES]
            yield frames
            held = held[len(frames) * hop :]


def energies_of_frames(frames: FloatArray, cents: float) -> FloatArray:
    """Energies (k, BANDS) of frames (k, widest window)."""
    from scipy import fft

    wide = WINDOWS[0][0]
    parts = []
    for size, lowest, highest in WINDOWS:
        window = np.hanning(size).astype(np.float32)
        window /= window.sum()
        start = (wide - size) // 2
        spectrum = fft.rfft(frames[:, start : start + size] * window, axis=1)
        first, weights = _bands(size, lowest, highest, cents)
        seen = spectrum[:, first : first + len(weights)]
        parts.append((seen.real**2 + seen.imag**2) @ weights)
    return np.concatenate(parts, axis=1)


def _bands(size: int, lowest: int, highest: int, cents: float) -> tuple[int, FloatArray]:
    """First bin, and weights (bins, pitches): triangles of a semitone, or wider for low pitches."""
    pitches = np.arange(lowest, highest) + cents / 100
    hertz = 440.0 * 2 ** ((pitches - 69) / 12)
    spacing = SAMPLE_RATE / size
    first = int(hertz[0] / 2 ** (1 / 12) / spacing)
    last = min(size // 2, int(np.ceil(hertz[-1] * 2 ** (1 / 12) / spacing)) + 1)
    bins_hz = np.arange(first, last + 1) * spacing
    width = np.maximum(hertz * (2 ** (1 / 12) - 1), spacing)
    away = np.abs(bins_hz[:, None] - hertz) / width
    return first, np.maximum(0, 1 - away).astype(np.float32)
