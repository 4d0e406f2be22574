"""How dark each pixel is against the paper around it, whatever the lighting."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Gray = npt.NDArray[np.uint8]

_DARKEST_PAPER = np.uint8(24)


def to_gray(image: npt.NDArray[np.uint8]) -> Gray:
    """A page as one channel, (height, width); alpha is laid over white.

    Takes (height, width) or (height, width, 1, 3 or 4) in RGB order.
    Raises ValueError for another shape.
    """
    import cv2

    if image.ndim == 2:
        return image
    if image.ndim == 3 and image.shape[2] == 1:
        return np.ascontiguousarray(image[:, :, 0])
    if image.ndim == 3 and image.shape[2] == 3:
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    if image.ndim == 3 and image.shape[2] == 4:
        gray = cv2.cvtColor(image, cv2.COLOR_RGBA2GRAY).astype(np.float32)
        alpha = image[:, :, 3].astype(np.float32) / 255.0
        return np.asarray(gray * alpha + 255.0 * (1.0 - alpha)).astype(np.uint8)
    raise ValueError(f"an image is (height, width) or (height, width, channels), not {image.shape}")


def resized(gray: Gray, scale: float) -> Gray:
    """The page times ``scale``: averaged when it shrinks, interpolated when it grows."""
    import cv2

    if abs(scale - 1.0) < 0.02:
        return gray
    height, width = gray.shape
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    way = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(gray, size, interpolation=way), dtype=np.uint8)


def darkness(gray: Gray, window: int) -> Gray:
    """How much of the paper's light a pixel lacks, 0 to 255: the light is that of the lightest
    within ``window`` pixels, smoothed.

    Shadows and yellowed paper vary slowly and fall out; the mean in place of the lightest would
    make staff lines pale beside dense notes. (height, width) uint8.
    """
    import cv2

    height, width = gray.shape
    size = (max(1, width // 4), max(1, height // 4))
    small = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
    reach = max(3, window // 4) | 1
    lightest = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
    paper = cv2.resize(cv2.blur(lightest, (reach, reach)), (width, height))
    lit = cv2.divide(gray, np.maximum(paper, _DARKEST_PAPER), scale=255.0)
    return np.asarray(cv2.bitwise_not(lit), dtype=np.uint8)


def ink_threshold(dark: Gray) -> float:
    """The darkness from which a pixel counts as ink: a part of what the darkest 3% reach.

    A part, because a thin staff line at low resolution is much paler than a note head.
    """
    strongest = float(np.percentile(dark[::3, ::3], 97.0)) if dark.size else 0.0
    return float(np.clip(0.25 * strongest, 8.0, 72.0))


def ink(dark: Gray, threshold: float) -> Gray:
    """1 where there is ink, 0 elsewhere; (height, width) uint8."""
    return (dark > threshold).astype(np.uint8)


def tall_solids(ink: Gray, size: int, height: int) -> Gray:
    """1 on and near areas wider than ``size`` pixels that go on for more than ``height`` rows.

    Those are desks, black borders and pictures. Blurred clefs and chords are as wide, but end.
    """
    import cv2

    square = np.ones((size, size), np.uint8)
    solid = np.asarray(cv2.morphologyEx(ink, cv2.MORPH_OPEN, square), np.uint8)
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(solid)
    tall = boxes[:, cv2.CC_STAT_HEIGHT] > height
    tall[0] = False
    return np.asarray(cv2.dilate(tall.astype(np.uint8)[labels], square), np.uint8)
