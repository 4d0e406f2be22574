"""Draw a cover for each work: flat shapes in the work's own colours, no text."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw

SIZE_PX = 224
_OVERSAMPLING = 4
_S = SIZE_PX * _OVERSAMPLING

Draw = ImageDraw.ImageDraw
Colours = tuple[str, ...]


def write_cover(slug: str, colours: Colours, path: Path) -> None:
    """Draw the cover of the work ``slug``; raises KeyError when there is none."""
    image = Image.new("RGB", (_S, _S), colours[0])
    _DRAWINGS[slug](ImageDraw.Draw(image), colours)
    small = image.resize((SIZE_PX, SIZE_PX), Image.Resampling.LANCZOS)
    small.quantize(64, dither=Image.Dither.NONE).save(path, optimize=True)


def _at(*points: tuple[float, float]) -> list[tuple[float, float]]:
    """Points of the unit square in pixels."""
    return [(x * _S, y * _S) for x, y in points]


def _disc(draw: Draw, x: float, y: float, radius: float, colour: str) -> None:
    draw.ellipse(_at((x - radius, y - radius), (x + radius, y + radius)), fill=colour)


def _box(draw: Draw, x0: float, y0: float, x1: float, y1: float, colour: str) -> None:
    draw.rectangle(_at((x0, y0), (x1, y1)), fill=colour)


def _line(draw: Draw, points: list[tuple[float, float]], width: float, colour: str) -> None:
    draw.line(_at(*points), fill=colour, width=round(width * _S), joint="curve")


def _wave(y: float, height: float, periods: float, phase: float) -> list[tuple[float, float]]:
    return [
        (i / 100, y + height * math.sin(2 * math.pi * (periods * i / 100 + phase)))
        for i in range(101)
    ]


def _rising_sun_rays(draw: Draw, colours: Colours) -> None:
    """Joy: rays from a rising disc."""
    for i in range(12):
        a, b = math.pi * (i - 0.25) / 12 * 1.04, math.pi * (i + 0.25) / 12 * 1.04
        far = 1.6
        draw.polygon(
            _at(
                (0.5, 0.8),
                (0.5 + far * math.cos(a), 0.8 - far * math.sin(a)),
                (0.5 + far * math.cos(b), 0.8 - far * math.sin(b)),
            ),
            fill=colours[1],
        )
    _disc(draw, 0.5, 0.8, 0.24, colours[2])
    _box(draw, 0, 0.8, 1, 1, colours[2])


def _letter(draw: Draw, colours: Colours) -> None:
    """An album leaf: a folded letter with a seal, at night."""
    _box(draw, 0.18, 0.3, 0.82, 0.74, colours[2])
    _line(draw, [(0.18, 0.3), (0.5, 0.55), (0.82, 0.3)], 0.012, colours[1])
    _line(draw, [(0.18, 0.74), (0.42, 0.49)], 0.008, colours[1])
    _line(draw, [(0.82, 0.74), (0.58, 0.49)], 0.008, colours[1])
    _disc(draw, 0.5, 0.56, 0.06, "#a63d40")
    _disc(draw, 0.8, 0.14, 0.05, colours[1])


def _tiles(draw: Draw, colours: Colours) -> None:
    """A ballroom floor with two dancers as circles."""
    for row in range(6):
        for column in range(6):
            if (row + column) % 2:
                x, y = column / 6, row / 6
                draw.polygon(
                    _at((x + 1 / 12, y), (x + 1 / 6, y + 1 / 12), (x + 1 / 12, y + 1 / 6))
                    + _at((x, y + 1 / 12)),
                    fill=colours[1],
                )
    _disc(draw, 0.4, 0.55, 0.16, colours[2])
    _disc(draw, 0.64, 0.42, 0.13, colours[1])
    _disc(draw, 0.64, 0.42, 0.06, colours[0])


def _organ(draw: Draw, colours: Colours) -> None:
    """Organ pipes under an arch."""
    for i in range(9):
        x = 0.1 + 0.09 * i
        top = 0.18 + 0.06 * abs(i - 4)
        _box(draw, x, top, x + 0.065, 0.8, colours[2])
        draw.polygon(
            _at((x, 0.8), (x + 0.065, 0.8), (x + 0.0325, 0.9)),
            fill=colours[2],
        )
        _box(draw, x + 0.012, 0.7, x + 0.053, 0.725, colours[0])
    draw.arc(_at((0.02, 0.05), (0.98, 1.1)), 180, 360, fill=colours[1], width=round(0.025 * _S))


def _three_bells(draw: Draw, colours: Colours) -> None:
    """Morning bells, one behind the other."""
    for x, y, size, colour in ((0.27, 0.22, 0.8, 1), (0.52, 0.36, 0.9, 2), (0.78, 0.5, 1.0, 1)):
        _disc(draw, x, y + 0.29 * size, 0.035 * size, "#264653")
        draw.pieslice(
            _at((x - 0.13 * size, y), (x + 0.13 * size, y + 0.26 * size)),
            180,
            360,
            fill=colours[colour],
        )
        draw.polygon(
            _at(
                (x - 0.13 * size, y + 0.13 * size),
                (x + 0.13 * size, y + 0.13 * size),
                (x + 0.18 * size, y + 0.28 * size),
                (x - 0.18 * size, y + 0.28 * size),
            ),
            fill=colours[colour],
        )


def _leaves(draw: Draw, colours: Colours) -> None:
    """Leaves along a stem."""
    _line(draw, [(0.5, 0.98), (0.47, 0.6), (0.5, 0.08)], 0.016, colours[2])
    for i in range(5):
        y, reach = 0.84 - 0.15 * i, 0.34 - 0.045 * i
        for side in (-1, 1):
            tip = (0.49 + side * reach, y - 0.2)
            middle = 0.49 + side * reach / 2
            draw.polygon(
                _at(
                    (0.49, y),
                    (middle + side * 0.06, y - 0.03),
                    tip,
                    (middle - side * 0.05, y - 0.17),
                ),
                fill=colours[1],
            )


def _moon(draw: Draw, colours: Colours) -> None:
    """A crescent moon over a cradle."""
    _disc(draw, 0.62, 0.32, 0.2, colours[1])
    _disc(draw, 0.7, 0.27, 0.18, colours[0])
    for x, y in ((0.16, 0.14), (0.3, 0.36), (0.2, 0.56), (0.86, 0.55), (0.42, 0.12)):
        _disc(draw, x, y, 0.012, colours[1])
    draw.pieslice(_at((0.22, 0.5), (0.78, 0.94)), 0, 180, fill=colours[2])
    draw.arc(_at((0.14, 0.55), (0.86, 0.98)), 30, 150, fill=colours[1], width=round(0.022 * _S))


def _river(draw: Draw, colours: Colours) -> None:
    """A river in wide waves."""
    _box(draw, 0, 0, 1, 0.35, colours[2])
    for i in range(6):
        band = [*_wave(0.3 + 0.13 * i, 0.035, 1.5, 0.21 * i), (1.0, 1.0), (0.0, 1.0)]
        draw.polygon(_at(*band), fill=colours[i % 2])


def _gate(draw: Draw, colours: Colours) -> None:
    """Dark columns and one red light."""
    _box(draw, 0, 0.82, 1, 1, colours[1])
    for i in range(5):
        x = 0.09 + 0.19 * i
        _box(draw, x, 0.2, x + 0.07, 0.82, colours[1])
    draw.polygon(_at((0.02, 0.2), (0.5, 0.04), (0.98, 0.2)), fill=colours[1])
    _disc(draw, 0.5, 0.6, 0.05, colours[2])


def _keys(draw: Draw, colours: Colours) -> None:
    """Piano keys that dance."""
    for i in range(9):
        x, lift = i / 9, 0.09 * math.sin(i * 1.9)
        _box(draw, x + 0.006, 0.34 + lift, x + 0.105, 0.95 + lift, "#fffaf0")
    for i in (0, 1, 3, 4, 5, 7):
        x, lift = (i + 0.7) / 9, 0.09 * math.sin((i + 0.5) * 1.9)
        _box(draw, x, 0.3 + lift, x + 0.065, 0.66 + lift, colours[2])
    for i in range(5):
        _disc(draw, 0.1 + 0.2 * i, 0.12 + 0.05 * (i % 2), 0.045, colours[1])


def _steps(draw: Draw, colours: Colours) -> None:
    """Broken chords: columns of dots that rise again and again."""
    for column in range(8):
        for i in range(5):
            x = 0.09 + 0.117 * column + 0.012 * i
            y = 0.78 - 0.13 * i - 0.03 * math.sin(column)
            _disc(draw, x, y, 0.034, colours[1 + (i < 2)])
    _line(draw, [(0.05, 0.9), (0.95, 0.9)], 0.012, colours[2])


def _fjord(draw: Draw, colours: Colours) -> None:
    """A sun between mountains, and its light on the water."""
    _disc(draw, 0.52, 0.5, 0.17, "#fff3b0")
    draw.polygon(_at((0, 0.66), (0.26, 0.2), (0.52, 0.66)), fill=colours[2])
    draw.polygon(_at((0.46, 0.66), (0.78, 0.3), (1.1, 0.66)), fill=colours[2])
    _box(draw, 0, 0.66, 1, 1, colours[1])
    for i in range(5):
        reach = 0.16 - 0.025 * i
        _line(
            draw,
            [(0.52 - reach, 0.71 + 0.06 * i), (0.52 + reach, 0.71 + 0.06 * i)],
            0.016,
            "#fff3b0",
        )


_DRAWINGS: dict[str, Callable[[Draw, Colours], None]] = {
    "ode-to-joy": _rising_sun_rays,
    "fur-elise": _letter,
    "minuet-in-g": _tiles,
    "little-fugue": _organ,
    "frere-jacques": _three_bells,
    "greensleeves": _leaves,
    "brahms-lullaby": _moon,
    "blue-danube": _river,
    "funeral-march": _gate,
    "entertainer": _keys,
    "prelude-in-c": _steps,
    "morning-mood": _fjord,
}
