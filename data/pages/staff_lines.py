"""Five-line staves on a straightened page, followed strip by strip from left to right.

A comb with five teeth is laid on the rows of narrow vertical strips; where its teeth meet thin
horizontal ink and its gaps meet paper, a piece of a staff is found. Pieces are linked from strip
to strip, so that staves may bend, as on curled or photographed paper.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from unisono.data.pages.ink import Gray
from unisono.data.pages.staff_traces import (
    StaffTrace,
    band_has_ink,
    closed,
    crossed,
    crowded,
    joined_up,
    lines_met,
)

Floats = npt.NDArray[np.float64]

_STRIP, _HOP = 4.0, 2.0  # in staff-line distances
_MIN_PIECES = 4
_MIN_LENGTH = 12.0  # in staff-line distances
_MIN_FRAGMENT = 6.0
# Of the length of the five lines, under true staves of 60 pages at least 0.75 and 0.63;
# under lines of text at most 0.65 and 0.55.
_LEAST_DARK, _LEAST_LINE = 0.68, 0.5


@dataclass(frozen=True, slots=True)
class _Piece:
    strip: int
    y: float
    space: float
    score: float
    above: float
    below: float


def thin_lines(dark: Gray, space: float, threshold: float) -> Gray:
    """1 on what is darker by ``threshold`` than the rows around it, within a staff space.

    ``dark`` is (height, width), 0 for paper: stems, heads, beams and letters lose their bodies,
    and so does the gray that lies between lines out of focus.
    """
    import cv2

    smooth = cv2.blur(dark, (max(1, round(0.7 * space)), 1))
    tall = max(3, round(0.8 * space))
    bodies = cv2.morphologyEx(smooth, cv2.MORPH_OPEN, np.ones((tall, 1), np.uint8))
    return (cv2.subtract(smooth, bodies) > threshold).astype(np.uint8)


def horizontal_lines(thin: Gray, space: float) -> Gray:
    """Thin ink that runs on for about one and a half staff-line distances, nearly horizontally."""
    import cv2

    bridge = np.ones((1, max(3, round(0.6 * space))), np.uint8)
    half = max(3, round(0.8 * space))
    closed = np.asarray(cv2.morphologyEx(thin, cv2.MORPH_CLOSE, bridge), dtype=np.uint8)
    level, falling = np.zeros((2, 3, 2 * half + 1), np.uint8)
    level[1] = 1
    falling[1, : half + 1], falling[2, half + 1 :] = 1, 1
    rising = np.ascontiguousarray(falling[:, ::-1])
    found = [_opened(closed, kernel) for kernel in (level, falling, rising)]
    return np.asarray(np.maximum.reduce(found), dtype=np.uint8)


def _opened(mask: Gray, kernel: Gray) -> Gray:
    """What the kernel covers where it fits into the mask."""
    import cv2

    # OpenCV's own opening takes kernels for symmetric and shifts what others find.
    fits = cv2.erode(mask, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return np.asarray(cv2.dilate(fits, np.ascontiguousarray(kernel[::-1, ::-1])), dtype=np.uint8)


def trace_staves(ink: Gray, thin: Gray, space: float) -> list[StaffTrace]:
    """Every staff of a straightened page, from top to bottom.

    ``ink`` and ``thin`` are (height, width), 1 where dark and on thin lines; ``space`` is the
    staff-line distance in pixels (best about 9). Staves of 0.7 to 1.3 times that are found.
    """
    lines = horizontal_lines(thin, space)
    tracks = _linked(_pieces(lines, space))
    traces = [trace for track in tracks for trace in _traces(track, ink, lines, space)]
    evidence = [_evidence(t, ink, lines) for t in traces]
    order = np.argsort([-e for e in evidence], kind="stable")
    sure = [traces[k] for k in order if evidence[k] > 0.0]
    whole = [t for t in joined_up(sure, ink) if t.x1 - t.x0 >= _MIN_LENGTH * t.space]
    clear = [t for t in whole if not any(crowded(t, other) for other in whole)]
    return sorted(clear, key=lambda t: float(t.ys.mean()))


def _evidence(trace: StaffTrace, ink: Gray, lines: Gray) -> float:
    """The pixels of line under a trace; 0 where too much of it has no line, as over text, or
    where nothing crosses it."""
    x = np.arange(int(trace.x0), min(ink.shape[1], int(trace.x1)))
    dark = float(lines_met(ink, trace, x).mean()) / 5.0
    line = float(lines_met(lines, trace, x).mean()) / 5.0
    is_staff = dark >= _LEAST_DARK and line >= _LEAST_LINE and crossed(ink, trace, x)
    return line * len(x) if is_staff else 0.0


def _pieces(lines: Gray, space: float) -> list[list[_Piece]]:
    import cv2

    hop = max(2, round(_HOP * space))
    wide = round(_STRIP / _HOP)
    height, width = lines.shape
    count = max(1, -(-width // hop))
    padded = np.zeros((height, count * hop), np.float32)
    size = (count, height)

    def strips(mask: Gray) -> npt.NDArray[np.float32]:
        padded[:, :width] = mask
        hops = cv2.resize(padded, size, interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.blur(hops, (wide, 1), anchor=(0, 0)), dtype=np.float32)

    gaps = strips(lines)
    # A line a pixel off still counts, but less, so that the comb settles on the true distance.
    teeth = (
        0.6 * strips(np.asarray(cv2.dilate(lines, np.ones((3, 1), np.uint8)), dtype=np.uint8))
        + 0.4 * gaps
    )
    margin = int(np.ceil(4.2 * space))
    teeth, gaps = (np.pad(a, ((margin, margin), (0, 0))) for a in (teeth, gaps))

    def at(rows: npt.NDArray[np.float32], offset: float) -> npt.NDArray[np.float32]:
        start = margin + round(offset)
        return rows[start : start + height]

    best = np.full((height, count), -1.0, np.float32)
    scale = np.zeros_like(best)
    above, below = np.zeros_like(best), np.zeros_like(best)
    for s in np.arange(0.72 * space, 1.28 * space, 0.25):
        five = [at(teeth, k * s) for k in (-2, -1, 0, 1, 2)]
        paper = np.mean([at(gaps, k * s) for k in (-1.5, -0.5, 0.5, 1.5)], axis=0)
        score = np.mean(five, axis=0) - 1.5 * paper
        score[_second_lowest(five) < 0.3] = -1.0
        better = score > best
        best[better] = score[better]
        scale[better] = s
        above[better] = at(teeth, -3 * s)[better]
        below[better] = at(teeth, 3 * s)[better]
    around = cv2.dilate(best, np.ones((2 * round(1.6 * space) + 1, 1), np.uint8))
    found: list[list[_Piece]] = [[] for _ in range(count)]
    plateau: dict[int, list[int]] = {}
    for y, j in zip(*np.nonzero((best == around) & (best > 0.35)), strict=True):
        plateau.setdefault(int(j), []).append(int(y))
    for j, ys in plateau.items():
        rows = np.array(ys)
        for group in np.split(rows, np.flatnonzero(np.diff(rows) > 2) + 1):
            y = int(group[len(group) // 2])
            found[j].append(
                _Piece(
                    j,
                    float(group.mean()),
                    float(scale[y, j]),
                    float(best[y, j]),
                    float(above[y, j]),
                    float(below[y, j]),
                )
            )
    return found


def _second_lowest(rows: list[npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
    """Of two arrays or more of one shape, entry by entry; a partition takes five times as long."""
    lowest, second = np.minimum(rows[0], rows[1]), np.maximum(rows[0], rows[1])
    for row in rows[2:]:
        second = np.minimum(second, np.maximum(lowest, row))
        lowest = np.minimum(lowest, row)
    return second


def _linked(pieces: list[list[_Piece]], reach: int = 8) -> list[list[_Piece]]:
    tracks: list[list[_Piece]] = []
    for j, column in enumerate(pieces):
        live = [t for t in tracks if j - t[-1].strip <= reach]
        pairs = sorted(
            (abs(p.y - y), a, b)
            for a, (t, y) in enumerate((t, _expected(t, j)) for t in live)
            for b, p in enumerate(column)
            if abs(p.y - y) <= p.space * (0.4 + 0.03 * (j - t[-1].strip))
            and abs(p.space - t[-1].space) <= 0.2 * p.space
        )
        used_tracks: set[int] = set()
        used: set[int] = set()
        for _, a, b in pairs:
            if a not in used_tracks and b not in used:
                live[a].append(column[b])
                used_tracks.add(a)
                used.add(b)
        tracks.extend([p] for b, p in enumerate(column) if b not in used)
    return tracks


def _expected(track: list[_Piece], strip: int) -> float:
    last, before = track[-1], track[max(0, len(track) - 8)]
    if last.strip - before.strip < 4:
        return last.y
    slope = (last.y - before.y) / (last.strip - before.strip)
    return last.y + slope * min(strip - last.strip, 3)


def _traces(track: list[_Piece], ink: Gray, lines: Gray, space: float) -> list[StaffTrace]:
    if len(track) < _MIN_PIECES:
        return []
    span = track[-1].strip - track[0].strip + 1
    above, below = (
        float(np.mean(side)) for side in zip(*((p.above, p.below) for p in track), strict=True)
    )
    # A sixth line all along: stripes, a table or lines of text, not a staff with ledger lines.
    if len(track) < 0.35 * span or min(above, below) > 0.3 or max(above, below) > 0.45:
        return []
    hop = max(2, round(_HOP * space))
    xs = np.array([(p.strip + _STRIP / _HOP / 2.0) * hop for p in track])
    ys = _smooth(np.array([p.y for p in track]))
    pitch = float(np.median([p.space for p in track]))
    whole = _refined(StaffTrace(float(xs[0]), float(xs[-1]), xs, ys, pitch), lines)
    return _cut_where_blank(whole, ink, lines)


def _refined(trace: StaffTrace, lines: Gray) -> StaffTrace:
    """The same course with the line distance and height on which most line pixels lie."""
    x = np.arange(int(trace.x0), min(lines.shape[1], int(trace.x1)))
    tries = [
        replace(trace, ys=trace.ys + dy, space=trace.space + ds)
        for ds in np.arange(-0.06, 0.061, 0.02) * trace.space
        for dy in (-0.5, 0.0, 0.5)
    ]
    return max(tries, key=lambda t: float(lines_met(lines, t, x, reach=0).sum()))


def _smooth(ys: Floats) -> Floats:
    padded = np.pad(ys, 2, mode="edge")
    return np.median(np.stack([padded[k : k + len(ys)] for k in range(5)]), axis=0)


def _cut_where_blank(trace: StaffTrace, ink: Gray, lines: Gray) -> list[StaffTrace]:
    """Ends moved to where the lines end, and cut where neither lines nor other ink go on."""
    s = trace.space
    first = max(0, int(trace.xs[0] - 14 * s))
    last = min(ink.shape[1], int(trace.xs[-1] + 14 * s))
    x = np.arange(first, last)
    solid = lines_met(lines, trace, x) >= 3
    # Lines may be covered or faint for a while; only white paper parts two staves.
    inked = closed(band_has_ink(ink, trace, x), round(1.5 * s))
    bridged = closed(
        closed(solid, round(3.0 * s)) | (closed(solid, ink.shape[1]) & inked), round(s)
    )
    edges = np.flatnonzero(np.diff(np.concatenate([[0], bridged.astype(np.int8), [0]])))
    out = []
    for begin, end in zip(edges[0::2], edges[1::2], strict=True):
        if end - begin < _MIN_FRAGMENT * s or solid[begin:end].mean() < 0.3:
            continue
        x0, x1 = float(first + begin), float(first + end)
        inside = (trace.xs > x0 - 2 * s) & (trace.xs < x1 + 2 * s)
        if inside.sum() >= 2:
            out.append(replace(trace, x0=x0, x1=x1, xs=trace.xs[inside], ys=trace.ys[inside]))
    return out
