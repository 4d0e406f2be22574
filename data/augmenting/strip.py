"""A strip as it would have been cut from a scan of its page."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from unisono.data.augmenting.page import PageAugmentation, scanned_ink
from unisono.data.pages.level import STAFF_SPACE
from unisono.data.pages.strips import paper_to_ink

_SPACES = (4.5, 10.0)
"""Staff space of the page that was scanned, in pixels: from hardly legible to usual."""


def scanned_strip(
    ink: npt.NDArray[np.uint8], random: np.random.Generator
) -> npt.NDArray[np.float32]:
    """A strip (h, w) in the size that its page was scanned in, worn and dirty, and cut again.

    Nothing moves. Returns (h, w) float32, 0..1.
    """
    import cv2

    height, width = ink.shape
    space = float(np.exp(random.uniform(*np.log(_SPACES))))
    scale = space / STAFF_SPACE
    size = (round(width * scale), round(height * scale))
    page = np.asarray(cv2.resize(255 - ink, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    seen, _ = PageAugmentation(tuple(scanned_ink(random, space))).apply(page, random)
    small = np.asarray(cv2.resize(seen, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    return (paper_to_ink(small) / np.float32(255)).astype(np.float32)
