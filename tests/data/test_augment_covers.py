from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from unisono.data.augment import (
    COVER_FOR_TRAINING,
    SCANNED_COVER,
    WEB_COVER,
    Blur,
    Colour,
    CoverChain,
    CoverEffect,
    Crop,
    Jpeg,
    Mirror,
    PrintAndScan,
    Thumbnail,
)

SIZE = 128
MARK = np.array([[75.0, 52.0]])
"""Middle of the mark in pixels from the corner, inside every crop here."""

Picture = npt.NDArray[np.float32]


def marked() -> Picture:
    """A dark square of 8 pixels on a light ground that changes slowly."""
    y, x = np.mgrid[:SIZE, :SIZE] / SIZE
    picture = np.stack([0.75 + 0.1 * x, 0.8 + 0.05 * y, 0.7 + 0.1 * (x + y) / 2]).astype(np.float32)
    picture[:, 48:56, 71:79] = 0.05
    return picture


def middle_of_mark(picture: Picture) -> npt.NDArray[np.float64]:
    gray = picture.mean(axis=0).astype(np.float64)
    dark = np.clip(gray.min() + 0.5 * (np.median(gray) - gray.min()) - gray, 0, None)
    y, x = np.mgrid[: picture.shape[1], : picture.shape[2]] + 0.5
    return np.array([[(dark * x).sum(), (dark * y).sum()]]) / dark.sum()


EFFECTS: dict[str, CoverEffect] = {
    "crop": Crop(0.3, 0.2, 0.6, 0.5),
    "whole": Crop(0.0, 0.0, 1.0, 1.0),
    "mirror": Mirror(),
    "colour": Colour(0.8, 1.2, 0.5, 0.1, 1.2),
    "blur": Blur(0.01),
    "thumbnail": Thumbnail(48),
    "jpeg": Jpeg(30),
    "print": PrintAndScan(200.0, 0.9, 0.2, 0.01, 3),
    "chain": CoverChain((Crop(0.3, 0.2, 0.6, 0.5), Mirror(), Jpeg(60), Crop(0.05, 0.0, 0.9, 0.9))),
}
EFFECTS |= {
    f"{name} {seed}": recipe.draw(np.random.default_rng(seed))
    for name, recipe in (("web", WEB_COVER), ("scan", SCANNED_COVER))
    for seed in range(3)
}


@pytest.mark.parametrize("name", EFFECTS)
def test_a_mark_lies_where_the_effect_says(name: str) -> None:
    effect = EFFECTS[name]
    expected = effect.places(SIZE).points(MARK)
    assert ((expected > 8) & (expected < SIZE - 8)).all()
    np.testing.assert_allclose(middle_of_mark(effect.apply(marked())), expected, atol=0.6)


@pytest.mark.parametrize("name", EFFECTS)
@pytest.mark.parametrize("size", [1, 7, 64])
def test_a_picture_stays_one(name: str, size: int) -> None:
    picture = np.random.default_rng(size).random((3, size, size), np.float32)
    before = picture.copy()
    seen, again = EFFECTS[name].apply(picture), EFFECTS[name].apply(picture)
    assert seen.shape == picture.shape
    assert seen.dtype == np.float32
    assert 0 <= seen.min() <= seen.max() <= 1
    np.testing.assert_array_equal(seen, again)
    np.testing.assert_array_equal(picture, before)


@pytest.mark.parametrize(
    "draw",
    [Crop.draw, Colour.draw, Blur.draw, Thumbnail.draw, Jpeg.draw, PrintAndScan.draw,
     COVER_FOR_TRAINING.draw, WEB_COVER.draw, SCANNED_COVER.draw],
)  # fmt: skip
def test_a_generator_draws_the_same_again_and_others_else(draw) -> None:  # type: ignore[no-untyped-def]
    assert draw(np.random.default_rng(2)) == draw(np.random.default_rng(2))
    random = np.random.default_rng(2)
    assert len({repr(draw(random)) for _ in range(12)}) > 6


def test_a_crop_declares_its_box() -> None:
    crop = Crop(0.25, 0.5, 0.5, 0.25)
    box = crop.places(200).boxes([[50, 100, 150, 150]])
    np.testing.assert_allclose(box, [[0, 0, 200, 200]], atol=1e-9)
    with pytest.raises(ValueError, match="within the picture"):
        Crop(0.6, 0.0, 0.5, 0.5)


def test_crops_are_drawn_within_their_range() -> None:
    random = np.random.default_rng(0)
    for _ in range(200):
        crop = Crop.draw(random, area=(0.4, 0.6))
        assert crop.left + crop.width <= 1 + 1e-9
        assert 0.33 < crop.width * crop.height < 0.72


def test_colours_change_as_they_say() -> None:
    picture = marked()
    gray = Colour(saturation=0.0).apply(picture)
    np.testing.assert_allclose(gray[0], gray[2], atol=1e-6)
    np.testing.assert_allclose(Colour().apply(picture), picture, atol=1e-6)
    np.testing.assert_allclose(Colour(brightness=0.5).apply(picture), 0.5 * picture, atol=1e-6)
    red = np.zeros((3, 4, 4), np.float32)
    red[0] = 1.0
    green = Colour(hue_turns=1 / 3).apply(red)
    np.testing.assert_allclose(green[:, 0, 0], [0, 1, 0], atol=1e-5)


def test_worse_jpeg_and_more_blur_lose_more() -> None:
    picture = np.random.default_rng(0).random((3, 64, 64), np.float32)

    def lost(effect: CoverEffect) -> float:
        return float(np.abs(effect.apply(picture) - picture).mean())

    assert lost(Jpeg(95)) < lost(Jpeg(20))
    assert lost(Blur(0.003)) < lost(Blur(0.02))
    assert lost(Thumbnail(60)) < lost(Thumbnail(8))
    assert lost(Thumbnail(64)) == 0


def test_old_paper_is_yellow() -> None:
    white = np.ones((3, 32, 32), np.float32)
    red, green, blue = PrintAndScan(100.0, 0.9, 0.5, 0.0, 1).apply(white).mean(axis=(1, 2))
    assert red > green > blue
