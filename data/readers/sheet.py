"""Sheets: page images, PDFs and MusicXML, engraved on the fly, as one long strip."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from unisono.data.ahead import mapped
from unisono.data.corpus import long_strip
from unisono.data.engraving import Layout, engrave
from unisono.data.errors import ReadError
from unisono.data.pages.strips import LongStrip, Strip, cut_strips, join_strips
from unisono.data.readers.detect import is_page_file
from unisono.data.readers.musicxml import read_musicxml
from unisono.data.readers.page import PageImage, read_pages
from unisono.data.staves import System, find_page_systems

_ENGRAVED_STAFF_SPACE_PX = 6.0


class NoStavesError(ReadError):
    """The pages could be read, but there is no music on them."""


def read_strip(path: Path) -> LongStrip:
    """All systems of a file side by side; raises ReadError where there are none."""
    if is_page_file(path):
        pages = mapped(page_strips, read_pages(path))
        strips = [strip for page in pages for strip in page]
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
