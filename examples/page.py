"""Engrave a score as one page without any title, cropped and reduced to 16 grey levels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from unisono.data.engraving import Layout, engrave

STAFF_SPACE_PX = 8.0
MARGIN_PX = 40


def write_page(musicxml: str, path: Path, name: str) -> None:
    """Engrave ``musicxml`` and write it as a PNG; raises ValueError when one page is too small."""
    layout = Layout(staff_space_px=STAFF_SPACE_PX, page_height=210.0)
    engraving = engrave(musicxml, layout, name=name)
    if len(engraving.pages) != 1:
        raise ValueError(f"{name} needs {len(engraving.pages)} pages")
    grey = _crop(engraving.pages[0])
    levels = Image.fromarray((np.round(grey / 17.0) * 17).astype(np.uint8))
    levels.quantize(16).save(path, optimize=True)


def _crop(page: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    rows, columns = np.nonzero((page < 128).any(axis=1))[0], np.nonzero((page < 128).any(axis=0))[0]
    ink = page[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.pad(ink, MARGIN_PX, constant_values=255)
