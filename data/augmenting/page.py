"""A page as a scanner or a phone would show it, and where its places lie in that picture.

Strengths that are lengths are drawn in relation to the staff space (the distance between two
staff lines), so that what is printed small does not vanish.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from unisono.data.augmenting.page_geometry import Curl, Perspective, Rescale, Skew
from unisono.data.augmenting.page_ink import (
    Binarise,
    Handwriting,
    InkBleed,
    MissingPixels,
    ShowThrough,
)
from unisono.data.augmenting.page_light import (
    Blur,
    Jpeg,
    LightFalloff,
    MotionBlur,
    ScanNoise,
    SensorNoise,
    Shadow,
    Tone,
)
from unisono.data.augmenting.places import STAYS, PlaceMap

Page = npt.NDArray[np.uint8]


class PageEffect(Protocol):
    """One change to a gray page (h, w) uint8, 0 for ink and 255 for paper.

    ``moves`` declares what it does to the places: False where all of them stay.
    """

    @property
    def moves(self) -> bool:
        """Whether places lie elsewhere afterwards."""

    def apply(self, page: Page, random: np.random.Generator) -> tuple[Page, PlaceMap]:
        """The changed copy and the map of places into it."""


@dataclass(frozen=True, slots=True)
class PageAugmentation:
    """Effects one after another, with strengths that are already drawn."""

    effects: tuple[PageEffect, ...] = ()

    @property
    def moves(self) -> bool:
        """Whether places lie elsewhere afterwards."""
        return any(effect.moves for effect in self.effects)

    def apply(self, page: Page, random: np.random.Generator) -> tuple[Page, PlaceMap]:
        """The changed copy of a gray page (h, w) uint8, and the map of places into it."""
        places = STAYS
        for effect in self.effects:
            page, moved = effect.apply(page, random)
            places = places.then(moved)
        return page, places


def draw_page_augmentation(
    random: np.random.Generator, staff_space: float = 10.0
) -> PageAugmentation:
    """A scan or a photograph, as likely; ``staff_space`` is that of the page, in pixels."""
    return (scan if random.random() < 0.5 else photograph)(random, staff_space)


def scan(random: np.random.Generator, staff_space: float = 10.0) -> PageAugmentation:
    """An old print on a flat-bed scanner: askew, dirty, bled or worn, in two levels or gray."""
    scale = float(np.exp(random.uniform(np.log(0.7), np.log(1.3))))
    space = staff_space * scale
    effects: list[PageEffect] = [Rescale(scale)] if abs(scale - 1.0) > 0.02 else []
    effects += [Skew(float(np.clip(random.normal(0.0, 1.2), -5.0, 5.0)))]
    if random.random() < 0.3:
        effects.append(_handwriting(random, space))
    if random.random() < 0.2:
        effects.append(ShowThrough(random.uniform(0.05, 0.25), 0.15 * space))
    effects += scanned_ink(random, space)
    return PageAugmentation(tuple(effects))


def scanned_ink(random: np.random.Generator, space: float) -> list[PageEffect]:
    """What a scanner and age do to ink and paper, moving nothing."""
    effects: list[PageEffect] = []
    if random.random() < 0.6:
        effects.append(InkBleed(random.uniform(-0.04, 0.08) * space))
    if random.random() < 0.4:
        wear = random.uniform(0.0, 0.05), random.uniform(0.0, 60.0), random.uniform(0.2, 0.6)
        effects.append(MissingPixels(wear[0], wear[1], wear[2] * space))
    effects.append(Blur(random.uniform(0.0, 0.1) * space))
    if random.random() < 0.7:
        effects.append(SensorNoise(random.uniform(2.0, 20.0)))
        effects.append(Binarise(random.uniform(0.9, 1.4)))
    else:
        effects.append(Tone(random.uniform(0, 60), random.uniform(190, 255)))
    if random.random() < 0.7:
        dirt = random.uniform(0.0, 0.004), random.uniform(0.0, 0.02)
        effects.append(ScanNoise(*dirt, streaks=int(random.integers(0, 2))))
    if random.random() < 0.4:
        effects.append(Jpeg(int(random.integers(50, 95))))
    return effects


def photograph(
    random: np.random.Generator, staff_space: float = 10.0, scale: float = 1.0
) -> PageAugmentation:
    """A page under a phone: curled, tilted by up to 8 degrees, shaded, soft, noisy, as JPEG.

    ``scale`` is the size of the picture against that of the page given.
    """
    marks: list[PageEffect] = []
    if random.random() < 0.2:
        marks.append(_handwriting(random, staff_space))
    if random.random() < 0.2:
        marks.append(ShowThrough(random.uniform(0.05, 0.2), 0.2 * staff_space))
    size = (Rescale(scale),) if abs(scale - 1.0) > 0.02 else ()
    return PageAugmentation(
        (
            *marks,
            *draw_curl(random),
            *draw_perspective(random),
            *size,
            *draw_light(random),
            *draw_softness(random, staff_space * scale),
            *draw_sensor(random),
        )
    )


def draw_curl(random: np.random.Generator) -> tuple[PageEffect, ...]:
    """Paper that lies flat four times in ten, else lifted by up to 6 hundredths of its width."""
    if random.random() < 0.4:
        return ()
    lift, gutter = random.uniform(0.01, 0.06), random.uniform(0.0, 1.0)
    eye, left = random.uniform(0.2, 0.8), bool(random.random() < 0.5)
    return (Curl(lift, gutter, left, eye, random.uniform(1.2, 2.0)),)


def draw_perspective(random: np.random.Generator) -> tuple[PageEffect, ...]:
    """A camera tilted by up to 8 degrees each way and turned by up to 4."""
    pitch, yaw = random.uniform(-8.0, 8.0, 2)
    roll = random.uniform(-4.0, 4.0)
    distance, margin = random.uniform(1.2, 2.0), random.uniform(0.0, 0.06)
    return (Perspective(pitch, yaw, roll, distance, margin, int(random.integers(30, 200))),)


def draw_light(random: np.random.Generator) -> tuple[PageEffect, ...]:
    """Ink and paper as gray, light that falls off to between 0.45 and 1, often a shadow."""
    tone = Tone(random.uniform(10, 70), random.uniform(170, 250))
    falloff = LightFalloff(random.uniform(0.45, 1.0), random.uniform(0.0, 360.0))
    if random.random() < 0.5:
        return (tone, falloff)
    return (tone, falloff, Shadow(random.uniform(0.4, 0.8), random.uniform(0.01, 0.12)))


def draw_softness(random: np.random.Generator, staff_space: float) -> tuple[PageEffect, ...]:
    """A focus off by up to a quarter of a staff space, three times in ten a smear as well."""
    blur = Blur(random.uniform(0.0, 0.25) * staff_space)
    if random.random() < 0.7:
        return (blur,)
    smear = MotionBlur(random.uniform(0.05, 0.3) * staff_space, random.uniform(0.0, 180.0))
    return (blur, smear)


def draw_sensor(random: np.random.Generator) -> tuple[PageEffect, ...]:
    """Grain of 1 to 6 gray levels, saved as JPEG of quality 60 to 90."""
    return (SensorNoise(random.uniform(1.0, 6.0)), Jpeg(int(random.integers(60, 91))))


def _handwriting(random: np.random.Generator, staff_space: float) -> Handwriting:
    size = random.uniform(1.5, 3.0) * staff_space
    return Handwriting(int(random.integers(3, 40)), size, random.uniform(0.4, 0.95))
