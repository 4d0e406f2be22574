"""The tilt of the staff lines of a page, and the turn that takes it out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unisono.data.pages.ink import Gray

Points = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Turn:
    """A rotation about the middle of an image of the given size; ``slope`` is dy/dx taken out."""

    slope: float
    width: int
    height: int

    def matrix(self) -> npt.NDArray[np.float64]:
        """The (2, 3) affine map from the tilted image to the straight one."""
        angle = np.arctan(self.slope)
        cos, sin = np.cos(angle), np.sin(angle)
        middle = np.array([self.width / 2.0, self.height / 2.0])
        rotation = np.array([[cos, sin], [-sin, cos]])
        return np.column_stack([rotation, middle - rotation @ middle])

    def apply(self, image: Gray) -> Gray:
        """The image turned straight, same size, 0 where nothing was."""
        import cv2

        if self.slope == 0.0:
            return image
        size = (self.width, self.height)
        return np.asarray(cv2.warpAffine(image, self.matrix(), size, flags=cv2.INTER_LINEAR))

    def back(self, points: Points) -> Points:
        """Points (n, 2) of the straight image as (x, y) of the tilted one."""
        matrix = self.matrix()
        return np.asarray((points - matrix[:, 2]) @ matrix[:, :2])


def staff_slope(lines: Gray, space: float, limit: float = 0.11) -> float:
    """The slope dy/dx, within ``limit``, at which the rows of ``lines`` stand out most.

    ``lines`` is (height, width), 1 on thin dark runs; ``space`` the staff-line distance in pixels.
    Rows are summed over strips, the strips shifted as each slope asks, and the slope whose
    summed profile varies most is taken (the projection method of Postl, 1986, on strips).
    """
    import cv2

    height, width = lines.shape
    strip = max(4, round(2.0 * space))
    count = max(1, width // strip)
    trimmed = lines[:, : count * strip].astype(np.float32)
    profile = cv2.resize(trimmed, (count, height), interpolation=cv2.INTER_AREA).T
    centres = (np.arange(count) + 0.5) * strip - width / 2.0

    def contrast(slope: float) -> float:
        shifts = np.rint(centres * slope).astype(int)
        reach = int(np.abs(shifts).max(initial=0))
        total = np.zeros(height + 2 * reach, dtype=np.float32)
        for row, shift in zip(profile, shifts, strict=True):
            start = reach - shift
            total[start : start + height] += row
        return float(np.square(np.diff(total)).sum())

    step = max(0.5 / width, 0.002)
    coarse = np.arange(-limit, limit + step, step)
    best = float(coarse[int(np.argmax([contrast(s) for s in coarse]))])
    fine = best + np.arange(-4, 5) * step / 4.0
    found = float(fine[int(np.argmax([contrast(s) for s in fine]))])
    # Turning blurs thin lines; half a line's thickness over the page is not worth that.
    return found if abs(found) * width > 1.5 else 0.0
