"""The map of the space as a drawing: items as marks, lines between the files of one work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from unisono.data.modality import Modality
from unisono.report.findings import MapPoint
from unisono.report.marks import legend, mark

WIDTH, HEIGHT, MARGIN = 1000.0, 620.0, 48.0
MOST_LABELS = 30
"""Above this many works names would cover the marks; they are still told to the pointer."""
_LABEL_HEIGHT = 20.0


@dataclass(frozen=True)
class _Label:
    work: str
    text: str
    x: float
    y: float


def draw_map(points: Sequence[MapPoint], titles: dict[str, str], explained: float) -> str:
    """Return a figure of all points; titles are those of the works, by name."""
    kinds = [modality for modality in Modality if any(p.modality is modality for p in points)]
    works = {point.work for point in points if point.work}
    labels = _labels(points, titles) if len(works) <= MOST_LABELS else []
    centres = {work: _centre(points, work) for work in works}
    lines = "".join(_line(point, *centres[point.work]) for point in points if point.work)
    marks = "".join(
        f'<g data-work="{escape(point.work)}">'
        f"{mark(point.modality, *_at(point), 8, point.title)}</g>"
        for point in points
    )
    names = "".join(
        f'<text data-work="{escape(label.work)}" x="{label.x:.1f}" y="{label.y:.1f}">'
        f"{escape(label.text)}</text>"
        for label in labels
    )
    about = (
        f"{len(points)} items of the collection in the plane of their two strongest differences, "
        f"which hold {explained:.0%} of all difference. The mean of each kind is taken off first. "
    )
    joined = "Lines join the files of one work." if works else ""
    return (
        f'<figure class="map"><div class="scroll"><svg viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" '
        f'role="img" aria-label="Map of the space">{lines}{marks}{names}</svg></div>'
        f"{legend(kinds)}<figcaption>{about}{joined}</figcaption></figure>"
    )


def _at(point: MapPoint) -> tuple[float, float]:
    return (
        MARGIN + point.x * (WIDTH - 2 * MARGIN),
        HEIGHT - MARGIN - point.y * (HEIGHT - 2 * MARGIN),
    )


def _centre(points: Sequence[MapPoint], work: str) -> tuple[float, float]:
    own = [_at(point) for point in points if point.work == work]
    return sum(x for x, _ in own) / len(own), sum(y for _, y in own) / len(own)


def _above(points: Sequence[MapPoint], work: str) -> tuple[float, float]:
    x, _ = _centre(points, work)
    top = min(_at(point)[1] for point in points if point.work == work)
    return x, max(20.0, top - 16)


def _line(point: MapPoint, x: float, y: float) -> str:
    own_x, own_y = _at(point)
    return (
        f'<line data-work="{escape(point.work)}" x1="{own_x:.1f}" y1="{own_y:.1f}" '
        f'x2="{x:.1f}" y2="{y:.1f}"/>'
    )


def _labels(points: Sequence[MapPoint], titles: dict[str, str]) -> list[_Label]:
    """Names of works above their marks, moved down where they would cover another."""
    placed: list[_Label] = []
    centres = sorted(
        ((work, *_above(points, work)) for work in titles if any(p.work == work for p in points)),
        key=lambda entry: entry[2],
    )
    for work, x, y in centres:
        half = 4.6 * len(titles[work])
        x = min(max(x, half + 4), WIDTH - half - 4)
        while any(_covers(x, y, half, other) for other in placed):
            y += 4
        placed.append(_Label(work, titles[work], x, y))
    return placed


def _covers(x: float, y: float, half: float, other: _Label) -> bool:
    near_in_x = abs(x - other.x) < half + 4.6 * len(other.text) + 6
    return near_in_x and abs(y - other.y) < _LABEL_HEIGHT
