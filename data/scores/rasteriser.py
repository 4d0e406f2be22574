"""Turn Verovio's SVG into a gray image with Skia.

Skia's SVG module knows neither style sheets nor, safely, text: strokes are written into the
shapes, and text is drawn afterwards at the places that the SVG names.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt

from unisono.data.scores.typeface import serif

_SHAPE = re.compile(r"<(path|rect|polygon|polyline|ellipse) ")
_STYLE = re.compile(r"<style.*?</style>", re.S)
_PLACEHOLDER = re.compile(r"<g [^>]*placeholder[^>]*>\s*<ellipse[^>]*/>\s*</g>", re.S)
_EMPTY_TEXT = re.compile(r"<text [^>]*/>")
_TEXT = re.compile(r"<text ([^>]*)>(.*?)</text>", re.S)
_TSPAN = re.compile(r'font-size="([\d.]+)px"[^>]*>([^<]+)<')
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'"}
_MEASURE_NUMBER = re.compile(r'<g [^>]*class="mNum"[^>]*>\s*<text.*?</text>\s*</g>', re.S)
_SIZE = re.compile(r'<svg width="([\d.]+)px" height="([\d.]+)px"')
_MARGIN = re.compile(r'class="page-margin" transform="translate\(([\d.]+),\s*([\d.]+)\)"')


def rasterise(
    svg: str, scale: float, *, text: bool = True, measure_numbers: bool = True
) -> npt.NDArray[np.uint8]:
    """Draw one page; ``scale`` is pixels per SVG pixel. Returns (h, w) uint8, white 255.

    Without ``text`` no words and numbers are drawn; without ``measure_numbers`` not those.

    Raises NoTypefaceError where there is text to draw and no font to draw it with.
    """
    import skia

    size = _SIZE.search(svg)
    if size is None:
        raise ValueError("not an SVG page made by Verovio: it names no size")
    width, height = round(float(size[1]) * scale), round(float(size[2]) * scale)
    svg = _EMPTY_TEXT.sub("", svg)
    if not measure_numbers:
        svg = _MEASURE_NUMBER.sub("", svg)
    shapes = _TEXT.sub("", _PLACEHOLDER.sub("", _STYLE.sub("", svg)))
    shapes = _SHAPE.sub(r'<\1 stroke="black" ', shapes)
    content = shapes.encode()  # named, because Skia reads the bytes in place
    stream = skia.MemoryStream(content)
    document = skia.SVGDOM.MakeFromStream(stream)
    if document is None:
        raise ValueError("Skia cannot read this SVG page")
    document.setContainerSize(skia.Size(float(size[1]), float(size[2])))
    surface = skia.Surface(width, height)
    canvas = surface.getCanvas()
    canvas.clear(skia.ColorWHITE)
    canvas.scale(scale, scale)
    document.render(canvas)
    if text:
        _draw_texts(canvas, svg)
    return np.ascontiguousarray(surface.toarray()[:, :, 0])


def _draw_texts(canvas: Any, svg: str) -> None:
    import skia

    margin = _MARGIN.search(svg)
    if margin is None:
        return
    paint = skia.Paint(AntiAlias=True, Color=skia.ColorBLACK)
    for match in _TEXT.finditer(svg):
        attributes = dict(_ATTRIBUTE.findall(match[1]))
        spans = _TSPAN.findall(match[2])
        if "x" not in attributes or not spans:
            continue
        # inner units are tenths of the SVG's pixels
        x = (float(attributes["x"]) + float(margin[1])) / 10
        y = (float(attributes["y"]) + float(margin[2])) / 10
        content = "".join(_unescape(span) for _, span in spans)
        font = skia.Font(serif(), float(spans[0][0]) / 10)
        anchor = attributes.get("text-anchor")
        if anchor in ("end", "middle"):
            x -= font.measureText(content) * (1.0 if anchor == "end" else 0.5)
        canvas.drawString(content, x, y, font, paint)


def _unescape(text: str) -> str:
    for entity, character in _ENTITIES.items():
        text = text.replace(entity, character)
    return text
