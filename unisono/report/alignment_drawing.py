"""An alignment as a drawing: score time over recording time, with the truth where it is known."""

from __future__ import annotations

import math

import numpy as np

from unisono.report.findings import Floats, LinedUp
from unisono.report.places import clock

WIDTH, HEIGHT = 640.0, 420.0
LEFT, RIGHT, TOP, BOTTOM = 58.0, 16.0, 14.0, 46.0
MOST_POINTS = 600


def draw_alignment(found: LinedUp) -> str:
    """Return an SVG whose dot ``.now`` a player can move."""
    end_x, end_y = ends_of(found)
    truth = ""
    if found.truth_recording_s is not None and found.truth_score_s is not None:
        line = path_of(found.truth_recording_s, found.truth_score_s, end_x, end_y)
        truth = f'<path class="truth" d="{line}"/>'
    line = path_of(found.recording_s, found.score_s, end_x, end_y)
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" role="img" '
        f'aria-label="Score time over recording time">{_axes(end_x, end_y)}{truth}'
        f'<path class="found" d="{line}"/><circle class="now" r="7" cx="-20" cy="-20"/></svg>'
    )


def ends_of(found: LinedUp) -> tuple[float, float]:
    """Return the seconds at the ends of both axes."""
    end_x, end_y = float(found.recording_s.max()), float(found.score_s.max())
    if found.truth_recording_s is not None and found.truth_score_s is not None:
        end_x = max(end_x, float(found.truth_recording_s.max()))
        end_y = max(end_y, float(found.truth_score_s.max()))
    return max(1.0, end_x), max(1.0, end_y)


def path_of(x_s: Floats, y_s: Floats, end_x: float, end_y: float) -> str:
    """Return an SVG path through (n,) points, thinned to MOST_POINTS."""
    keep = np.unique(np.linspace(0, len(x_s) - 1, min(len(x_s), MOST_POINTS)).round().astype(int))
    points = [f"{x_of(x_s[i], end_x):.1f} {y_of(y_s[i], end_y):.1f}" for i in keep]
    return "M" + "L".join(points)


def ticks(end: float, most: int = 8) -> list[float]:
    """Return round seconds from 0 to the end, at most ``most`` steps of them."""
    for step in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600):
        if end / step <= most:
            return [float(i * step) for i in range(math.floor(end / step) + 1)]
    return [0.0, end]


def x_of(seconds: float, end: float) -> float:
    """Return where a second of the recording lies on the drawing."""
    return LEFT + seconds / end * (WIDTH - LEFT - RIGHT)


def y_of(seconds: float, end: float) -> float:
    """Return where a second of the score lies on the drawing."""
    return HEIGHT - BOTTOM - seconds / end * (HEIGHT - TOP - BOTTOM)


def _axes(end_x: float, end_y: float) -> str:
    parts = []
    floor = HEIGHT - BOTTOM
    for at in ticks(end_x):
        x = x_of(at, end_x)
        parts.append(f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{floor}"/>')
        parts.append(f'<text x="{x:.1f}" y="{floor + 18}" text-anchor="middle">{clock(at)}</text>')
    for at in ticks(end_y):
        y = y_of(at, end_y)
        parts.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{clock(at)}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(
        f'<text class="axis" x="{middle}" y="{HEIGHT - 6}" text-anchor="middle">recording</text>'
        f'<text class="axis" x="14" y="{(TOP + floor) / 2}" text-anchor="middle" '
        f'transform="rotate(-90 14 {(TOP + floor) / 2})">score</text>'
    )
    return f'<g class="grid">{"".join(parts)}</g>'
