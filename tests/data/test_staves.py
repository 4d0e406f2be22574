"""Systems are found on pages drawn here, whose boxes are known, and not on anything else."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from unisono.data.staves import Box, find_page_systems, find_systems

Page = npt.NDArray[np.uint8]


def paper(width: int = 1200, height: int = 1500) -> Page:
    return np.full((height, width), 255, np.uint8)


def draw_system(
    page: Page,
    top: int,
    staves: int,
    *,
    left: int = 100,
    right: int = 1100,
    space: int = 12,
    apart: int = 9,
    bars_through: bool = False,
    seed: int = 0,
) -> Box:
    """Staves ``apart`` line distances from each other, with notes, bar lines and a system line."""
    random = np.random.default_rng(seed)
    bottom = top
    for k in range(staves):
        first = top + k * (4 + apart) * space
        bottom = first + 4 * space
        for line in range(5):
            y = first + line * space
            cv2.line(page, (left, y), (right, y), 0, max(1, space // 8))
        for x in range(left + 6 * space, right - 2 * space, 3 * space):
            y = first + int(random.integers(0, 9)) * space // 2
            cv2.ellipse(page, (x, y), (space * 6 // 10, space * 4 // 10), -20, 0, 360, 0, -1)
            cv2.line(page, (x + space // 2, y), (x + space // 2, y - 3 * space), 0, 1)
        for x in (left + (right - left) // 2, right):
            cv2.line(page, (x, first), (x, bottom), 0, max(1, space // 6))
    if staves > 1:
        cv2.line(page, (left, top), (left, bottom), 0, max(2, space // 6))
        if bars_through:
            middle = left + (right - left) // 2
            cv2.line(page, (middle, top), (middle, bottom), 0, max(1, space // 6))
    return (float(left), float(top), float(right), float(bottom))


def draw_text(page: Page) -> None:
    for row, y in enumerate(range(120, page.shape[0] - 60, 34)):
        words = "the quick brown fox jumps over a lazy dog and the song goes on " * 2
        cv2.putText(page, words[row % 9 :], (80, y), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 0, 2)


def assert_boxes(found: list[Box], drawn: list[Box], within: float) -> None:
    assert len(found) == len(drawn)
    np.testing.assert_allclose(np.array(found), np.array(drawn), atol=within)


@pytest.mark.parametrize("staves", [1, 2, 4])
def test_systems_of_one_two_and_four_staves(staves: int) -> None:
    page = paper()
    step = staves * 13 * 12 + 90
    drawn = [draw_system(page, top, staves, seed=top) for top in range(120, 1450 - step, step)]
    systems = find_page_systems(page)
    assert_boxes([s.box for s in systems], drawn, within=8.0)
    assert [len(s.staves) for s in systems] == [staves] * len(drawn)
    assert [s.staff_space for s in systems] == pytest.approx([12.0] * len(drawn), rel=0.04)


@pytest.mark.parametrize("space", [6, 9, 20, 30])
def test_small_and_large_staves(space: int) -> None:
    page = paper(90 * space, 60 * space)
    drawn = [
        draw_system(page, top * space, 2, left=5 * space, right=85 * space, space=space)
        for top in (6, 34)
    ]
    assert_boxes(find_systems(page), drawn, within=0.8 * space)


def test_bar_lines_join_staves_whose_system_line_is_lost() -> None:
    page = paper()
    drawn = draw_system(page, 300, 2, bars_through=True)
    cv2.line(page, (1100, 300), (1100, 300 + 17 * 12), 0, 2)
    page[349:455, 90:106] = 255
    assert_boxes(find_systems(page), [drawn], within=14.0)


def test_a_streak_of_the_scanner_joins_nothing() -> None:
    page = paper()
    drawn = [draw_system(page, top, 1, seed=top) for top in (200, 400, 600)]
    page[:, 700:702] = 0
    assert_boxes(find_systems(page), drawn, within=8.0)


@pytest.mark.parametrize("degrees", [-5.0, -3.0, 3.0, 5.0])
def test_skewed_pages(degrees: float) -> None:
    page = paper()
    drawn = [draw_system(page, top, 2, seed=top) for top in (300, 650, 1000)]
    turn = cv2.getRotationMatrix2D((600, 750), degrees, 1.0)
    turned = cv2.warpAffine(page, turn, (1200, 1500), borderValue=255)
    systems = find_page_systems(turned.astype(np.uint8))
    expected = []
    for x0, y0, x1, y1 in drawn:
        corners = np.array([[x0, y0, 1], [x1, y0, 1], [x1, y1, 1], [x0, y1, 1]]) @ turn.T
        expected.append((*corners.min(axis=0).tolist(), *corners.max(axis=0).tolist()))
    assert_boxes([s.box for s in systems], expected, within=10.0)
    for system in systems:
        assert system.skew == pytest.approx(-np.tan(np.radians(degrees)), abs=0.006)


def test_middle_lines_follow_the_staff() -> None:
    page = paper()
    draw_system(page, 300, 2)
    (system,) = find_page_systems(page)
    for line, y in zip(system.middle_lines, (324, 324 + 13 * 12), strict=True):
        points = np.array(line)
        assert np.all(np.diff(points[:, 0]) > 0)
        assert np.abs(points[:, 1] - y).max() < 3.0


def test_uneven_light_noise_and_blur() -> None:
    page = paper()
    drawn = [draw_system(page, top, 2, seed=top) for top in (200, 560, 920)]
    shade = np.linspace(0.35, 1.0, 1200)[None, :] * np.linspace(1.0, 0.7, 1500)[:, None]
    noise = np.random.default_rng(3).normal(0.0, 6.0, page.shape)
    photo = cv2.GaussianBlur(page, (0, 0), 1.0) * shade + noise
    assert_boxes(find_systems(np.clip(photo, 0, 255).astype(np.uint8)), drawn, within=10.0)


def test_specks_of_a_bilevel_scan() -> None:
    page = paper()
    drawn = [draw_system(page, top, 2, seed=top) for top in (200, 560, 920)]
    random = np.random.default_rng(5).random(page.shape)
    page[random < 0.01] = 0
    page[random > 0.96] = 255
    assert_boxes(find_systems(page), drawn, within=10.0)


def test_a_double_page_is_read_left_page_first() -> None:
    page = paper(2400, 1300)
    left = [draw_system(page, top, 2, left=100, right=1100, seed=top) for top in (150, 500, 850)]
    right = [draw_system(page, top, 2, left=1300, right=2300, seed=top) for top in (120, 470, 820)]
    assert_boxes(find_systems(page), left + right, within=8.0)


def test_colour_gives_what_gray_gives() -> None:
    page = paper()
    draw_system(page, 300, 2)
    assert find_systems(np.repeat(page[:, :, None], 3, axis=2)) == find_systems(page)


def test_transparent_paper_is_white() -> None:
    page = paper()
    drawn = draw_system(page, 300, 2)
    clear = np.zeros((*page.shape, 4), np.uint8)
    clear[:, :, 3] = 255 - page
    assert_boxes(find_systems(clear), [drawn], within=8.0)


def test_an_impossible_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="height, width"):
        find_systems(np.zeros((40, 40, 2), np.uint8))


@pytest.mark.parametrize("shape", [(1, 1), (10, 400), (600, 600), (1200, 900, 3)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_blank_image_has_no_systems(shape: tuple[int, ...], level: int) -> None:
    assert find_systems(np.full(shape, level, np.uint8)) == []


def test_a_page_of_text_has_no_systems() -> None:
    page = paper()
    draw_text(page)
    assert find_systems(page) == []
    assert find_systems(cv2.resize(page, (420, 525), interpolation=cv2.INTER_AREA)) == []


def test_stripes_are_not_staves() -> None:
    page = paper()
    for y in range(60, 1440, 12):
        cv2.line(page, (100, y), (1100, y), 0, 2)
    assert find_systems(page) == []


@pytest.mark.parametrize("sigma", [0.0, 1.0, 4.0, 20.0])
def test_noise_is_not_music(sigma: float) -> None:
    random = np.random.default_rng(7).random((800, 800)).astype(np.float32)
    picture = cv2.GaussianBlur(random, (0, 0), sigma) if sigma else random
    spread = (picture - picture.min()) / (picture.max() - picture.min())
    assert find_systems((255 * spread).astype(np.uint8)) == []


def test_music_under_a_title_and_a_footer() -> None:
    page = paper()
    cv2.putText(page, "Sonata in C", (350, 100), cv2.FONT_HERSHEY_SIMPLEX, 2.0, 0, 4)
    cv2.putText(page, "copyright by nobody at all", (80, 1450), cv2.FONT_HERSHEY_SIMPLEX, 0.7, 0, 2)
    drawn = [draw_system(page, top, 2, seed=top) for top in (250, 600)]
    assert_boxes(find_systems(page), drawn, within=8.0)
