"""Recordings into the space: blocks of sound, spectrogram, tower, passages in seconds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.data.ahead import ahead
from unisono.data.errors import ReadError
from unisono.data.places import TimeSpan
from unisono.data.readers.audio import read_blocks
from unisono.towers import spectrogram
from unisono.towers.blockwise import encode_columns
from unisono.towers.convolutional import ConvolutionalTower
from unisono.towers.pooling import ItemViews, activity, pool

FloatArray = npt.NDArray[np.float32]

DEFAULT_HOP_S = 1.0
PASSAGE_S = 5.0
"""Length of a passage's place. Its notes vector hears more, about ten seconds in all."""

_SILENT = 2e-3  # mean compressed magnitude of the loudest column: below -80 dB of full scale


class AudioEncoder:
    """Gives both views of a recording, streamed."""

    def __init__(self, tower: ConvolutionalTower) -> None:
        self._tower = tower

    def encode(self, path: Path, hop_s: float | None = None) -> ItemViews:
        """Raises ReadError for a file that holds no sound, or nothing but silence."""
        energies: list[FloatArray] = []
        frames = 0

        def pieces() -> Iterator[tuple[FloatArray, None]]:
            nonlocal frames
            blocks = read_blocks(path, spectrogram.SAMPLE_RATE)
            for piece in ahead(spectrogram.stream_spectrogram(blocks)):
                energies.append(piece.mean(axis=0))
                frames += piece.shape[1]
                yield piece[None], None

        columns = encode_columns(self._tower, pieces())
        stride = self._tower.column_stride
        energy = column_means(np.concatenate(energies), stride)
        if energy.max() < _SILENT:
            raise ReadError(path, "holds nothing but silence", "check the recording")
        duration_s = max(frames - 1, 1) / spectrogram.FRAME_RATE
        seconds = column_seconds(len(columns.notes), stride, spectrogram.FRAME_RATE)
        chosen = choose_columns(seconds, DEFAULT_HOP_S if hop_s is None else hop_s, duration_s)
        places = [time_span(second, duration_s) for second in seconds[chosen]]
        return pool(
            columns,
            activity(energy),
            chosen,
            places,
            self._tower.character_of,
            duration_s,
            repeats=self._tower.repeats,
        )


def column_means(values: FloatArray, stride: int) -> FloatArray:
    """Mean of every ``stride`` values; the last group may be short."""
    groups = -(-len(values) // stride)
    padded = np.pad(values, (0, groups * stride - len(values)), mode="edge")
    return np.asarray(padded.reshape(groups, stride).mean(axis=1), np.float32)


def column_seconds(count: int, stride: int, frame_rate: float) -> npt.NDArray[np.float64]:
    """Second on which each output column is centred."""
    return np.asarray((np.arange(count) * stride + (stride - 1) / 2) / frame_rate, np.float64)


def choose_columns(
    seconds: npt.NDArray[np.float64], hop_s: float, duration_s: float
) -> npt.NDArray[np.int64]:
    """Columns nearest to every ``hop_s`` seconds, at least one, none twice."""
    if hop_s <= 0:
        raise ValueError(f"the hop must be longer than 0 s, not {hop_s}")
    wanted = np.arange(min(hop_s, duration_s) / 2, duration_s + 1e-9, hop_s)
    nearest = np.clip(np.searchsorted(seconds, wanted), 1, max(len(seconds) - 1, 1))
    left = wanted - seconds[nearest - 1]
    right = seconds[np.minimum(nearest, len(seconds) - 1)] - wanted
    rows = np.where(left <= right, nearest - 1, np.minimum(nearest, len(seconds) - 1))
    return np.unique(rows).astype(np.int64)


def time_span(second: float, duration_s: float) -> TimeSpan:
    """The passage around a second, inside the recording."""
    half = PASSAGE_S / 2
    return TimeSpan(
        round(max(0.0, float(second) - half), 3), round(min(duration_s, float(second) + half), 3)
    )
