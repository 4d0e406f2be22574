"""Changes to the light of a page, by lamp, lens, sensor and file format; nothing moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from unisono.data.augmenting.places import STAYS, PlaceMap

Page = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Tone:
    """Ink printed ``black`` and paper ``white``, in gray levels of 0 to 255."""

    black: float = 30.0
    white: float = 230.0
    moves: ClassVar[bool] = False

    def apply(self, page: Page, random: np.random.Generator) -> tuple[Page, PlaceMap]:
        """The page with 0 to 255 laid onto black to white."""
        levels = np.linspace(self.black, self.white, 256)
        return np.clip(np.rint(levels), 0, 255).astype(np.uint8)[page], STAYS


@dataclass(frozen=True, slots=True)
class LightFalloff:
    """Light from one side: from full down to ``darkest`` of it, towards ``degrees`` (0 right)."""

    darkest: float
    degrees: float = 0.0
    moves: ClassVar[bool] = False

    def apply(self, page: Page, random: np.random.Generator) -> tuple[Page, PlaceMap]:
        """The page under that light."""
        height, width = page.shape
        angle = np.radians(self.degrees)
        across = np.linspace(-0.5, 0.5, width, dtype=np.float32)[None, :] * np.cos(angle)
        down = np.linspace(-0.5, 0.5, height, dtype=np.float32)[:, None] * np.sin(angle)
        way = across + down
        spread = max(abs(float(np.cos(angle))) + abs(float(np.sin(angle))), 1e-6)
        light = 1.0 - (1.0 - self.darkest) * (way / spread + 0.5)
        return np.clip(page * light, 0, 255).astype(np.uint8), STAYS


@dataclass(frozen=True, slots=True)
class Shadow:
    """The shadow of a hand or a phone over a part of the page: ``light`` of the light is left.

    ``softness`` is the width of its edge, as a part of the page's width.
    """

    light: float = 0.5
    softness: float = 0.08
    moves: ClassVar[bool] = False

    def apply(self, page: Page, random: np.random.Generator) -> tuple[Page, PlaceMap]:
        """The page with a shadow that enters from one of its sides."""
        import cv2

        height, width = 128, 128
        corner = random.uniform(0.0, 1.0, 2) * [width, height]
        side = int(random.integers(4))
        corner[side % 2] = 0.0 if side < 2 else 127.0
        angles = np.sort(random.uniform(0, 2 * np.pi, 7))
        reach = random.uniform(0.25, 0.65, 7) * width
        outline = corner + np.column_stack([np.cos(angles), np.sin(angles)]) * reach[:, None]
        mask = np.zeros((height, width), np.uint8)
        cv2.fillPoly(mask, [np.rint(outline).astype(np.int32)], 255)
        soft = cv2.GaussianBlur(mask, (0, 0), max(0.5, self.softness * width))
        full = cv2.resize(soft, (page.shape[1], page.shape[0]), interpolation=cv2.INTER_CUBIC)
        light = 1.0 - (1.0 - self.light) * full.astype(np.float32) / 255.0
        return np.clip(page * light, 0, 255).astype(np.uint8), STAYS


@dataclass(frozen=True, slots=True)
class Blur:
    """A lens out of focus: a Gaussian of ``sigma`` pixels."""

    sigma: float
    moves: ClassVar[bool] = False

    def apply(self, page: Page, random: np.random.Generator) -> tuple[Page, PlaceMap]:
        """The blurred page."""
        import cv2

        if self.sigma < 0.1:
            return page, STAYS
        return np.asarray(cv2.GaussianBlur(page, (0, 0), self.sigma), np.uint8), STAYS


@dataclass(frozen=True, slots=True)
class MotionBlur:
    """A hand that moved: an even smear of ``length`` pixels towards ``degrees`` (0 sideways)."""

    length: float
    degrees: float = 0.0
    moves: ClassVar[bool] = False

    def apply(self, page: Page, random: np.random.Generator) -> tuple[Page, PlaceMap]:
        """The smeared page."""
        import cv2

        size = 2 * int(np.ceil(self.length / 2.0)) + 3
        kernel = np.zeros((size, size), np.float32)
        angle = np.radians(self.degrees)
        middle = (size - 1) / 2.0
        for t in np.linspace(-0.5, 0.5, 4 * size):
            x = middle + t * self.length * np.cos(angle)
            y = middle + t * self.length * np.sin(angle)
            kernel[round(y), round(x)] += 1.0
        return np.asarray(cv2.filter2D(page, -1, kernel / kernel.sum()), np.uint8), STAYS


@dataclass(frozen=True, slots=True)
class SensorNoise:
    """Grain of a sensor: each pixel off by a Gaussian of ``sigma`` gray levels."""

    sigma: float
    moves: ClassVar[bool] = False

    def apply(self, page: Page, random: np.random.Generator) -> tuple[Page, PlaceMap]:
        """The grainy page."""
        noise = random.standard_normal(page.shape, dtype=np.float32) * np.float32(self.sigma)
        return np.clip(np.rint(page + noise), 0, 255).astype(np.uint8), STAYS


@dataclass(frozen=True, slots=True)
class ScanNoise:
    """Dust and dirt of a scan: ``dark`` and ``light`` of the pixels turn black and white.

    ``streaks`` thin lines run down the whole page, where the scanner's glass was dirty.
    """

    dark: float = 0.001
    light: float = 0.01
    streaks: int = 0
    moves: ClassVar[bool] = False

    def apply(self, page: Page, random: np.random.Generator) -> tuple[Page, PlaceMap]:
        """The dirty page."""
        chance = random.random(page.shape, dtype=np.float32)
        new = page.copy()
        new[chance < self.dark] = 0
        new[chance > 1.0 - self.light] = 255
        for column in random.integers(0, page.shape[1], self.streaks):
            new[:, column] = np.minimum(new[:, column], 60)
        return new, STAYS


@dataclass(frozen=True, slots=True)
class Jpeg:
    """Saved as JPEG of this ``quality``, 1 to 100, and opened again."""

    quality: int
    moves: ClassVar[bool] = False

    def apply(self, page: Page, random: np.random.Generator) -> tuple[Page, PlaceMap]:
        """The page with the marks that JPEG leaves. Raises ValueError if it cannot be encoded."""
        import cv2

        good, data = cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_QUALITY, self.quality])
        if not good:
            raise ValueError(f"a page of {page.shape} pixels cannot be saved as JPEG")
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8), STAYS
