"""Staves at the same heights on every strip, so that a height says a place on a staff.

Systems are engraved with their staves nearer or farther, and a strip shows them around its middle:
the same note stands some rows higher on one page than on another. Here the rows of a strip are
moved, in straight pieces, until each staff is where ``CENTRES`` has it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unisono.data.rising_line import along

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

STAFF_SPACE = 4.0
"""Pixels between two lines of a levelled staff."""
CENTRES: dict[int, tuple[float, ...]] = {
    1: (64.5,),
    2: (40.5, 88.5),
    3: (24.5, 64.5, 104.5),
    4: (24.5, 54.5, 84.5, 112.5),
}
"""Rows of the middle lines, by the number of staves; strips of more staves stay as they are."""

_SPACINGS = np.arange(2.0, 4.41, 0.1)
_STEP = 0.25  # rows between the middle lines that are tried
_LEAST = 0.35  # of the strongest staff's contrast that another needs
_FAINTEST = 0.04  # contrast below which there is no staff at all
_APART = 5.5  # staff spaces between middle lines at least
_KEPT = 2.5  # staff spaces around a middle line that keep their shape whatever is beside them
_EDGE = 1.5  # staff spaces at the top and the bottom in which more is shown, smaller
_SMALLER = 0.35


@dataclass(frozen=True)
class RowMap:
    """Rows of a strip to rows of the levelled one: a rising line through points (k,) each."""

    before: tuple[float, ...]
    after: tuple[float, ...]

    def __call__(self, rows: npt.ArrayLike) -> Floats:
        """Levelled rows of rows, any shape; beyond the ends at the pace of the last piece."""
        return along(rows, self.before, self.after)

    def inverse(self) -> RowMap:
        """The way back."""
        return RowMap(self.after, self.before)


@dataclass(frozen=True)
class Staves:
    """Middle lines (rows, from the top) and the distance of lines, as a strip shows them."""

    centres: tuple[float, ...]
    space: float


def level(ink: Image) -> tuple[Image, RowMap | None]:
    """A strip (h, w) of one system with its staves where they belong, and where its rows went.

    The strip as it is, and None, where no staves are seen, or more than ``CENTRES`` knows.
    """
    staves = find_staves(ink)
    if staves is None or len(staves.centres) not in CENTRES:
        return ink, None
    rows = row_map(staves, ink.shape[0])
    return warped(ink, rows), rows


def warped(ink: Image, rows: RowMap) -> Image:
    """Ink (h, w) with its rows moved."""
    import cv2

    height, width = ink.shape
    source = rows.inverse()(np.arange(height) + 0.5) - 0.5
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), source.astype(np.float32))
    moved = cv2.remap(ink, x, y, cv2.INTER_LINEAR, borderValue=0)
    return np.asarray(moved, np.uint8)


def find_staves(ink: Image) -> Staves | None:
    """The staves of a strip (h, w) of one system, by five rows of ink at even distances."""
    profile = ink.mean(axis=1, dtype=np.float64) / 255
    middles = np.arange(0, ink.shape[0], _STEP)
    contrasts = [_contrast(profile, middles, spacing) for spacing in _SPACINGS]
    best = int(np.argmax([np.sort(one)[-8:].sum() for one in contrasts]))
    space, contrast = float(_SPACINGS[best]), contrasts[best]
    if contrast.max(initial=0) < _FAINTEST:
        return None
    centres: list[float] = []
    for index in np.argsort(-contrast, kind="stable"):
        if contrast[index] < _LEAST * contrast.max():
            break
        middle = float(middles[index])
        if all(abs(middle - other) >= _APART * space for other in centres):
            centres.append(middle)
    return Staves(tuple(sorted(middle + 0.5 for middle in centres)), space)


def row_map(staves: Staves, height: int) -> RowMap:
    """Where rows of a strip of that height go; raises KeyError for a number without centres."""
    targets = CENTRES[len(staves.centres)]
    scale = STAFF_SPACE / staves.space
    before, after = list[float](), list[float]()

    def add(centre: float, target: float, spaces: float) -> None:
        before.append(centre + spaces * staves.space)
        after.append(target + spaces * STAFF_SPACE)

    count = len(targets)
    for index, (centre, target) in enumerate(zip(staves.centres, targets, strict=True)):
        if index == 0:
            room = max(_KEPT, target / STAFF_SPACE - _EDGE)
            add(centre, target, -room)
            _widen(before, after, -1, scale)
        else:
            add(centre, target, -_shape(staves, targets, index - 1))
        if index == count - 1:
            room = max(_KEPT, (height - target) / STAFF_SPACE - _EDGE)
            add(centre, target, room)
            _widen(before, after, 1, scale)
        else:
            add(centre, target, _shape(staves, targets, index))
    return RowMap(tuple(before), tuple(after))


def _shape(staves: Staves, targets: tuple[float, ...], gap: int) -> float:
    """Spaces on both sides of a gap that keep their shape: most of the narrower half of it."""
    own = (staves.centres[gap + 1] - staves.centres[gap]) / staves.space
    there = (targets[gap + 1] - targets[gap]) / STAFF_SPACE
    return max(min(_KEPT, 0.45 * own), 0.4 * min(own, there))


def _widen(before: list[float], after: list[float], side: int, scale: float) -> None:
    """A point beyond the first or last one, from which on more is shown, smaller."""
    beyond = _EDGE * STAFF_SPACE
    far_before, far_after = beyond / (scale * _SMALLER), beyond
    if side < 0:
        before.insert(0, before[0] - far_before)
        after.insert(0, after[0] - far_after)
    else:
        before.append(before[-1] + far_before)
        after.append(after[-1] + far_after)


def _contrast(profile: Floats, middles: Floats, spacing: float) -> Floats:
    """How much darker (k,) the five lines around each middle line are than what is between them."""
    rows = np.arange(len(profile))
    lines = [np.interp(middles + k * spacing, rows, profile, left=0, right=0) for k in range(-2, 3)]
    between = [np.interp(middles + (k + 0.5) * spacing, rows, profile) for k in range(-3, 3)]
    # The faintest line counts, so that four lines and a beam are no staff.
    return np.asarray(
        0.5 * np.mean(lines, axis=0) + 0.5 * np.min(lines, axis=0) - np.mean(between, axis=0)
    )
