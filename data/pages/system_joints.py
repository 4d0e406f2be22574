"""Whether two staves, one above the other, belong to one system: by what joins them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from unisono.data.pages.ink import Gray
from unisono.data.pages.staff_traces import StaffTrace

Floats = npt.NDArray[np.float32]

_LEANS = tuple(k / 50.0 for k in range(-5, 6))
_LEFT_SPACES = (-1.2, 1.2)  # around where the staves begin: where a system line stands
_BESIDE_SPACES = 0.9  # how far left and right of a line there is paper
_CHUNK_SPACES = 0.8
_PALEST_PART = 15.0  # percent of a line's length that may be paler than asked for
_LEAST_CONTRAST = 0.15  # of the staff lines' contrast
_ENDS_SPACES = 1.5  # a brace is no longer than its staves by more than this


def joined(upper: StaffTrace, lower: StaffTrace, dark: Gray, ink: Gray, contrast: float) -> bool:
    """True where a system line, bar lines or a brace run from one staff to the other.

    dark: (height, width) the straightened page, 0 for paper. ink: the same, 1 where dark.
    contrast: how much darker staff lines are than what lies between them. A line at the left
    edge is enough; within the staves two are asked for, since a crease or a scanner's streak is
    one.
    """
    return bool(
        system_line(upper, lower, dark) > _LEAST_CONTRAST * contrast
        or _lines(upper, lower, ink)
        or _brace(upper, lower, ink)
    )


def system_line(upper: StaffTrace, lower: StaffTrace, dark: Gray) -> float:
    """How much darker a straight line is than what is left and right of it, all the way from
    one staff to the next; of all such lines where the staves begin the darkest."""
    s = upper.space
    first = min(upper.x0, lower.x0) + _LEFT_SPACES[0] * s
    last = max(upper.x0, lower.x0) + _LEFT_SPACES[1] * s
    beside = max(2, round(_BESIDE_SPACES * s))
    x = np.arange(round(first) - beside, round(last) + beside + 1)
    top, bottom = float(upper.bottom(upper.x0)), float(lower.top(lower.x0))
    y = np.arange(round(top + 0.3 * s), round(bottom - 0.3 * s) + 1)
    if len(y) < 3:
        return 0.0
    chunks = np.array_split(np.arange(len(y)), max(1, len(y) // max(1, round(_CHUNK_SPACES * s))))
    rows = np.clip(y, 0, dark.shape[0] - 1)[:, None]
    best = 0.0
    for lean in _LEANS:
        columns = np.rint(x + lean * (y - (top + bottom) / 2.0)[:, None]).astype(int)
        along = dark[rows, np.clip(columns, 0, dark.shape[1] - 1)].astype(np.float32)
        means: Floats = np.array([along[chunk].mean(axis=0) for chunk in chunks])
        sides = np.maximum(means[:, : -2 * beside], means[:, 2 * beside :])
        ridge = np.percentile(means[:, beside:-beside] - sides, _PALEST_PART, axis=0)
        best = max(best, float(ridge.max()))
    return best


def _lines(upper: StaffTrace, lower: StaffTrace, ink: Gray) -> bool:
    s = upper.space
    start, end = max(upper.x0, lower.x0), min(upper.x1, lower.x1)
    first = max(0, int(min(upper.x0, lower.x0) + _LEFT_SPACES[0] * s))
    x = np.arange(first, min(ink.shape[1], int(end + 0.8 * s)))
    columns = x[_full_columns(upper, lower, ink, x)]
    if len(columns) == 0:
        return False
    groups = np.split(columns, np.flatnonzero(np.diff(columns) > 1.5 * s) + 1)
    return len(groups) >= 2 or bool(groups[0][0] <= start + _LEFT_SPACES[1] * s)


def _full_columns(
    upper: StaffTrace, lower: StaffTrace, ink: Gray, x: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Columns dark from the top line of the upper staff to the bottom line of the lower one."""
    import cv2

    top, bottom = upper.top(x.astype(float)), lower.bottom(x.astype(float))
    gap_top, gap_bottom = upper.bottom(x.astype(float)), lower.top(x.astype(float))
    rows = max(8, int(np.median(bottom - top)))
    t = (np.arange(rows) + 0.5)[:, None] / rows
    y = top + t * (bottom - top)
    between = (y > gap_top) & (y < gap_bottom)
    row = np.clip(np.rint(y).astype(int), 0, ink.shape[0] - 1)
    first = int(row.min())
    wide = cv2.dilate(ink[first : int(row.max()) + 1], np.ones((1, 3), np.uint8))
    row -= first
    aside = y - (top + bottom) / 2.0
    gap_rows = np.maximum(between.sum(axis=0), 1)
    found = np.zeros(len(x), dtype=bool)
    for lean in _LEANS:
        shifted = np.rint(x + lean * aside).astype(int)
        dark = wide[row, np.clip(shifted, 0, ink.shape[1] - 1)]
        whole = dark.sum(axis=0, dtype=np.int32) / rows
        gap = (dark & between).sum(axis=0, dtype=np.int32) / gap_rows
        found |= (whole >= 0.88) & (gap >= 0.88)
    return found


def _brace(upper: StaffTrace, lower: StaffTrace, ink: Gray) -> bool:
    """Ink in most rows just left of the staves, from the top of the upper to the foot of the
    lower one and not beyond: a brace, even one printed faintly at its middle."""
    s = upper.space
    start = min(upper.x0, lower.x0)
    x0, x1 = max(0, int(start - 3.5 * s)), int(start - 0.2 * s)
    top, foot = int(upper.top(start)), int(lower.bottom(start))
    rows = np.arange(top, foot)
    between = np.asarray((rows > upper.bottom(start)) & (rows < lower.top(start)))
    if x1 - x0 < 2 or top < 0 or foot > ink.shape[0] or between.sum() < s:
        return False
    dark: npt.NDArray[np.bool_] = ink[:, x0:x1].max(axis=1) > 0
    beyond = np.concatenate(
        [
            dark[max(0, round(top - 3 * s)) : max(0, round(top - _ENDS_SPACES * s))],
            dark[round(foot + _ENDS_SPACES * s) : round(foot + 3 * s)],
        ]
    )
    return bool(
        dark[top:foot].mean() >= 0.8
        and dark[top:foot][between].mean() >= 0.6
        and (len(beyond) == 0 or beyond.mean() < 0.5)
    )
