"""Covers as they are found: cropped, faded, blurred, saved again, printed and scanned.

A picture is (3, size, size) float32 in 0..1, RGB, and stays one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self, runtime_checkable

import numpy as np
import numpy.typing as npt

from unisono.data.augmenting.effect import Range, draw_seed, log_uniform, uniform
from unisono.data.augmenting.places import STAYS, PlaceMap, Projective

Picture = npt.NDArray[np.float32]

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601


@runtime_checkable
class CoverEffect(Protocol):
    """A change of a picture, and where its pixels go."""

    def places(self, size: int) -> PlaceMap:
        """Old pixels to new pixels of a picture (3, size, size)."""
        ...

    def apply(self, picture: Picture) -> Picture:
        """Change a picture (3, size, size) in 0..1; the input stays as it is."""
        ...


class InPlace:
    """What an effect declares that moves no pixel."""

    def places(self, size: int) -> PlaceMap:
        """Nothing moves."""
        return STAYS


@dataclass(frozen=True)
class Crop:
    """A part of the picture, made as large as the whole was.

    left, top, width, height: shares of the picture's side.
    """

    left: float
    top: float
    width: float
    height: float

    def __post_init__(self) -> None:
        right, bottom = self.left + self.width, self.top + self.height
        inside = min(self.left, self.top) >= 0 and max(right, bottom) <= 1 + 1e-9
        if not inside or min(self.width, self.height) <= 0:
            raise ValueError("a crop must lie within the picture")

    @classmethod
    def draw(
        cls, random: np.random.Generator, *, area: Range = (0.5, 1.0), aspect: Range = (0.85, 1.18)
    ) -> Self:
        """A share of the area and an aspect, at a place drawn evenly."""
        share, ratio = np.sqrt(uniform(random, area)), np.sqrt(log_uniform(random, aspect))
        width, height = min(1.0, share * ratio), min(1.0, share / ratio)
        left, top = random.uniform(0, 1 - width), random.uniform(0, 1 - height)
        return cls(float(left), float(top), float(width), float(height))

    def places(self, size: int) -> PlaceMap:
        """The box becomes the whole picture."""
        return PlaceMap((Projective(self._matrix(size)),))

    def apply(self, picture: Picture) -> Picture:
        """Change a picture (3, size, size)."""
        import cv2

        size = picture.shape[1]
        # cv2 counts from the middle of the first pixel, places from its edge.
        half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
        matrix = np.linalg.inv(half) @ np.vstack([self._matrix(size), [0, 0, 1]]) @ half
        cropped = cv2.warpAffine(
            _pixels(picture), matrix[:2], (size, size),
            flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        return _picture(np.asarray(cropped))

    def _matrix(self, size: int) -> npt.NDArray[np.float64]:
        return np.array(
            [
                [1 / self.width, 0, -size * self.left / self.width],
                [0, 1 / self.height, -size * self.top / self.height],
            ]
        )


@dataclass(frozen=True)
class Mirror:
    """Left and right change places; writing becomes unreadable, so use it with care."""

    @classmethod
    def draw(cls, random: np.random.Generator) -> Self:
        """There is nothing to draw."""
        return cls()

    def places(self, size: int) -> PlaceMap:
        """x becomes size - x."""
        return PlaceMap((Projective(np.array([[-1.0, 0, size], [0, 1, 0]])),))

    def apply(self, picture: Picture) -> Picture:
        """Change a picture (3, size, size)."""
        return np.ascontiguousarray(picture[:, :, ::-1])


@dataclass(frozen=True)
class Colour(InPlace):
    """Factors of brightness, contrast and saturation (1 leaves them), and a turn of the hue.

    hue_turns: share of the colour circle. gamma: exponent of all values.
    """

    brightness: float = 1.0
    contrast: float = 1.0
    saturation: float = 1.0
    hue_turns: float = 0.0
    gamma: float = 1.0

    @classmethod
    def draw(cls, random: np.random.Generator, *, strength: float = 0.35) -> Self:
        """Factors of 1 - strength to 1 + strength, hue within a sixth of strength."""
        factors = random.uniform(1 - strength, 1 + strength, 4)
        hue = random.uniform(-strength, strength) / 6
        brightness, contrast, saturation, gamma = (float(factor) for factor in factors)
        return cls(brightness, contrast, saturation, float(hue), gamma)

    def apply(self, picture: Picture) -> Picture:
        """Change a picture (3, size, size)."""
        import cv2

        pixels = _pixels(picture)
        if self.hue_turns:
            hsv = np.array(cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV))
            hsv[..., 0] = (hsv[..., 0] + 360 * self.hue_turns) % 360
            pixels = np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB))
        gray = (pixels @ _LUMA)[..., None]
        middle = gray.mean()
        toned = (gray + self.saturation * (pixels - gray) - middle) * self.contrast + middle
        return _picture(np.clip(toned * self.brightness, 0, 1) ** self.gamma)


@dataclass(frozen=True)
class Blur(InPlace):
    """Out of focus: a Gaussian whose standard deviation is a share of the side."""

    share: float

    @classmethod
    def draw(cls, random: np.random.Generator, *, share: Range = (0.002, 0.012)) -> Self:
        """A share drawn evenly by octave."""
        return cls(log_uniform(random, share))

    def apply(self, picture: Picture) -> Picture:
        """Change a picture (3, size, size)."""
        import cv2

        deviation = self.share * picture.shape[1]
        return _picture(np.asarray(cv2.GaussianBlur(_pixels(picture), (0, 0), deviation)))


@dataclass(frozen=True)
class Thumbnail(InPlace):
    """Made small, and large again."""

    pixels: int

    @classmethod
    def draw(cls, random: np.random.Generator, *, pixels: tuple[int, int] = (48, 150)) -> Self:
        """A side in pixels."""
        return cls(int(random.integers(pixels[0], pixels[1] + 1)))

    def apply(self, picture: Picture) -> Picture:
        """Change a picture (3, size, size); one as small already stays as it is."""
        import cv2

        size = picture.shape[1]
        if size <= self.pixels:
            return picture.copy()
        small = cv2.resize(
            _pixels(picture), (self.pixels, self.pixels), interpolation=cv2.INTER_AREA
        )
        return _picture(np.asarray(cv2.resize(small, (size, size), interpolation=cv2.INTER_LINEAR)))


@dataclass(frozen=True)
class Jpeg(InPlace):
    """Saved as JPEG and read back; quality 1..100."""

    quality: int

    @classmethod
    def draw(cls, random: np.random.Generator, *, quality: tuple[int, int] = (20, 90)) -> Self:
        """A quality drawn evenly."""
        return cls(int(random.integers(quality[0], quality[1] + 1)))

    def apply(self, picture: Picture) -> Picture:
        """Change a picture (3, size, size)."""
        import io

        from PIL import Image

        file = io.BytesIO()
        pixels = np.rint(255 * np.clip(_pixels(picture), 0, 1)).astype(np.uint8)
        Image.fromarray(pixels).save(file, "JPEG", quality=self.quality)
        return _picture(np.asarray(Image.open(file).convert("RGB"), np.float32) / 255)


@dataclass(frozen=True)
class PrintAndScan(InPlace):
    """Printed with four inks and scanned: halftone, yellowed paper, faded inks, grain.

    lines: of the halftone, across the picture. ink: 0..1, how dark full ink is. yellow: 0..1.
    grain: standard deviation of the scanner's noise.
    """

    lines: float
    ink: float
    yellow: float
    grain: float
    seed: int

    @classmethod
    def draw(
        cls,
        random: np.random.Generator,
        *,
        lines: Range = (50.0, 200.0),
        ink: Range = (0.75, 0.97),
        yellow: Range = (0.0, 0.25),
        grain: Range = (0.003, 0.03),
    ) -> Self:
        """Everything drawn evenly."""
        return cls(
            uniform(random, lines),
            uniform(random, ink),
            uniform(random, yellow),
            uniform(random, grain),
            draw_seed(random),
        )

    def apply(self, picture: Picture) -> Picture:
        """Change a picture (3, size, size)."""
        import cv2

        size = picture.shape[1]
        random = np.random.default_rng(self.seed)
        inks = 1 - _pixels(picture)  # cyan, magenta, yellow
        y, x = np.mgrid[:size, :size].astype(np.float32) * np.float32(self.lines / size)
        dots = np.stack([_screen(x, y, degrees) for degrees in (15.0, 75.0, 0.0)], -1)
        # Lines finer than two pixels cannot be seen; drawn, they would become coarse ones.
        seen = 0.5 * max(0.0, 1 - 2 * self.lines / size)
        printed = np.clip(inks + seen * dots * inks * (1 - inks), 0, 1) * self.ink
        paper = np.array([1.0, 1 - 0.25 * self.yellow, 1 - 0.8 * self.yellow], np.float32)
        scanned = cv2.GaussianBlur((1 - printed) * paper, (0, 0), 0.6)
        noise = random.standard_normal((size, size, 3), np.float32) * np.float32(self.grain)
        return _picture(np.asarray(scanned) + noise)


def _screen(x: Picture, y: Picture, degrees: float) -> npt.NDArray[np.float32]:
    angle = np.deg2rad(degrees)
    u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    return np.asarray(np.cos(2 * np.pi * u) * np.cos(2 * np.pi * v), np.float32)


def _pixels(picture: Picture) -> npt.NDArray[np.float32]:
    """(size, size, 3) of (3, size, size)."""
    return np.ascontiguousarray(picture.transpose(1, 2, 0), np.float32)


def _picture(pixels: npt.NDArray[np.floating]) -> Picture:
    """(3, size, size) in 0..1 of (size, size, 3)."""
    return np.ascontiguousarray(np.clip(pixels, 0, 1).transpose(2, 0, 1), np.float32)
