"""Every change of a page says what it does to the places, and does that and nothing else."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from unisono.data.augmenting.page import (
    PageAugmentation,
    PageEffect,
    draw_page_augmentation,
    photograph,
    scan,
)
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

MOVING: tuple[PageEffect, ...] = (
    Rescale(0.6),
    Rescale(1.7),
    Skew(4.0),
    Skew(-2.5),
    Perspective(pitch=7.0, yaw=-6.0, roll=3.0),
    Curl(0.05, gutter=0.9, left=True, eye=0.3),
    Curl(0.03, gutter=0.1, left=False, eye=0.7),
)
STAYING: tuple[PageEffect, ...] = (
    InkBleed(1.5),
    InkBleed(-0.5),
    Binarise(1.1),
    MissingPixels(0.02, 50.0, 4.0),
    Handwriting(6, 20.0),
    ShowThrough(0.2),
    Tone(40.0, 220.0),
    LightFalloff(0.5, 30.0),
    Shadow(0.5),
    Blur(1.5),
    MotionBlur(4.0, 20.0),
    SensorNoise(5.0),
    ScanNoise(0.002, 0.01, 1),
    Jpeg(60),
)
POINTS = np.array([[x, y] for y in (90.0, 300.0, 510.0) for x in (70.0, 210.0, 370.0)])


def dotted_page() -> Page:
    """Nine discs on paper; their middles are ``POINTS``."""
    page = np.full((600, 440), 255, np.uint8)
    for x, y in POINTS.astype(int):
        cv2.circle(page, (int(x), int(y)), 7, 0, -1, cv2.LINE_AA)
    return page


def found_near(
    page: Page, place: npt.NDArray[np.float64], reach: int = 17
) -> npt.NDArray[np.float64]:
    """The middle of the dark pixels around a place."""
    x, y = np.rint(place).astype(int)
    around = page[y - reach : y + reach + 1, x - reach : x + reach + 1].astype(float)
    weight = np.clip(0.6 * np.median(around) - around, 0.0, None)
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    middle = np.array([(weight * columns).sum(), (weight * rows).sum()]) / weight.sum()
    return np.rint(place) + middle


def names(effect: PageEffect) -> str:
    return type(effect).__name__


@pytest.mark.parametrize("effect", MOVING, ids=names)
def test_what_is_printed_lies_where_the_map_says(effect: PageEffect) -> None:
    assert effect.moves
    new, places = effect.apply(dotted_page(), np.random.default_rng(0))
    moved = places.points(POINTS)
    assert np.abs(moved - POINTS).max() > 3.0
    for place in moved:
        np.testing.assert_allclose(found_near(new, place), place, atol=0.6)


@pytest.mark.parametrize("effect", STAYING, ids=names)
def test_what_does_not_move_stays(effect: PageEffect) -> None:
    assert not effect.moves
    page = dotted_page()
    new, places = effect.apply(page, np.random.default_rng(0))
    assert places == STAYS
    assert new.shape == page.shape
    assert (new != page).any()
    errors = [np.abs(found_near(new, p) - p).max() for p in POINTS]
    assert np.median(errors) < 1.0


@pytest.mark.parametrize("effect", [*MOVING, *STAYING], ids=names)
def test_the_page_itself_is_left_alone(effect: PageEffect) -> None:
    page = dotted_page()
    before = page.copy()
    new, _ = effect.apply(page, np.random.default_rng(1))
    np.testing.assert_array_equal(page, before)
    assert new.dtype == np.uint8


def test_maps_follow_one_another() -> None:
    page = dotted_page()
    chain = PageAugmentation(
        (Curl(0.04, eye=0.2), Perspective(5.0, 5.0, 2.0), Rescale(1.3), Blur(1))
    )
    new, places = chain.apply(page, np.random.default_rng(2))
    assert chain.moves
    for place in places.points(POINTS):
        np.testing.assert_allclose(found_near(new, place), place, atol=0.8)


def test_boxes_hold_the_new_places_of_all_within() -> None:
    _, places = Curl(0.06, gutter=1.0, eye=0.1).apply(dotted_page(), np.random.default_rng(0))
    box = np.array([60.0, 200.0, 400.0, 260.0])
    ((x0, y0, x1, y1),) = places.boxes([box])
    grid = np.array([[x, y] for x in np.linspace(60, 400, 40) for y in np.linspace(200, 260, 9)])
    inside = places.points(grid)
    np.testing.assert_allclose([x0, y0], inside.min(axis=0), atol=0.1)
    np.testing.assert_allclose([x1, y1], inside.max(axis=0), atol=0.1)
    assert PlaceMap().boxes([]).shape == (0, 4)
    np.testing.assert_array_equal(STAYS.boxes([box]), [box])


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("draw", [scan, photograph, draw_page_augmentation])
def test_the_same_seed_gives_the_same_picture(draw, seed: int) -> None:  # type: ignore[no-untyped-def]
    pictures = []
    for _ in range(2):
        random = np.random.default_rng(seed)
        pictures.append(draw(random, 8.0).apply(dotted_page(), random))
    np.testing.assert_array_equal(pictures[0][0], pictures[1][0])
    moved = pictures[0][1].points(POINTS)
    np.testing.assert_array_equal(moved, pictures[1][1].points(POINTS))
    height, width = pictures[0][0].shape
    assert (moved > 0).all()
    assert (moved < [width, height]).all()
