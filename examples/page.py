"""Engrave a score as one page without any title, cropped and reduced to 16 grey levels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from unisono.data.engraving import Layout, engrave

STAFF_SPACE_PX = 10.0
MARGIN_PX = 48


@dataclass(frozen=True)
class System:
    """A system of the page: box of its staves (x0, y0, x1, y1) in pixels, start in the score."""

    box: tuple[int, int, int, int]
    score_s: float


@dataclass(frozen=True)
class Page:
    """A page: grey image (h, w) uint8 and its systems from top to bottom."""

    image: npt.NDArray[np.uint8]
    systems: tuple[System, ...]


def engrave_page(musicxml: str, name: str) -> Page:
    """Engrave ``musicxml``; raises ValueError when one page is too small."""
    layout = Layout(staff_space_px=STAFF_SPACE_PX, page_height=210.0)
    engraving = engrave(musicxml, layout, name=name)
    if len(engraving.pages) != 1:
        raise ValueError(f"{name} needs {len(engraving.pages)} pages")
    page = engraving.pages[0]
    rows, columns = np.nonzero((page < 128).any(axis=1))[0], np.nonzero((page < 128).any(axis=0))[0]
    ink = page[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    dx, dy = MARGIN_PX - int(columns[0]), MARGIN_PX - int(rows[0])
    systems = []
    for row, system in enumerate(engraving.systems):
        x0, y0, x1, y1 = (round(edge) for edge in system.box)
        start = float(engraving.notes.onset_s[engraving.notes.system == row].min())
        systems.append(System((x0 + dx, y0 + dy, x1 + dx, y1 + dy), start))
    return Page(np.pad(ink, MARGIN_PX, constant_values=255), tuple(systems))


def write_page(page: Page, path: Path) -> None:
    """Write the page as a PNG of 16 grey levels."""
    levels = Image.fromarray((np.round(page.image / 17.0) * 17).astype(np.uint8))
    levels.quantize(16).save(path, optimize=True)
