"""Whether two staves, one above the other, belong to one system: by what joins them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from unisono.data.pages.ink import Gray
from unisono.data.pages.staff_traces import StaffTrace

_LEANS = (-0.06, -0.04, -0.02, 0.0, 0.02, 0.04, 0.06)


def joined(upper: StaffTrace, lower: StaffTrace, ink: Gray) -> bool:
    """True where a system line, bar lines or a brace run from one staff to the other.

    ``ink`` is the straightened page, (height, width), 1 where dark. A line at the left edge
    is enough; within the staves two are asked for, since a crease or a scanner's streak is one.
    """
    return bool(_line_at_left(upper, lower, ink) or _brace(upper, lower, ink))


def _line_at_left(upper: StaffTrace, lower: StaffTrace, ink: Gray) -> bool:
    s = upper.space
    x0, x1 = min(upper.x0, lower.x0), min(upper.x1, lower.x1)
    first = max(0, int(x0 - 4.0 * s))
    x = np.arange(first, min(ink.shape[1], int(x1 + 1.5 * s)))
    full = _full_columns(upper, lower, ink, x)
    columns = x[full]
    if len(columns) == 0:
        return False
    groups = np.split(columns, np.flatnonzero(np.diff(columns) > 1.5 * s) + 1)
    start = max(upper.x0, lower.x0)
    return len(groups) >= 2 or bool(groups[0][0] <= start + 1.5 * s)


def _full_columns(
    upper: StaffTrace, lower: StaffTrace, ink: Gray, x: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Columns dark from the top line of the upper staff to the bottom line of the lower one."""
    import cv2

    wide = cv2.dilate(ink, np.ones((1, 3), np.uint8))
    top, bottom = upper.top(x.astype(float)), lower.bottom(x.astype(float))
    gap_top, gap_bottom = upper.bottom(x.astype(float)), lower.top(x.astype(float))
    rows = max(8, int(np.median(bottom - top)))
    t = (np.arange(rows) + 0.5)[:, None] / rows
    y = top + t * (bottom - top)
    between = (y > gap_top) & (y < gap_bottom)
    found = np.zeros(len(x), dtype=bool)
    for lean in _LEANS:
        shifted = np.rint(x + lean * (y - (top + bottom) / 2.0)).astype(int)
        dark = wide[
            np.clip(np.rint(y).astype(int), 0, ink.shape[0] - 1),
            np.clip(shifted, 0, ink.shape[1] - 1),
        ]
        whole = dark.mean(axis=0)
        gap = (dark * between).sum(axis=0) / np.maximum(between.sum(axis=0), 1)
        found |= (whole >= 0.88) & (gap >= 0.88)
    return found


def _brace(upper: StaffTrace, lower: StaffTrace, ink: Gray) -> bool:
    """Ink in most rows just left of the staves, from the top of the upper to the foot of the
    lower one: a brace, even one printed faintly at its middle."""
    s = upper.space
    start = min(upper.x0, lower.x0)
    x0, x1 = max(0, int(start - 3.5 * s)), int(start - 0.2 * s)
    rows = np.arange(int(upper.top(start)), int(lower.bottom(start)))
    between = np.asarray((rows > upper.bottom(start)) & (rows < lower.top(start)))
    if x1 - x0 < 2 or rows[0] < 0 or rows[-1] >= ink.shape[0] or between.sum() < s:
        return False
    dark: npt.NDArray[np.bool_] = ink[rows[0] : rows[-1] + 1, x0:x1].max(axis=1) > 0
    return bool(dark.mean() >= 0.8 and dark[between].mean() >= 0.6)
