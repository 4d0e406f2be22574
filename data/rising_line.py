"""A line through points that rise in both directions, straight between them and beyond the ends."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def along(at: npt.ArrayLike, x: npt.ArrayLike, y: npt.ArrayLike) -> Floats:
    """Heights at ``at``, any shape, of the line through the points (x, y), (k,) each, k >= 2.

    Both must rise strictly. Before the first point and after the last the outer slopes go on.
    """
    at, x, y = (np.asarray(values, np.float64) for values in (at, x, y))
    row = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(x) - 2)
    slope = (y[row + 1] - y[row]) / (x[row + 1] - x[row])
    inside = y[row] + (at - x[row]) * slope
    # Rounding must not carry a value over the next point: the line would no longer rise.
    return np.where(at > x[-1], np.maximum(inside, y[-1]), np.minimum(inside, y[row + 1]))
