"""Pages into the space: their systems as one long strip, tower, passages on the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.data.pages.level import STAFF_SPACE
from unisono.data.pages.strips import LongStrip
from unisono.data.readers.sheet import read_strip
from unisono.towers.audio import column_means
from unisono.towers.blockwise import encode_columns
from unisono.towers.convolutional import ConvolutionalTower
from unisono.towers.pooling import ItemViews, pool

FloatArray = npt.NDArray[np.float32]

PASSAGE_STEP_PX = int(4 * STAFF_SPACE)
"""A passage every four staff spaces."""

_HALF_PASSAGE_PX = 20 * STAFF_SPACE
_PIECE_PX = 8192


class SheetEncoder:
    """Gives both views of page images, PDFs and MusicXML engraved on the fly."""

    def __init__(self, tower: ConvolutionalTower) -> None:
        self._tower = tower

    def encode(self, path: Path, hop_s: float | None = None) -> ItemViews:
        """Raises ReadError for a file without music."""
        return self.encode_strip(read_strip(path))

    @property
    def step(self) -> int:
        """Output columns from passage to passage, where nothing else is asked for."""
        return max(1, PASSAGE_STEP_PX // self._tower.column_stride)

    def encode_strip(self, strip: LongStrip, step: int | None = None) -> ItemViews:
        """Both views of systems side by side, a passage every ``step`` output columns.

        step: ``self.step`` where None.
        """
        ink = strip.ink
        stride = self._tower.column_stride
        step = step or self.step

        def pieces() -> Iterator[tuple[FloatArray, None]]:
            for start in range(0, ink.shape[1], _PIECE_PX):
                yield ink[None, :, start : start + _PIECE_PX].astype(np.float32) / 255.0, None

        columns = encode_columns(self._tower, pieces())
        written = (ink.max(axis=0) > 64).astype(np.float32)
        weights = np.maximum(column_means(written, stride), 0.05)
        chosen = np.arange(0, len(columns.notes), step)
        centres = chosen * stride + (stride - 1) / 2
        places = [strip.regions(float(centre), _HALF_PASSAGE_PX) for centre in centres]
        return pool(
            columns,
            weights,
            chosen,
            places,
            self._tower.character_of,
            repeats=self._tower.repeats,
        )
