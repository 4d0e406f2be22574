"""The distance between neighbouring staff lines, and how dark those lines are.

Five even lines on white paper are a wave that is the same wherever there are staves, sharp or out
of focus. So columns of a page are correlated with such a wave of many lengths, and the length that
fits most often is the distance: a matched filter, normalised by the energy under it, which neither
lighting nor blur changes much. Runs of ink, the usual way (Fujinaga, "Staff detection and removal",
2004), need a threshold, and a photograph out of focus has none that parts lines from gaps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unisono.data.pages.ink import Gray

SMALLEST_PX = 4.0
LARGEST_PX = 40.0

Rows = npt.NDArray[np.float32]

_PERIOD_PX = 6.0  # of the wave; the page is resized instead
_REACH = 20  # pixels of the wave on each side: five periods, and paper beyond them
_STEP = 1.08
_BAND_PX = 8
_FIT = 0.75  # least correlation that counts
_GRAIN = 2.0  # gray levels of deviation under which a column is blank


@dataclass(frozen=True, slots=True)
class StaffLook:
    """How staves look: distance of the lines in pixels, their darkness above that of the gaps."""

    space: float
    contrast: float
    gap: float


def staff_look(dark: Gray, fewest: int = 10) -> StaffLook | None:
    """The look that most columns of a page speak for, or None where there is no staff.

    ``dark`` is (height, width), 0 for paper; ``fewest`` places with five lines are asked for.
    """
    grid = SMALLEST_PX * _STEP ** np.arange(int(np.log(LARGEST_PX / SMALLEST_PX) / np.log(_STEP)))
    columns = _bands(dark)
    weight = np.array([_found(columns, space).weight for space in grid])
    best = int(np.argmax(weight))
    around = slice(max(0, best - 1), best + 2)
    total = weight[around].sum()
    if total == 0.0:
        return None
    space = float(np.exp((np.log(grid[around]) * weight[around]).sum() / total))
    found = _found(columns, space)
    return None if len(found.ys) < fewest else _look(found, space)


@dataclass(frozen=True, slots=True)
class _Found:
    """Places (k,) of the best fits, the rows (h, w) that they are of, how strong all are."""

    sized: Rows
    ys: npt.NDArray[np.intp]
    xs: npt.NDArray[np.intp]
    weight: float


def _bands(dark: Gray) -> Rows:
    """The page with every ``_BAND_PX`` columns averaged."""
    import cv2

    height, width = dark.shape
    size = (max(1, width // _BAND_PX), height)
    return np.asarray(cv2.resize(dark, size, interpolation=cv2.INTER_AREA), np.float32)


def _found(columns: Rows, space: float) -> _Found:
    """Where the wave of this length fits best among the rows around, and how strongly."""
    import cv2

    height, width = columns.shape
    rows = max(2 * _REACH + 5, round(height * _PERIOD_PX / space))
    way = cv2.INTER_AREA if rows < height else cv2.INTER_LINEAR
    sized = np.asarray(cv2.resize(columns, (width, rows), interpolation=way), np.float32)
    profile = cv2.GaussianBlur(sized, (0, 0), sigmaX=0.6, sigmaY=1.0)
    wave = _wave()
    window = (1, len(wave))
    edge = cv2.BORDER_REPLICATE
    inner = cv2.filter2D(profile, cv2.CV_32F, wave[:, None], borderType=edge)
    mean = cv2.blur(profile, window, borderType=edge)
    square = cv2.sqrBoxFilter(profile, cv2.CV_32F, window, normalize=True, borderType=edge)
    deviation = np.sqrt(np.maximum(square - mean * mean, _GRAIN**2) * len(wave))
    fit = inner / deviation
    top = cv2.dilate(fit, np.ones((2 * round(_PERIOD_PX) + 1, 1), np.uint8))
    ys, xs = np.nonzero((fit == top) & (fit > _FIT))
    inside = (ys >= _REACH) & (ys < rows - _REACH)
    ys, xs = ys[inside], xs[inside]
    return _Found(sized, ys, xs, float(np.square(fit[ys, xs]).sum()))


def _look(found: _Found, space: float) -> StaffLook:
    """How lines and gaps look where something was found."""

    def darkness(offsets: tuple[float, ...]) -> Rows:
        rows = [found.sized[found.ys + round(k * _PERIOD_PX), found.xs] for k in offsets]
        return np.asarray(np.mean(rows, axis=0), np.float32)

    lines, gaps = darkness((-2, -1, 0, 1, 2)), darkness((-1.5, -0.5, 0.5, 1.5))
    return StaffLook(space, float(np.median(lines - gaps)), float(np.median(gaps)))


def _wave() -> Rows:
    y = np.arange(-_REACH, _REACH + 1) / _PERIOD_PX
    wave = np.where(np.abs(y) <= 2.5, np.cos(2.0 * np.pi * y), -0.6)
    wave -= wave.mean()
    return np.asarray(wave / np.linalg.norm(wave), np.float32)
