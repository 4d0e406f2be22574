from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unisono.data.pages.strips import (
    STAFF_SPACE,
    STRIP_HEIGHT,
    Box,
    Strip,
    cut_strips,
    join_strips,
)


def page_of(boxes: list[Box], space: float, slope: float = 0.0) -> np.ndarray:
    """White paper with five-line staves at the tops of the boxes and a bar across each box."""
    page = np.full((700, 800), 255, np.uint8)
    columns = np.arange(800)
    for x0, y0, x1, y1 in boxes:
        inside = columns[int(x0) : int(x1) + 1]
        fall = np.round(slope * (inside - x0)).astype(int)
        for top in {y0, y1 - 4 * space}:
            for line in range(5):
                rows = np.round(top + line * space).astype(int) + fall
                page[rows, inside] = 0
                page[rows + 1, inside] = 0
        middle = int(x0 + x1) // 2
        shift = round(slope * (middle - x0))
        page[int(y0) + shift : int(y1) + shift, middle : middle + 3] = 0
    return page


BOXES = [(50.0, 100.0, 750.0, 140.0), (90.0, 300.0, 700.0, 340.0), (50.0, 500.0, 750.0, 540.0)]


@pytest.fixture(scope="module")
def strips() -> list[Strip]:
    return cut_strips(page_of(BOXES, 10.0), BOXES, [10.0] * 3, number=4)


def rows_of_lines(strip: Strip) -> np.ndarray:
    """Rows of the strip that are ink along nearly all of it, one entry a run of rows."""
    rows = np.flatnonzero((strip.ink > 60).mean(axis=1) > 0.8)
    runs = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1)
    return np.array([run.mean() for run in runs if len(run)])


def test_staves_have_one_size_and_stand_in_the_middle(strips: list[Strip]) -> None:
    for number, strip in enumerate(strips, start=1):
        assert (strip.page, strip.system, strip.scale) == (4, number, STAFF_SPACE / 10)
        assert strip.ink.shape == (STRIP_HEIGHT, strip.width)
        lines = rows_of_lines(strip)
        assert len(lines) == 5
        np.testing.assert_allclose(np.diff(lines), STAFF_SPACE, atol=0.6)
        assert lines.mean() == pytest.approx(STRIP_HEIGHT / 2, abs=1.2)


def test_paper_is_zero_and_ink_is_bright(strips: list[Strip]) -> None:
    assert strips[0].ink[:20].max() < 10
    assert strips[0].ink.max() > 120


@given(x=st.floats(50, 750), left=st.floats(0, 50), scale=st.floats(0.05, 3))
def test_columns_there_and_back(x: float, left: float, scale: float) -> None:
    strip = Strip(np.zeros((STRIP_HEIGHT, 8), np.uint8), 1, 1, BOXES[0], scale, left, 0.0)
    assert strip.to_page_x(strip.to_strip_x(x)) == pytest.approx(x, abs=1e-6)


def test_columns_outside_the_system_stay_inside_its_box(strips: list[Strip]) -> None:
    assert strips[0].to_page_x(-100) == 50
    assert strips[0].to_page_x(1e6) == 750


def test_a_bar_is_found_where_it_stands(strips: list[Strip]) -> None:
    for strip, (x0, _, x1, _) in zip(strips, BOXES, strict=True):
        gap = (rows_of_lines(strip)[:2].mean()).round().astype(int)
        column = int(strip.ink[gap].argmax())
        assert strip.to_page_x(column + 0.5) == pytest.approx((x0 + x1) / 2 + 1.5, abs=3)


def test_a_tall_system_shrinks_until_it_fits() -> None:
    box = (50.0, 80.0, 750.0, 580.0)
    (strip,) = cut_strips(page_of([box], 10.0), [box], [10.0])
    assert strip.scale < STAFF_SPACE / 10
    lines = rows_of_lines(strip)
    assert lines.min() > 0
    assert lines.max() < STRIP_HEIGHT - 1
    # a staff space of ledger room stays above and below
    assert lines.min() >= 4 * 10 * strip.scale
    assert strip.width == pytest.approx(720 * strip.scale, abs=1)


@pytest.mark.parametrize("slope", [0.04, -0.04])
def test_a_skewed_system_is_straightened(slope: float) -> None:
    box = (60.0, 300.0, 740.0, 340.0)
    page = page_of([box], 10.0, slope)
    (straight,) = cut_strips(page, [box], [10.0], slopes=[slope])
    (skewed,) = cut_strips(page, [box], [10.0])
    assert len(rows_of_lines(skewed)) < 5
    lines = rows_of_lines(straight)
    assert len(lines) == 5
    np.testing.assert_allclose(np.diff(lines), STAFF_SPACE, atol=0.6)
    assert lines.mean() == pytest.approx(STRIP_HEIGHT / 2, abs=1.2)
    assert straight.slope == slope


def test_a_neighbour_s_staff_is_not_in_the_strip() -> None:
    near = [(50.0, 100.0, 750.0, 140.0), (50.0, 200.0, 750.0, 240.0)]
    for strip in cut_strips(page_of(near, 10.0), near, [10.0] * 2):
        assert len(rows_of_lines(strip)) == 5


def test_uneven_light_is_no_ink() -> None:
    page = page_of(BOXES[:1], 10.0).astype(float)
    shade = np.linspace(1.0, 0.5, 800)[None, :]
    (strip,) = cut_strips((page * shade).astype(np.uint8), BOXES[:1], [10.0])
    assert np.median(strip.ink) < 10
    assert len(rows_of_lines(strip)) == 5


def test_a_system_at_the_edge_of_the_paper() -> None:
    box = (0.0, 2.0, 799.0, 42.0)
    (strip,) = cut_strips(page_of([box], 10.0), [box], [10.0])
    assert strip.left == 0
    assert len(rows_of_lines(strip)) == 5
    assert rows_of_lines(strip).mean() == pytest.approx(STRIP_HEIGHT / 2, abs=1.2)


def test_regions_of_a_long_strip_map_back(strips: list[Strip]) -> None:
    long = join_strips(strips)
    assert long.ink.shape == (STRIP_HEIGHT, sum(strip.width for strip in strips))
    assert long.starts.tolist() == [0, strips[0].width, strips[0].width + strips[1].width]
    for row, (x0, y0, x1, y1) in enumerate(BOXES):
        for page_x in (x0 + 1, (x0 + x1) / 2, x1 - 1):
            region = long.regions(long.column(row, page_x), 8.0)
            assert (region.page, region.system) == (4, row + 1)
            assert (region.y0, region.y1) == (y0, y1)
            assert x0 <= region.x0 <= page_x <= region.x1 <= x1
            assert region.x0 == pytest.approx(max(x0, page_x - 20), abs=1e-6)
            assert region.x1 == pytest.approx(min(x1, page_x + 20), abs=1e-6)


def test_a_region_never_reaches_into_the_next_system(strips: list[Strip]) -> None:
    long = join_strips(strips)
    region = long.regions(strips[0].width - 1.0, 50.0)
    assert (region.system, region.x1) == (1, 750.0)
    assert long.regions(1e9, 5.0).system == 3
    assert long.regions(-5.0, 5.0).system == 1
