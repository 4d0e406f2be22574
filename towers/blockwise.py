"""Run a convolutional tower over an input of any length, in blocks, as if in one piece."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from unisono.towers.convolutional import ConvolutionalTower

FloatArray = npt.NDArray[np.float32]

BLOCK_COLUMNS = 4096


class ColumnVectors(NamedTuple):
    """notes: (T', notes_dimension), unit length; features: (T', features)."""

    notes: FloatArray
    features: FloatArray


def encode_columns(
    tower: ConvolutionalTower, pieces: Iterable[tuple[FloatArray, FloatArray | None]]
) -> ColumnVectors:
    """Encode columns that arrive in pieces of any width.

    pieces: (in_channels, rows, t) and, for towers that take them, (extra_channels, t).
    Blocks overlap by the tower's halo on both sides, so the result does not depend on them.
    Memory grows with the number of vectors only.
    """
    stride, halo = tower.column_stride, tower.halo
    notes, features = [], []
    held = np.zeros((tower.config.in_channels, tower.config.rows, 0), np.float32)
    held_extra = np.zeros((tower.config.extra_channels, 0), np.float32)
    lead = 0  # columns of `held` that are context from the left, already encoded
    for image, extra in pieces:
        held = np.concatenate([held, image], axis=2)
        if extra is not None:
            held_extra = np.concatenate([held_extra, extra], axis=1)
        while held.shape[2] >= lead + BLOCK_COLUMNS + halo:
            width = lead + BLOCK_COLUMNS + halo
            block = _run(tower, held[:, :, :width], held_extra[:, :width])
            first, last = lead // stride, (lead + BLOCK_COLUMNS) // stride
            notes.append(block.notes[first:last])
            features.append(block.features[first:last])
            drop = max(0, lead + BLOCK_COLUMNS - halo)
            held, held_extra = held[:, :, drop:], held_extra[:, drop:]
            lead = lead + BLOCK_COLUMNS - drop
    if held.shape[2] > lead:
        block = _run(tower, held, held_extra)
        notes.append(block.notes[lead // stride :])
        features.append(block.features[lead // stride :])
    return ColumnVectors(np.concatenate(notes), np.concatenate(features))


def _run(tower: ConvolutionalTower, image: FloatArray, extra: FloatArray) -> ColumnVectors:
    """Encode one block; a last column that is not full is filled with silence or paper."""
    count = -(-image.shape[2] // tower.column_stride)
    missing = -image.shape[2] % tower.column_multiple
    image = np.pad(image, ((0, 0), (0, 0), (0, missing)))
    extra = np.pad(extra, ((0, 0), (0, missing)))
    with torch.inference_mode():
        columns = tower(
            torch.from_numpy(np.ascontiguousarray(image))[None],
            torch.from_numpy(np.ascontiguousarray(extra))[None] if len(extra) else None,
        )
    notes, features = (view[0].T.numpy()[:count] for view in columns)
    return ColumnVectors(notes, features)
