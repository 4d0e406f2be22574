"""The distance between neighbouring staff lines, read off the runs along columns of a page.

Also the quick answer to "is there any staff at all?": a column through a staff meets five thin
black runs at even distances, which a picture or a text gives only by chance. After the run-length
estimate of Fujinaga, "Staff detection and removal", 2004, but counting five lines together.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from unisono.data.pages.ink import Gray

SMALLEST_PX = 3.5
LARGEST_PX = 60.0


def staff_space(ink: Gray, columns: int = 400, least_hits: int = 12) -> float | None:
    """The staff-line distance in pixels that most columns speak for, or None for no staff.

    ``ink`` is (height, width), 1 where dark. About ``columns`` of its columns are read, and
    fewer than ``least_hits`` sets of five even lines count as none.
    """
    spaces = even_line_distances(ink, columns)
    if len(spaces) < least_hits:
        return None
    grid = np.arange(SMALLEST_PX, LARGEST_PX, 0.25)
    counts = np.histogram(spaces, bins=np.append(grid, LARGEST_PX))[0].astype(float)
    # Width in proportion to the distance: photographed staves differ over the page.
    spread = np.array([counts[np.abs(grid - g) <= 0.08 * g + 0.25].sum() for g in grid])
    best = grid[int(np.argmax(spread))]
    near = spaces[np.abs(spaces - best) <= 0.12 * best + 0.5]
    # Grain has so many runs that some are even by chance.
    step = max(1, ink.shape[1] // columns)
    runs = np.count_nonzero(np.diff(ink[:, ::step].astype(np.int8), axis=0) > 0)
    if len(near) < max(least_hits, 0.004 * runs):
        return None
    return float(np.median(near))


def even_line_distances(ink: Gray, columns: int = 400) -> npt.NDArray[np.float64]:
    """The mean line distance, in pixels, of each set of five even thin runs met on a column."""
    height, width = ink.shape
    step = max(1, width // columns)
    sampled = np.zeros((len(range(0, width, step)), height + 2), dtype=np.int8)
    sampled[:, 1:-1] = ink[:, ::step].T
    turns = np.flatnonzero(np.diff(sampled.ravel()))
    starts, ends = turns[0::2], turns[1::2]
    if len(starts) < 5:
        return np.empty(0)
    thickness = (ends - starts).astype(np.float64)
    centre = (starts + ends) / 2.0
    period = np.diff(centre)
    four = np.stack([period[k : len(period) - 3 + k] for k in range(4)])
    five = np.stack([thickness[k : len(thickness) - 4 + k] for k in range(5)])
    mean = four.mean(axis=0)
    even = np.ptp(four, axis=0) <= np.maximum(1.5, 0.2 * mean)
    thin = five.max(axis=0) <= np.maximum(1.0, 0.45 * mean)
    inside = (starts[:-4] // sampled.shape[1]) == (starts[4:] // sampled.shape[1])
    keep = even & thin & inside & (mean >= SMALLEST_PX) & (mean <= LARGEST_PX)
    return np.asarray(mean[keep], dtype=np.float64)
