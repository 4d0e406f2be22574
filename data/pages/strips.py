"""Systems of a page as one long strip: straightened, staff height normalised, ink as brightness.

A strip is what the sheet tower reads: a system, scaled so that a staff space is
``STAFF_SPACE`` pixels, in ``STRIP_HEIGHT`` rows, with its staves at the heights of ``level``.
Systems of which no staves are seen, or too many, are centred, and smaller when they are tall.
The strips of a page, and of all pages of a file, stand side by side in reading order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unisono.data.pages.level import STAFF_SPACE, RowMap, level
from unisono.data.places import Region

STRIP_HEIGHT = 128
_MARGIN = 1.0  # staff spaces kept left and right of the staff lines
_LEDGER = 5.5  # staff spaces above and below the outer lines that always fit
_REACH = 9.0  # staff spaces above and below the outer lines where ledger notes may stand

Box = tuple[float, float, float, float]
Image = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Strip:
    """One system: ink (STRIP_HEIGHT, width) uint8 with 0 for paper, and where it came from.

    A strip pixel (u, v) shows the page point (left + u / scale, top + w / scale), sheared back
    by ``slope`` (page pixels down per page pixel right) about the system's left end; v is w, or
    what ``rows`` makes of it where the strip was levelled.
    """

    ink: Image
    page: int
    system: int
    box: Box
    scale: float
    left: float
    top: float
    slope: float = 0.0
    rows: RowMap | None = None

    @property
    def width(self) -> int:
        """Columns of the strip."""
        return int(self.ink.shape[1])

    def to_strip_x(self, page_x: float) -> float:
        """Strip column of a page column."""
        return (page_x - self.left) * self.scale

    def to_strip_y(self, page_y: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Strip rows of page rows, any shape; the slope is left out of account."""
        plain = (np.asarray(page_y, np.float64) - self.top) * self.scale
        return plain if self.rows is None else self.rows(plain)

    def to_page_x(self, strip_x: float) -> float:
        """Page column of a strip column, kept inside the system's box."""
        return float(np.clip(self.left + strip_x / self.scale, self.box[0], self.box[2]))


@dataclass(frozen=True)
class LongStrip:
    """Strips side by side: ink (STRIP_HEIGHT, width) and the first column of each strip."""

    ink: Image
    strips: tuple[Strip, ...]
    starts: npt.NDArray[np.int64]

    def regions(self, centre: float, half_width: float) -> Region:
        """The part of the system under ``centre`` within ``half_width`` strip pixels of it."""
        row = int(np.searchsorted(self.starts, centre, side="right")) - 1
        row = min(max(row, 0), len(self.strips) - 1)
        strip = self.strips[row]
        local = centre - float(self.starts[row])
        x0, y0, x1, y1 = strip.box
        first = strip.to_page_x(local - half_width)
        last = strip.to_page_x(local + half_width)
        return Region(strip.page, strip.system, max(first, x0), min(last, x1), y0, y1)

    def heights(
        self, system: npt.NDArray[np.integer], page_y: npt.NDArray[np.floating]
    ) -> npt.NDArray[np.float32]:
        """Rows (n,) of the long strip that show page rows of its systems (n,), from 0."""
        found = np.zeros(len(page_y), np.float32)
        for number, strip in enumerate(self.strips):
            found[system == number] = strip.to_strip_y(page_y[system == number])
        return found

    def column(self, strip_row: int, page_x: float) -> float:
        """Column of the long strip that shows a page column of one of its systems."""
        return float(self.starts[strip_row]) + self.strips[strip_row].to_strip_x(page_x)


def cut_strips(
    page: Image,
    boxes: Sequence[Box],
    staff_spaces: Sequence[float],
    *,
    number: int = 1,
    slopes: Sequence[float] | None = None,
) -> list[Strip]:
    """Cut the systems of one gray page (h, w), white paper; boxes span the outer staff lines.

    staff_spaces: distance of two staff lines in page pixels, one a system.
    slopes: skew of each system, page pixels down per page pixel right.
    """
    slopes = [0.0] * len(boxes) if slopes is None else slopes
    strips = []
    for row, (box, space, slope) in enumerate(zip(boxes, staff_spaces, slopes, strict=True)):
        top, bottom = _limits(box, boxes, space, page.shape[0])
        strips.append(_cut(page, box, space, slope, top, bottom, number, row + 1))
    return strips


def join_strips(strips: Sequence[Strip]) -> LongStrip:
    """Put strips side by side in the given order; needs at least one."""
    widths = [strip.width for strip in strips]
    starts = np.concatenate([[0], np.cumsum(widths)[:-1]]).astype(np.int64)
    ink = np.concatenate([strip.ink for strip in strips], axis=1)
    return LongStrip(ink, tuple(strips), starts)


def _limits(box: Box, boxes: Sequence[Box], space: float, height: int) -> tuple[float, float]:
    """Rows that belong to a system: halfway to the systems above and below, or _REACH."""
    above = [b[3] for b in boxes if b[3] <= box[1] and b[0] < box[2] and b[2] > box[0]]
    below = [b[1] for b in boxes if b[1] >= box[3] and b[0] < box[2] and b[2] > box[0]]
    top = box[1] - _REACH * space
    bottom = box[3] + _REACH * space
    if above:
        top = max(top, (max(above) + box[1]) / 2)
    if below:
        bottom = min(bottom, (min(below) + box[3]) / 2)
    return max(top, 0.0), min(bottom, float(height))


def _cut(
    page: Image,
    box: Box,
    space: float,
    slope: float,
    top: float,
    bottom: float,
    number: int,
    system: int,
) -> Strip:
    import cv2

    x0, y0, x1, y1 = box
    scale = min(STAFF_SPACE / space, STRIP_HEIGHT / (y1 - y0 + 2 * _LEDGER * space))
    left = max(0, int(x0 - _MARGIN * space))
    right = min(page.shape[1], int(np.ceil(x1 + _MARGIN * space)))
    first, last = int(top), int(np.ceil(bottom))
    width = max(8, round((right - left) * scale))
    if abs(slope) > 1e-3:
        shear = np.array([[1, 0, left], [slope, 1, first - slope * x0]], np.float64)
        crop = cv2.warpAffine(
            page,
            shear,
            (right - left, last - first),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
    else:
        crop = page[first:last, left:right]
    rows = max(1, round((last - first) * scale))
    small = cv2.resize(crop, (width, rows), interpolation=cv2.INTER_AREA)
    ink = paper_to_ink(np.asarray(small, np.uint8))
    # the middle of the outer lines stands in the middle of the strip
    offset = round(STRIP_HEIGHT / 2 - ((y0 + y1) / 2 - first) * scale)
    canvas = np.zeros((STRIP_HEIGHT, width), np.uint8)
    source = slice(max(0, -offset), min(rows, STRIP_HEIGHT - offset))
    canvas[source.start + offset : source.stop + offset] = ink[source]
    levelled, moved = level(canvas)
    top_row = first - offset / scale
    return Strip(levelled, number, system, box, scale, float(left), top_row, slope, moved)


def paper_to_ink(gray: Image) -> Image:
    """Ink 0..255 on paper 0, free of uneven light: one minus gray over the local paper tone."""
    import cv2

    # paper shows within two staff heights of any point, except inside black frames
    paper = cv2.dilate(gray, np.ones((15, 15), np.uint8))
    paper = cv2.GaussianBlur(paper, (0, 0), 12)
    ratio = gray.astype(np.float32) / np.maximum(paper.astype(np.float32), 40.0)
    return np.clip((1.0 - ratio) * 255.0, 0, 255).astype(np.uint8)
