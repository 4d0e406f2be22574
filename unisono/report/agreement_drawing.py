"""How passages agree, as a picture: a matrix of shades with the matched part framed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from unisono.alignment.identifying.evidence import PathEvidence
from unisono.alignment.searching.evidence import Evidence
from unisono.data.places import Place, Region, TimeSpan
from unisono.report.lettering import font
from unisono.report.places import clock
from unisono.report.side_drawing import MARK, PAPER

_LEFT, _BOTTOM, _TOP = 110, 40, 8
_LIGHT, _DARK = np.array([246, 248, 251.0]), np.array([16, 62, 120.0])
_HIGHEST = 5.0
"""Standard deviations that are drawn darkest; unrelated passages, at 0 and below, are lightest."""
_TICKS = 8
_BOX = (230, 150, 20)
_BOX_ROWS = 8
"""Windows in one box: a box for each would hide what it stands around."""
TEXT = (60, 66, 74)


@dataclass(frozen=True)
class Scale:
    """Where the matrix lies in the picture, in pixels."""

    width: int
    height: int


def draw_agreement(evidence: Evidence, width: int, height: int) -> Image.Image:
    """Return the matrix: the item's passages from left to right, the query's from top down."""
    columns = evidence.agreement.shape[1]
    image = Image.new("RGB", (width, height), PAPER)
    scale = Scale(width - _LEFT - 8, height - _TOP - _BOTTOM)
    shades = np.clip(evidence.agreement / _HIGHEST, 0, 1)[..., None]
    pixels = (_LIGHT + shades * (_DARK - _LIGHT)).astype(np.uint8)
    # Rows that lie close in the query are far fewer than pixels: sharp edges tell them apart.
    matrix = Image.fromarray(pixels).resize(
        (scale.width, scale.height), _resampling(columns, scale)
    )
    image.paste(matrix, (_LEFT, _TOP))
    draw = ImageDraw.Draw(image)
    first = _LEFT + evidence.first / columns * scale.width
    last = _LEFT + (evidence.last + 1) / columns * scale.width
    draw.rectangle((first, _TOP, last, _TOP + scale.height - 1), outline=MARK, width=2)
    rows = len(evidence.agreement)
    if isinstance(evidence, PathEvidence):
        _box_runs(draw, evidence, scale)
    for number, met in enumerate(evidence.meetings(), start=1):
        x = _LEFT + (met.column + 0.5) / columns * scale.width
        y = min(
            max(_TOP + (met.row + 0.5) / rows * scale.height, _TOP + 9), _TOP + scale.height - 9
        )
        draw.ellipse((x - 9, y - 9, x + 9, y + 9), fill=PAPER, outline=MARK)
        draw.text((x, y), str(number), MARK, font(13), anchor="mm")
    _axis_below(draw, evidence.found, scale)
    if evidence.asked:
        _axis_left(draw, evidence.asked, scale)
    else:
        draw.text((_LEFT - 8, _TOP + scale.height / 2), "the text", TEXT, font(13), anchor="rm")
    return image


def short_place(place: Place | None) -> str:
    """A place in a few characters, for an axis."""
    if isinstance(place, TimeSpan):
        return clock(place.start_s)
    if isinstance(place, Region):
        return f"p{place.page} s{place.system}"
    return ""


def _box_runs(draw: ImageDraw.ImageDraw, evidence: PathEvidence, scale: Scale) -> None:
    """Box the windows that met: each stretch of the path in which they agree."""
    rows, columns = evidence.agreement.shape
    for run in evidence.runs:
        for cells in np.array_split(run, -(-len(run) // _BOX_ROWS)):
            top, left = cells.min(axis=0)
            bottom, right = cells.max(axis=0) + 1
            box = (
                _LEFT + left / columns * scale.width,
                _TOP + top / rows * scale.height,
                max(
                    _LEFT + right / columns * scale.width, _LEFT + left / columns * scale.width + 3
                ),
                _TOP + bottom / rows * scale.height - 1,
            )
            draw.rectangle(box, outline=_BOX)


def _axis_below(draw: ImageDraw.ImageDraw, places: Sequence[Place | None], scale: Scale) -> None:
    shown = ""
    for at in _marks(len(places)):
        words = short_place(places[at])
        if words == shown:
            continue
        shown = words
        x = _LEFT + at / len(places) * scale.width
        bottom = _TOP + scale.height
        draw.line((x, bottom, x, bottom + 4), fill=TEXT)
        draw.text((x, bottom + 6), words, TEXT, font(13), anchor="ma" if at else "la")
    middle = _LEFT + scale.width / 2
    draw.text((middle, _TOP + scale.height + 38), "in the answer", TEXT, font(13), anchor="md")


def _axis_left(draw: ImageDraw.ImageDraw, places: Sequence[Place | None], scale: Scale) -> None:
    shown = ""
    for at in _marks(len(places)):
        words = short_place(places[at])
        if words == shown:
            continue
        shown = words
        y = _TOP + at / len(places) * scale.height
        draw.line((_LEFT - 4, y, _LEFT, y), fill=TEXT)
        draw.text((_LEFT - 8, y), words, TEXT, font(13), anchor="rm" if at else "rt")
    draw.text((4, _TOP + scale.height / 2), "asked", TEXT, font(13), anchor="lm")


def _marks(count: int) -> list[int]:
    return sorted({round(i * count / _TICKS) for i in range(_TICKS)} & set(range(count)))


def _resampling(columns: int, scale: Scale) -> Image.Resampling:
    return Image.Resampling.NEAREST if columns < scale.width else Image.Resampling.BOX
