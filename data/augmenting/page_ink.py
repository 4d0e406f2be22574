"""Changes to the ink of a page, by printer, scanner and reader; nothing moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from unisono.data.augmenting.places import STAYS, PlaceMap

Page = npt.NDArray[np.uint8]

_WORDS = ("p", "mf", "cresc.", "rit.", "1", "2", "3", "4", "5", "V", "Ped.", "dolce", "!")


@dataclass(frozen=True, slots=True)
class InkBleed:
    """Ink that runs into the paper (``pixels`` > 0) or that the printer left too thin (< 0)."""

    pixels: float
    moves: ClassVar[bool] = False

    def apply(self, page: Page, random: np.random.Generator) -> tuple[Page, PlaceMap]:
        """The page with every stroke wider, or narrower, by ``pixels`` on each side."""
        import cv2

        grow = cv2.erode if self.pixels > 0 else cv2.dilate
        whole = int(abs(self.pixels))
        part = abs(self.pixels) - whole
        new: Page = page
        if whole:
            size = 2 * whole + 1
            disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
            new = np.asarray(grow(page, disc), np.uint8)
        if part > 0.0:
            cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
            new = np.asarray(
                cv2.addWeighted(new, 1.0 - part, grow(new, cross), part, 0.0), np.uint8
            )
        return new, STAYS


@dataclass(frozen=True, slots=True)
class Binarise:
    """Every pixel black or white.

    ``ink`` is how much of the page is black afterwards, against the gray before: 1 keeps as much,
    so that a thin gray staff line becomes a thin black one and is not lost, as it would be with
    one level for all pages.
    """

    ink: float = 1.0
    moves: ClassVar[bool] = False

    def apply(self, page: Page, random: np.random.Generator) -> tuple[Page, PlaceMap]:
        """The page with 0 and 255 only."""
        light = np.cumsum(np.bincount(page.ravel(), minlength=256))
        paper = int(np.searchsorted(light, 0.9 * page.size))
        darkness = np.clip(paper - page.astype(np.float32), 0.0, None).mean() / max(paper, 1)
        level = int(np.searchsorted(light, self.ink * darkness * page.size)) + 1
        return np.where(page < min(level, paper), 0, 255).astype(np.uint8), STAYS


@dataclass(frozen=True, slots=True)
class MissingPixels:
    """Ink that did not print: ``grains`` of single pixels, and worn ``spots`` a million pixels.

    A spot is up to ``size`` pixels wide.
    """

    grains: float = 0.01
    spots: float = 20.0
    size: float = 6.0
    moves: ClassVar[bool] = False

    def apply(self, page: Page, random: np.random.Generator) -> tuple[Page, PlaceMap]:
        """The page with holes as light as its lightest paper."""
        import cv2

        height, width = page.shape
        hole = (random.random((height, width), dtype=np.float32) < self.grains).astype(np.uint8)
        for _ in range(int(random.poisson(self.spots * height * width / 1e6))):
            axes = random.uniform(0.15, 0.5, 2) * self.size
            middle = random.uniform(0.0, 1.0, 2) * [width, height]
            cv2.ellipse(
                hole,
                (int(middle[0]), int(middle[1])),
                (round(axes[0]), round(axes[1])),
                float(random.uniform(0, 180)),
                0,
                360,
                1,
                -1,
            )
        return np.where(hole > 0, np.uint8(page.max(initial=0)), page).astype(np.uint8), STAYS


@dataclass(frozen=True, slots=True)
class Handwriting:
    """Pencil over the print: fingerings, words, rings and strokes, ``marks`` of them.

    ``size`` is the height of a digit in pixels, ``dark`` how much of the paper's light is taken.
    """

    marks: int
    size: float
    dark: float = 0.6
    moves: ClassVar[bool] = False

    def apply(self, page: Page, random: np.random.Generator) -> tuple[Page, PlaceMap]:
        """The page with the marks on it, darker there and nowhere lighter."""
        import cv2

        height, width = page.shape
        pencil = np.zeros((height, width), np.uint8)
        thick = max(1, round(self.size / 10.0))
        for _ in range(self.marks):
            at = (random.uniform(0.0, 1.0, 2) * [width, height]).astype(int)
            kind = random.random()
            if kind < 0.5:
                word = _WORDS[int(random.integers(len(_WORDS)))]
                font = cv2.FONT_HERSHEY_SCRIPT_SIMPLEX
                place = (int(at[0]), int(at[1]))
                cv2.putText(pencil, word, place, font, self.size / 21.0, 255, thick, cv2.LINE_AA)
            elif kind < 0.65:
                axes = (random.uniform(0.8, 3.0, 2) * self.size).astype(int)
                turn = float(random.uniform(0, 180))
                middle, radii = (int(at[0]), int(at[1])), (int(axes[0]), int(axes[1]))
                cv2.ellipse(pencil, middle, radii, turn, 10, 375, 255, thick, cv2.LINE_AA)
            else:
                stroke = _stroke(at.astype(float), self.size, random)
                cv2.polylines(pencil, [stroke], False, 255, thick, cv2.LINE_AA)
        left = 1.0 - self.dark * pencil.astype(np.float32) / 255.0
        return (page * left).astype(np.uint8), STAYS


@dataclass(frozen=True, slots=True)
class ShowThrough:
    """The print of the back of the sheet, mirrored, blurred and faint: ``strength`` of its ink."""

    strength: float = 0.15
    blur: float = 2.0
    moves: ClassVar[bool] = False

    def apply(self, page: Page, random: np.random.Generator) -> tuple[Page, PlaceMap]:
        """The page with its own mirror image, shifted, behind it."""
        import cv2

        shift = int(random.uniform(0.02, 0.4) * page.shape[0])
        back = np.roll(page[:, ::-1], shift, axis=0)
        faint = 255.0 - cv2.GaussianBlur(back, (0, 0), max(self.blur, 0.3)).astype(np.float32)
        return np.clip(page - self.strength * faint, 0, 255).astype(np.uint8), STAYS


def _stroke(
    at: npt.NDArray[np.float64], size: float, random: np.random.Generator
) -> npt.NDArray[np.int32]:
    """A cubic curve of a few digits' length, as points (n, 2)."""
    ends = at + np.cumsum(random.normal(0.0, 1.6 * size, (4, 2)), axis=0)
    t = np.linspace(0.0, 1.0, 24)[:, None]
    weights = np.hstack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])
    return np.rint(weights @ ends).astype(np.int32)
