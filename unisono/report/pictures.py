"""Pages of notes as pictures small enough to travel inside a page."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.data.errors import ReadError
from unisono.data.places import Region

WIDEST_PX = 1000
_SCORES = frozenset({".musicxml", ".mxl", ".xml"})


@dataclass(frozen=True)
class Picture:
    """A PNG, and the size in pixels of the page it was made from."""

    png: bytes
    width: int
    height: int


@dataclass(frozen=True)
class Box:
    """A part of a picture in percent of its width and height."""

    left: float
    top: float
    width: float
    height: float


def picture_of(path: Path, number: int = 1) -> Picture | None:
    """Return a page (from 1) of an image, PDF or MusicXML file; None for what has no such page."""
    try:
        pages = _pages(path, number)
    except ReadError:
        return None
    return _encoded(pages[number - 1]) if 1 <= number <= len(pages) else None


def page_of(path: Path, number: int) -> npt.NDArray[np.uint8] | None:
    """Return the pixels (h, w) of a page; None for what has no such page.

    Raises ReadError for a file that cannot be read.
    """
    pages = _pages(path, number)
    return pages[number - 1] if 1 <= number <= len(pages) else None


def box_of(region: Region, picture: Picture, margin: float = 0.008) -> Box:
    """Return where a region lies in a picture, a little wider, never beyond its edges."""
    left = max(0.0, region.x0 / picture.width - margin)
    right = min(1.0, region.x1 / picture.width + margin)
    top = max(0.0, region.y0 / picture.height - margin)
    bottom = min(1.0, region.y1 / picture.height + margin)
    return Box(100 * left, 100 * top, 100 * (right - left), 100 * (bottom - top))


def _pages(path: Path, number: int) -> Sequence[npt.NDArray[np.uint8]]:
    """The pages of a file, of a PDF or image no more than the first ``number``."""
    if path.suffix.lower() in _SCORES:
        from unisono.data.engraving import engrave
        from unisono.data.readers.musicxml import read_musicxml

        return engrave(read_musicxml(path), name=str(path)).pages
    from unisono.data.readers.page import read_pages

    pages: list[npt.NDArray[np.uint8]] = []
    for page in read_pages(path):
        pages.append(page.image)
        if page.number >= number:
            break
    return pages


def _encoded(pixels: npt.NDArray[np.uint8]) -> Picture:
    from PIL import Image

    image = Image.fromarray(pixels)
    width, height = image.size
    if width > WIDEST_PX:
        size = (WIDEST_PX, max(1, round(height * WIDEST_PX / width)))
        image = image.resize(size, Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.quantize(16).save(buffer, "PNG", optimize=True)
    return Picture(buffer.getvalue(), width, height)
