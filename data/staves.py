"""The systems of a page of music, in reading order: scan, photograph or engraving.

Boxes are (x0, y0, x1, y1) in pixels of the given image, from the top line of the top staff to the
bottom line of the bottom staff and from the start to the end of the staff lines. A page without
staves has no systems.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from unisono.data.pages.deskew import Turn, staff_slope
from unisono.data.pages.ink import (
    Gray,
    darkness,
    ink,
    ink_threshold,
    resized,
    tall_solids,
    to_gray,
)
from unisono.data.pages.staff_lines import thin_lines, trace_staves
from unisono.data.pages.staff_space import staff_look
from unisono.data.pages.staff_traces import StaffTrace, begun
from unisono.data.pages.system_joints import joined

Box = tuple[float, float, float, float]
Point = tuple[float, float]

_WORKING_SPACE_PX = 9.0
_LINE_PART = 0.35  # of a staff line's contrast: what counts as line
_FEWEST_AT_KNOWN_SPACE = 3
_LOOK_PX = (1800, 3600)  # longest side at which staves are first looked for, then a closer look


@dataclass(frozen=True, slots=True)
class System:
    """Staves that are played together, in pixels of the page.

    ``staff_space`` is the distance between staff lines, ``skew`` the slope dy/dx of the lines
    (positive: they fall to the right), ``middle_lines`` for each staff points along its middle
    line from left to right, which follow bent paper.
    """

    box: Box
    staves: tuple[Box, ...]
    staff_space: float
    skew: float
    middle_lines: tuple[tuple[Point, ...], ...]


def find_systems(image: npt.NDArray[np.uint8]) -> list[Box]:
    """The boxes of the systems of a page, in reading order; [] for a page without music.

    ``image`` is (height, width) or (height, width, channels) uint8, dark ink on light paper,
    tilted by up to 6 degrees, staff lines at least 4.5 pixels apart.
    """
    return [system.box for system in find_page_systems(image)]


def find_page_systems(image: npt.NDArray[np.uint8]) -> list[System]:
    """As ``find_systems``, with staves, staff-line distance, skew and course of the lines."""
    import cv2

    gray = to_gray(image)
    if min(gray.shape) < 24:
        return []
    space = _page_staff_space(gray)
    if space is None:
        return []
    scale = _WORKING_SPACE_PX / space
    page = resized(gray, scale)
    dark = darkness(page, round(4 * _WORKING_SPACE_PX))
    look = staff_look(dark, _FEWEST_AT_KNOWN_SPACE)
    if look is None:
        return []
    line = _LINE_PART * look.contrast
    thin = thin_lines(dark, _WORKING_SPACE_PX, line)
    turn = Turn(staff_slope(thin, _WORKING_SPACE_PX), page.shape[1], page.shape[0])
    dark = turn.apply(dark)
    level = ink_threshold(dark)
    solid = tall_solids(
        ink(dark, level), round(1.3 * _WORKING_SPACE_PX), round(6 * _WORKING_SPACE_PX)
    )
    thin = thin_lines(dark, _WORKING_SPACE_PX, line)
    upright = thin_lines(np.ascontiguousarray(dark.T), _WORKING_SPACE_PX, 0.6 * line).T
    straight = np.asarray(cv2.max(ink(dark, level), thin), dtype=np.uint8)
    traces = trace_staves(straight, thin, _WORKING_SPACE_PX)
    joining = np.asarray(cv2.subtract(cv2.max(ink(dark, level), upright), solid), dtype=np.uint8)
    traces = [begun(trace, dark, look.contrast) for trace in traces]
    joins = partial(joined, dark=dark, ink=joining, contrast=look.contrast)
    groups = _in_reading_order(_systems(traces, joins))
    stretch = (gray.shape[1] / page.shape[1], gray.shape[0] / page.shape[0])
    return [_on_page(group, turn, stretch) for group in groups]


def _page_staff_space(gray: Gray) -> float | None:
    longest = max(gray.shape)
    for look in _LOOK_PX:
        scale = min(1.0, look / longest)
        small = resized(gray, scale)
        found = staff_look(darkness(small, max(31, max(small.shape) // 40)))
        if found is not None:
            return float(found.space * gray.shape[0] / small.shape[0])
        if scale == 1.0:
            break
    return None


def _systems(
    traces: list[StaffTrace], joins: Callable[[StaffTrace, StaffTrace], bool]
) -> list[list[StaffTrace]]:
    """Staves chained to the next one below them where something joins the two."""
    group = list(range(len(traces)))
    for i, upper in enumerate(traces):
        below = [j for j in range(i + 1, len(traces)) if _stacked(upper, traces[j])]
        if below and joins(upper, traces[below[0]]):
            old, new = group[below[0]], group[i]
            group = [new if g == old else g for g in group]
    return [
        [t for t, g in zip(traces, group, strict=True) if g == name]
        for name in dict.fromkeys(group)
    ]


def _stacked(upper: StaffTrace, lower: StaffTrace) -> bool:
    shared = min(upper.x1, lower.x1) - max(upper.x0, lower.x0)
    shorter = min(upper.x1 - upper.x0, lower.x1 - lower.x0)
    return shared > 0.5 * shorter and float(lower.ys.mean()) > float(upper.ys.mean())


def _in_reading_order(systems: list[list[StaffTrace]]) -> list[list[StaffTrace]]:
    """Left page before right page, rows from top to bottom, from left to right in a row."""
    cut = _gutter(systems)
    left = [s for s in systems if _extent(s)[1] <= cut]
    right = [s for s in systems if _extent(s)[1] > cut]
    return [*_rows_sorted(left), *_rows_sorted(right)]


def _extent(system: list[StaffTrace]) -> tuple[float, float]:
    return min(t.x0 for t in system), max(t.x1 for t in system)


def _height(system: list[StaffTrace]) -> tuple[float, float]:
    return float(system[0].top(system[0].x0)), float(system[-1].bottom(system[-1].x0))


def _gutter(systems: list[list[StaffTrace]]) -> float:
    """The x that parts a double page: several systems on each side, none across; or -1."""
    for cut in sorted({_extent(s)[1] for s in systems}):
        left = [s for s in systems if _extent(s)[1] <= cut]
        right = [s for s in systems if _extent(s)[0] >= cut]
        if len(left) + len(right) == len(systems) and min(len(left), len(right)) >= 2:
            return cut
    return -1.0


def _rows_sorted(systems: list[list[StaffTrace]]) -> list[list[StaffTrace]]:
    ordered = sorted(systems, key=lambda s: _height(s)[0])
    rows: list[list[list[StaffTrace]]] = []
    for system in ordered:
        top, bottom = _height(system)
        last = _height(rows[-1][0]) if rows else (0.0, -1.0)
        shared = min(bottom, last[1]) - max(top, last[0])
        if shared > 0.5 * min(bottom - top, last[1] - last[0]):
            rows[-1].append(system)
        else:
            rows.append([system])
    return [s for row in rows for s in sorted(row, key=lambda s: _extent(s)[0])]


def _on_page(system: list[StaffTrace], turn: Turn, stretch: tuple[float, float]) -> System:
    factors = np.array(stretch)
    boxes: list[Box] = []
    middles: list[tuple[Point, ...]] = []
    for trace in system:
        inner = trace.xs[(trace.xs > trace.x0) & (trace.xs < trace.x1)]
        xs = np.concatenate([[trace.x0], inner, [trace.x1]])
        middle, top, bottom = (
            turn.back(np.column_stack([xs, ys])) * factors
            for ys in (trace.middle(xs), trace.top(xs), trace.bottom(xs))
        )
        edges = np.concatenate([top, bottom])
        (x0, y0), (x1, y1) = edges.min(axis=0).tolist(), edges.max(axis=0).tolist()
        boxes.append((x0, y0, x1, y1))
        middles.append(tuple((float(x), float(y)) for x, y in middle))
    whole = np.array(boxes)
    box = (*whole[:, :2].min(axis=0).tolist(), *whole[:, 2:].max(axis=0).tolist())
    ends = np.array([[m[0], m[-1]] for m in middles])
    run = ends[:, 1] - ends[:, 0]
    return System(
        box=(box[0], box[1], box[2], box[3]),
        staves=tuple(boxes),
        staff_space=float(np.mean([t.space for t in system])) * float(np.mean(stretch)),
        skew=float(run[:, 1].sum() / run[:, 0].sum()),
        middle_lines=tuple(middles),
    )
