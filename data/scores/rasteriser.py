"""Turn Verovio's SVG into a gray image with Skia.

Skia's SVG module knows neither style sheets nor, safely, text: strokes are written into the
shapes, and text is drawn afterwards at the places that the SVG names.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt

from unisono.data.scores.page_text import TextRun, glyph_shape, letters, text_runs

_SHAPE = re.compile(r"<(path|rect|polygon|polyline|ellipse) ")
_STYLE = re.compile(r"<style.*?</style>", re.S)
_PLACEHOLDER = re.compile(r"<g [^>]*placeholder[^>]*>\s*<ellipse[^>]*/>\s*</g>", re.S)
_EMPTY_TEXT = re.compile(r"<text [^>]*/>")
_TEXT = re.compile(r"<text ([^>]*)>(.*?)</text>", re.S)
_MEASURE_NUMBER = re.compile(r'<g [^>]*class="mNum[^>]*>\s*<text.*?</text>\s*</g>', re.S)
_SIZE = re.compile(r'<svg width="([\d.]+)px" height="([\d.]+)px"')
_MARGIN = re.compile(r'class="page-margin" transform="translate\(([\d.]+),\s*([\d.]+)\)"')
_END_OF_MARGIN = "</g>"  # the last of a page


def rasterise(
    svg: str,
    scale: float,
    *,
    text: bool = True,
    measure_numbers: bool = True,
    music_font: str = "Leipzig",
) -> npt.NDArray[np.uint8]:
    """Draw one page; ``scale`` is pixels per SVG pixel. Returns (h, w) uint8, white 255.

    Without ``text`` no words and numbers are drawn; without ``measure_numbers`` not those.
    Notes among words are taken from ``music_font``.
    Raises NoTypefaceError where there is text to draw and no font to draw it with.
    """
    import skia

    size = _SIZE.search(svg)
    if size is None:
        raise ValueError("not an SVG page made by Verovio: it names no size")
    width, height = round(float(size[1]) * scale), round(float(size[2]) * scale)
    svg = _EMPTY_TEXT.sub("", _STYLE.sub("", svg))
    if not measure_numbers:
        svg = _MEASURE_NUMBER.sub("", svg)
    runs = text_runs(svg, music_font) if text else []
    shapes = _TEXT.sub("", _PLACEHOLDER.sub("", svg))
    glyphs = "".join(glyph_shape(run, music_font) for run in runs if run.is_music)
    before, end, after = shapes.rpartition(_END_OF_MARGIN)
    shapes = _SHAPE.sub(r'<\1 stroke="black" ', before) + glyphs + end + after
    content = shapes.encode()  # named, because Skia reads the bytes in place
    document = skia.SVGDOM.MakeFromStream(skia.MemoryStream(content))
    if document is None:
        raise ValueError("Skia cannot read this SVG page")
    document.setContainerSize(skia.Size(float(size[1]), float(size[2])))
    surface = skia.Surface(width, height)
    canvas = surface.getCanvas()
    canvas.clear(skia.ColorWHITE)
    canvas.scale(scale, scale)
    document.render(canvas)
    words = [run for run in runs if not run.is_music]
    margin = _MARGIN.search(svg)
    if words and margin is not None:
        _draw_words(canvas, words, float(margin[1]), float(margin[2]))
    return np.ascontiguousarray(surface.toarray()[:, :, 0])


def _draw_words(canvas: Any, words: list[TextRun], left: float, top: float) -> None:
    import skia

    paint = skia.Paint(AntiAlias=True, Color=skia.ColorBLACK)
    for run in words:
        # inner units are tenths of the SVG's pixels
        x, y = (run.x + left) / 10, (run.y + top) / 10
        canvas.drawString(run.content, x, y, letters(run.size / 10), paint)
