"""Pages into the space: systems found, straightened strips, tower, passages on the page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.data.corpus import long_strip
from unisono.data.engraving import Layout, engrave
from unisono.data.errors import ReadError
from unisono.data.readers.detect import is_page_file
from unisono.data.readers.musicxml import read_musicxml
from unisono.data.readers.page import PageImage, read_pages
from unisono.data.staves import System, find_page_systems
from unisono.data.strips import STAFF_SPACE, LongStrip, Strip, cut_strips, join_strips
from unisono.towers.audio import column_means
from unisono.towers.blockwise import encode_columns
from unisono.towers.convolutional import ConvolutionalTower
from unisono.towers.pooling import ItemViews, pool

FloatArray = npt.NDArray[np.float32]

PASSAGE_COLUMNS_STEP = 2
"""Every second output column is a passage: one every four staff spaces."""

_HALF_PASSAGE_PX = 20 * STAFF_SPACE
_PIECE_PX = 4096
_ENGRAVED_STAFF_SPACE_PX = 6.0


class NoStavesError(ReadError):
    """The pages could be read, but there is no music on them."""


class SheetEncoder:
    """Gives both views of page images, PDFs and MusicXML engraved on the fly."""

    def __init__(self, tower: ConvolutionalTower) -> None:
        self._tower = tower

    def encode(self, path: Path, hop_s: float | None = None) -> ItemViews:
        """Raises ReadError for a file without music."""
        return self.encode_strip(read_strip(path))

    def encode_strip(self, strip: LongStrip, step: int = PASSAGE_COLUMNS_STEP) -> ItemViews:
        """Both views of systems side by side, a passage every ``step`` output columns."""
        ink = strip.ink

        def pieces() -> Iterator[tuple[FloatArray, None]]:
            for start in range(0, ink.shape[1], _PIECE_PX):
                yield ink[None, :, start : start + _PIECE_PX].astype(np.float32) / 255.0, None

        columns = encode_columns(self._tower, pieces())
        stride = self._tower.column_stride
        written = (ink.max(axis=0) > 64).astype(np.float32)
        weights = np.maximum(column_means(written, stride), 0.05)
        chosen = np.arange(0, len(columns.notes), step)
        centres = chosen * stride + (stride - 1) / 2
        places = [strip.regions(float(centre), _HALF_PASSAGE_PX) for centre in centres]
        return pool(columns, weights, chosen, places, self._tower.character_of)


def read_strip(path: Path) -> LongStrip:
    """All systems of a file side by side; raises ReadError where there are none."""
    if is_page_file(path):
        strips = [strip for page in read_pages(path) for strip in page_strips(page)]
        if not strips:
            raise NoStavesError(
                path, "shows no staves", "give a sharper or larger picture of the page"
            )
        return join_strips(strips)
    # without text: its fonts differ from machine to machine, and so would the vectors
    layout = Layout(staff_space_px=_ENGRAVED_STAFF_SPACE_PX, text=False)
    return long_strip(engrave(read_musicxml(path), layout, name=str(path)))


def page_strips(page: PageImage) -> list[Strip]:
    """The strips of one page, straightened along the staff lines that were found."""
    systems = find_page_systems(page.image)
    level = [_level_box(system) for system in systems]
    strips = cut_strips(
        page.image,
        level,
        [system.staff_space for system in systems],
        number=page.number,
        slopes=[system.skew for system in systems],
    )
    return [replace(strip, box=system.box) for strip, system in zip(strips, systems, strict=True)]


def _level_box(system: System) -> tuple[float, float, float, float]:
    """The system's box as it stands at its left end, before the skew carries it off."""
    x0, _, x1, _ = system.box
    first_x, first_y = system.middle_lines[0][0]
    last_x, last_y = system.middle_lines[-1][0]
    top = first_y - system.skew * (first_x - x0) - 2 * system.staff_space
    bottom = last_y - system.skew * (last_x - x0) + 2 * system.staff_space
    return x0, top, x1, bottom
