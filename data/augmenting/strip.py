"""A strip as it would have been cut from a scan of its page."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from unisono.data.augmenting.page import PageAugmentation, PageEffect
from unisono.data.augmenting.page_ink import Binarise, InkBleed, MissingPixels
from unisono.data.augmenting.page_light import Blur, Jpeg, ScanNoise, SensorNoise, Tone
from unisono.data.pages.strips import STAFF_SPACE, paper_to_ink

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
    seen, _ = draw_scan(random, space).apply(page, random)
    small = np.asarray(cv2.resize(seen, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    return (paper_to_ink(small) / np.float32(255)).astype(np.float32)


def draw_scan(random: np.random.Generator, space: float) -> PageAugmentation:
    """What a scanner does to ink and paper, without moving anything; as ``page.scan`` has it."""
    effects: list[PageEffect] = []
    if random.random() < 0.7:
        effects.append(InkBleed(random.uniform(-0.05, 0.1) * space))
    if random.random() < 0.5:
        wear = random.uniform(0.0, 0.06), random.uniform(0.0, 60.0), random.uniform(0.2, 0.6)
        effects.append(MissingPixels(wear[0], wear[1], wear[2] * space))
    effects.append(Blur(random.uniform(0.0, 0.15) * space))
    if random.random() < 0.7:
        effects.append(SensorNoise(random.uniform(2.0, 20.0)))
        effects.append(Binarise(random.uniform(0.85, 1.5)))
    else:
        effects.append(Tone(random.uniform(0, 60), random.uniform(190, 255)))
    if random.random() < 0.7:
        effects.append(ScanNoise(random.uniform(0.0, 0.004), random.uniform(0.0, 0.02)))
    if random.random() < 0.3:
        effects.append(Jpeg(int(random.integers(50, 95))))
    return PageAugmentation(tuple(effects))
