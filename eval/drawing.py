"""A drawing of a few plain shapes, as SVG or PNG. Sizes are in pixels, y grows downwards."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any, Literal

Anchor = Literal["start", "middle", "end"]
_FONTS = ("DejaVu Sans", "Liberation Sans", "Helvetica", "Arial", "sans-serif")
_PNG_SCALE = 2.0


@dataclass(frozen=True)
class Polyline:
    """A line through points; dash: lengths of stroke and pause, () for none."""

    points: tuple[tuple[float, float], ...]
    colour: str
    width: float = 1.0
    dash: tuple[float, float] | tuple[()] = ()
    opacity: float = 1.0


@dataclass(frozen=True)
class Dot:
    """A filled circle."""

    x: float
    y: float
    radius: float
    colour: str


@dataclass(frozen=True)
class Words:
    """A line of text whose baseline begins, is centred or ends at (x, y)."""

    x: float
    y: float
    text: str
    colour: str
    size: float = 12.0
    anchor: Anchor = "start"
    bold: bool = False


Shape = Polyline | Dot | Words


@dataclass(frozen=True)
class Drawing:
    """Shapes on white, the first lowest. title: what is shown, for those who cannot see it."""

    width: float
    height: float
    shapes: tuple[Shape, ...]
    title: str = ""


def save(drawing: Drawing, path: Path) -> None:
    """Write the drawing as the suffix says, ``.svg`` or ``.png``; ValueError for another."""
    suffix = path.suffix.lower()
    if suffix == ".svg":
        path.write_text(as_svg(drawing), encoding="utf-8")
    elif suffix == ".png":
        path.write_bytes(as_png(drawing))
    else:
        raise ValueError(f"{path}: a plot is written as .svg or .png, not as {suffix or 'this'}")


def as_svg(drawing: Drawing) -> str:
    """The drawing as an SVG document that needs nothing else."""
    shapes = "\n".join(_svg(shape) for shape in drawing.shapes)
    families = ", ".join(f"'{name}'" if " " in name else name for name in _FONTS)
    size = f"{drawing.width:g}", f"{drawing.height:g}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[0]}" height="{size[1]}" '
        f'viewBox="0 0 {size[0]} {size[1]}" role="img" font-family="{families}">\n'
        f"<title>{escape(_without_controls(drawing.title))}</title>\n"
        f'<rect width="100%" height="100%" fill="white"/>\n{shapes}\n</svg>\n'
    )


def as_png(drawing: Drawing) -> bytes:
    """The drawing as a PNG, twice as many pixels each way."""
    import skia

    width, height = (round(_PNG_SCALE * size) for size in (drawing.width, drawing.height))
    surface = skia.Surface(width, height)
    canvas = surface.getCanvas()
    canvas.clear(skia.ColorWHITE)
    canvas.scale(_PNG_SCALE, _PNG_SCALE)
    for shape in drawing.shapes:
        _paint(canvas, shape)
    return bytes(surface.makeImageSnapshot().encodeToData(skia.kPNG, 100))


def width_of(text: str, size: float) -> float:
    """About how wide a text is; fonts differ, so leave room."""
    return 0.58 * size * len(text)


def _svg(shape: Shape) -> str:
    if isinstance(shape, Polyline):
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in shape.points)
        dash = f' stroke-dasharray="{shape.dash[0]:g} {shape.dash[1]:g}"' if shape.dash else ""
        faint = f' opacity="{shape.opacity:g}"' if shape.opacity < 1 else ""
        return (
            f'<polyline points="{points}" fill="none" stroke="{shape.colour}" '
            f'stroke-width="{shape.width:g}" stroke-linejoin="round"{dash}{faint}/>'
        )
    if isinstance(shape, Dot):
        at = f'cx="{shape.x:.1f}" cy="{shape.y:.1f}" r="{shape.radius:g}"'
        return f'<circle {at} fill="{shape.colour}"/>'
    bold = ' font-weight="bold"' if shape.bold else ""
    return (
        f'<text x="{shape.x:.1f}" y="{shape.y:.1f}" font-size="{shape.size:g}" '
        f'fill="{shape.colour}" text-anchor="{shape.anchor}"{bold}>'
        f"{escape(_without_controls(shape.text))}</text>"
    )


def _paint(canvas: Any, shape: Shape) -> None:
    import skia

    red, green, blue = (int(shape.colour[i : i + 2], 16) for i in (1, 3, 5))
    paint = skia.Paint(AntiAlias=True, Color=skia.ColorSetRGB(red, green, blue))
    if isinstance(shape, Polyline):
        paint.setStyle(skia.Paint.kStroke_Style)
        paint.setStrokeWidth(shape.width)
        paint.setAlphaf(shape.opacity)
        if shape.dash:
            paint.setPathEffect(skia.DashPathEffect.Make(list(shape.dash), 0.0))
        path = skia.Path()
        path.addPoly([skia.Point(x, y) for x, y in shape.points], False)
        canvas.drawPath(path, paint)
    elif isinstance(shape, Dot):
        canvas.drawCircle(shape.x, shape.y, shape.radius, paint)
    else:
        font = skia.Font(_typeface(shape.bold), shape.size)
        font.setEdging(skia.Font.Edging.kAntiAlias)
        text = _without_controls(shape.text)
        ahead = {"start": 0.0, "middle": 0.5, "end": 1.0}[shape.anchor]
        canvas.drawString(text, shape.x - ahead * font.measureText(text), shape.y, font, paint)


@lru_cache(maxsize=2)
def _typeface(bold: bool) -> Any:
    import skia

    style = skia.FontStyle.Bold() if bold else skia.FontStyle.Normal()
    manager = skia.FontMgr()
    for name in _FONTS[:-1]:
        face = manager.matchFamilyStyle(name, style)
        if face is not None:
            return face
    return skia.Typeface.MakeDefault()


def _without_controls(text: str) -> str:
    """XML knows no control characters, and a drawing has no use for them."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
