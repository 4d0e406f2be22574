"""Covers into the space: the middle square of a picture, the default tower."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from unisono.data.readers.cover import read_cover
from unisono.towers.cover import COVER_SIZE, CoverTower
from unisono.towers.pooling import ItemViews
from unisono.towers.text_encoder import text_views


class CoverEncoder:
    """Gives the character of a picture."""

    def __init__(self, tower: CoverTower) -> None:
        self._tower = tower

    def encode(self, path: Path, hop_s: float | None = None) -> ItemViews:
        """Raises ReadError for a file that is no picture."""
        image = torch.from_numpy(read_cover(path, COVER_SIZE))[None]
        with torch.inference_mode():
            return text_views(np.asarray(self._tower(image).numpy()))
