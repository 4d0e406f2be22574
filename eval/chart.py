"""Charts of lines over steps, as small multiples that share their x axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from unisono.eval.drawing import Dot, Drawing, Polyline, Shape, Words, width_of

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#444444")
"""Okabe and Ito's, which people who see few colours tell apart; their yellow is too pale here."""

_INK, _PALE_INK, _GRID = "#222222", "#5F6368", "#E3E5E8"
_PANEL_WIDTH, _PANEL_HEIGHT = 480.0, 300.0
_LEFT, _RIGHT, _BOTTOM = 58.0, 18.0, 34.0
_TITLE, _LEGEND_ROW = 30.0, 18.0
_HEAD = 62.0
_MARGIN = 16.0
_NAME_SIZE = 10
_FEW_POINTS = 40
_LONGEST_LABEL = 48


@dataclass(frozen=True)
class Line:
    """Points of one thing, by x; a point that is not finite leaves a gap.

    group: things of the same name have the same colour in all panels; "" for what the panel's
        title names already.
    reference: a level to compare with, dashed and not in the legend.
    smooth: draw the running mean, and the points themselves faintly behind it.
    """

    group: str
    points: tuple[tuple[float, float], ...]
    reference: bool = False
    smooth: bool = False


@dataclass(frozen=True)
class Panel:
    """One chart. note: at its top right. low, high: what the y axis must show."""

    title: str
    lines: tuple[Line, ...]
    note: str = ""
    low: float | None = None
    high: float | None = None
    logarithmic: bool = False
    percent: bool = False


@dataclass(frozen=True)
class Sheet:
    """Panels under a heading. divisions: x and name of what begins there."""

    heading: str
    subheading: str
    panels: tuple[Panel, ...]
    x_label: str
    divisions: tuple[tuple[float, str], ...] = ()
    columns: int = 2


@dataclass(frozen=True)
class _Axis:
    low: float
    high: float
    logarithmic: bool = False
    ticks: tuple[float, ...] = field(default=())

    def share(self, value: float) -> float:
        """Where a value lies, 0 at the low end and 1 at the high; what lies beyond is there."""
        low, high = self.low, self.high
        if self.logarithmic:
            value = math.log10(max(value, low))
            low, high = math.log10(low), math.log10(high)
        return min(max((value - low) / (high - low), 0.0), 1.0)


def draw(sheet: Sheet) -> Drawing:
    """Lay the panels out, row by row."""
    columns = max(1, min(sheet.columns, len(sheet.panels)))
    rows = math.ceil(len(sheet.panels) / columns)
    groups = dict.fromkeys(
        line.group
        for panel in sheet.panels
        for line in panel.lines
        if line.group and not line.reference
    )
    colours = {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(groups)}
    spread = [x for panel in sheet.panels for line in panel.lines for x, _ in line.points]
    x_axis = linear_axis(min([0.0, *spread]), max(spread, default=1.0), tight=True)
    shapes: list[Shape] = [
        Words(_MARGIN, 30, sheet.heading, _INK, 18, bold=True),
        Words(_MARGIN, 50, sheet.subheading, _PALE_INK, 13),
    ]
    for i, panel in enumerate(sheet.panels):
        left = _MARGIN + (i % columns) * _PANEL_WIDTH
        top = _HEAD + (i // columns) * _PANEL_HEIGHT
        shapes += _panel(panel, sheet, colours, x_axis, left, top)
    width = 2 * _MARGIN + columns * _PANEL_WIDTH
    height = _HEAD + rows * _PANEL_HEIGHT + _MARGIN
    return Drawing(width, height, tuple(shapes), f"{sheet.heading}: {sheet.subheading}")


def linear_axis(low: float, high: float, *, tight: bool = False) -> _Axis:
    """An axis with about five ticks at round numbers; its ends are ticks unless ``tight``."""
    if not high > low:
        high = low + (abs(low) or 1.0)
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= 0.999 * rough)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    if not tight:
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        low, high = first * step, last * step
    return _Axis(low, high, ticks=tuple(float(f"{i * step:.15g}") for i in range(first, last + 1)))


def logarithmic_axis(low: float, high: float) -> _Axis:
    """An axis from a power of ten to another; both numbers must be positive."""
    first = math.floor(math.log10(low) + 1e-9)
    last = max(math.ceil(math.log10(high) - 1e-9), first + 1)
    every = math.ceil((last - first) / 6)
    ticks = tuple(10.0**power for power in range(first, last + 1, every))
    return _Axis(10.0**first, 10.0**last, True, ticks)


def tick_label(value: float, *, percent: bool = False) -> str:
    """A short number: ``12k``, ``0.25``, ``40 %``, ``1e-5``."""
    if percent:
        return f"{100 * value:g} %"
    if abs(value) >= 1000 and value % 100 == 0:
        return f"{value / 1000:g}k"
    return f"{value:.0e}".replace("e-0", "e-") if 0 < abs(value) < 1e-3 else f"{value:g}"


def running_mean(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Means of the y of neighbouring points, over about a twentieth of them."""
    half = len(points) // 40
    means = []
    for i, (x, _) in enumerate(points):
        # As many on either side, so that the ends are not pulled to one.
        reach = min(half, i, len(points) - 1 - i)
        near = [y for _, y in points[i - reach : i + reach + 1]]
        means.append((x, sum(near) / len(near)))
    return means


def _panel(
    panel: Panel,
    sheet: Sheet,
    colours: dict[str, str],
    x_axis: _Axis,
    left: float,
    top: float,
) -> list[Shape]:
    shapes: list[Shape] = [Words(left + _LEFT, top + 22, panel.title, _INK, 14, bold=True)]
    if panel.note:
        right = left + _PANEL_WIDTH - _RIGHT
        shapes.append(Words(right, top + 22, panel.note, _PALE_INK, 11, "end"))
    legend, rows = _legend(panel, colours, left + _LEFT, top + _TITLE + 10)
    x0, x1 = left + _LEFT, left + _PANEL_WIDTH - _RIGHT
    y0, y1 = top + _PANEL_HEIGHT - _BOTTOM, top + _TITLE + rows * _LEGEND_ROW + 8
    y_axis = _y_axis(panel)
    for tick in y_axis.ticks:
        y = y0 + (y1 - y0) * y_axis.share(tick)
        shapes.append(Polyline(((x0, y), (x1, y)), _GRID))
        label = tick_label(tick, percent=panel.percent)
        shapes.append(Words(x0 - 7, y + 4, label, _PALE_INK, 11, "end"))
    for tick in x_axis.ticks:
        x = x0 + (x1 - x0) * x_axis.share(tick)
        shapes.append(Polyline(((x, y0), (x, y0 + 4)), _PALE_INK))
        shapes.append(Words(x, y0 + 17, tick_label(tick), _PALE_INK, 11, "middle"))
    shapes.append(Polyline(((x0, y0), (x1, y0)), _PALE_INK))
    shapes.append(Words(x1, y0 + 30, sheet.x_label, _PALE_INK, 11, "end"))
    free = [x0, x0]  # where the two rows of names have room again
    for start, name in sheet.divisions:
        x = x0 + (x1 - x0) * x_axis.share(start)
        row = 0 if x >= free[0] else 1
        free[row] = x + width_of(name, _NAME_SIZE) + 8
        shapes.append(Polyline(((x, y0), (x, y1)), "#9AA0A6", 1, (2, 3)))
        shapes.append(Words(x + 4, y1 + 10 + 11 * row, name, _PALE_INK, _NAME_SIZE))
    for line in sorted(panel.lines, key=lambda one: not one.reference):
        colour = colours.get(line.group, _PALE_INK)

        def at(point: tuple[float, float]) -> tuple[float, float]:
            x, y = point
            return x0 + (x1 - x0) * x_axis.share(x), y0 + (y1 - y0) * y_axis.share(y)

        for part in _parts(line.points):
            shapes += _strokes(
                [at(p) for p in part], [at(p) for p in running_mean(part)], line, colour
            )
    if not any(_parts(line.points) for line in panel.lines):
        shapes.append(Words((x0 + x1) / 2, (y0 + y1) / 2, "nothing noted", _PALE_INK, 12, "middle"))
    return shapes + legend


def _strokes(
    points: list[tuple[float, float]],
    means: list[tuple[float, float]],
    line: Line,
    colour: str,
) -> list[Shape]:
    if line.reference:
        return [Polyline(tuple(points), colour, 1.3, (6, 4), 0.9)]
    if line.smooth and len(points) > _FEW_POINTS:
        return [Polyline(tuple(points), colour, 0.8, (), 0.3), Polyline(tuple(means), colour, 2)]
    shapes: list[Shape] = [Polyline(tuple(points), colour, 1.8)] if len(points) > 1 else []
    if len(points) <= _FEW_POINTS:
        shapes += [Dot(x, y, 2.4, colour) for x, y in points]
    return shapes


def _legend(
    panel: Panel, colours: dict[str, str], left: float, y: float
) -> tuple[list[Shape], int]:
    """Names of the lines beside their colours, and how many rows they take."""
    names = dict.fromkeys(line.group for line in panel.lines if line.group in colours)
    shapes: list[Shape] = []
    x, row = left, 0
    for name in names:
        label = name if len(name) <= _LONGEST_LABEL else name[: _LONGEST_LABEL - 1] + "…"
        width = 26 + width_of(label, 11) + 16
        if x > left and x + width > left + _PANEL_WIDTH - _LEFT - _RIGHT:
            x, row = left, row + 1
        middle = y + row * _LEGEND_ROW
        shapes.append(Polyline(((x, middle), (x + 20, middle)), colours[name], 2.4))
        shapes.append(Words(x + 26, middle + 4, label, _INK, 11))
        x += width
    return shapes, row + 1 if names else 0


def _y_axis(panel: Panel) -> _Axis:
    values = []
    for line in panel.lines:
        for part in _parts(line.points):
            # Single points far out would press all others flat.
            shown = running_mean(part) if line.smooth and len(part) > _FEW_POINTS else part
            values += [y for _, y in shown]
    values += [end for end in (panel.low, panel.high) if end is not None]
    if panel.logarithmic:
        positive = [value for value in values if value > 0]
        return logarithmic_axis(min(positive, default=0.1), max(positive, default=1.0))
    low = panel.low if panel.low is not None else min(values, default=0.0)
    return linear_axis(low, max(values, default=1.0))


def _parts(points: Sequence[tuple[float, float]]) -> list[list[tuple[float, float]]]:
    """Runs of points between those that are not finite."""
    parts: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if math.isfinite(point[1]):
            parts[-1].append(point)
        elif parts[-1]:
            parts.append([])
    return [part for part in parts if part]
