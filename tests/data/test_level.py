"""Staves of strips at the heights where every strip has them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unisono.data.pages.level import CENTRES, RowMap, Staves, find_staves, level, row_map, warped
from unisono.data.pages.strips import STRIP_HEIGHT, cut_strips


def drawn(centres: list[float], space: float = 4.0, width: int = 300) -> np.ndarray:
    """Staff lines on a strip, with some upright strokes as notes have them."""
    rows = np.arange(STRIP_HEIGHT) + 0.5
    ink = np.zeros((STRIP_HEIGHT, width), np.float64)
    for centre in centres:
        for line in range(-2, 3):
            ink += 200 * np.clip(1 - np.abs(rows - centre - line * space), 0, 1)[:, None]
        for column in range(20, width, 30):
            ink[int(centre) - 8 : int(centre) + 8, column] = 255
    return np.clip(ink, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("centres", "space"),
    [
        ([64.0], 4.0),
        ([50.25], 3.5),
        ([40.5, 90.0], 4.0),
        ([20.0, 60.5, 100.75], 3.6),
        ([20.0, 48.0, 76.0, 104.0], 3.0),
    ],
)
def test_staves_come_to_their_heights(centres: list[float], space: float) -> None:
    found = find_staves(drawn(centres, space))
    assert found is not None
    np.testing.assert_allclose(found.centres, centres, atol=0.3)
    assert found.space == pytest.approx(space, abs=0.11)
    levelled, rows = level(drawn(centres, space))
    assert rows is not None
    again = find_staves(levelled)
    assert again is not None
    np.testing.assert_allclose(again.centres, CENTRES[len(centres)], atol=0.5)
    assert again.space == pytest.approx(4.0, abs=0.11)
    np.testing.assert_allclose(rows(centres), CENTRES[len(centres)], atol=0.4)


def test_a_mark_is_found_where_the_map_says() -> None:
    ink = drawn([38.0, 84.0], 3.7)
    for row in (14, 38, 55, 66, 84, 110):
        marked = ink.copy()
        marked[row - 1 : row + 2, 200:203] = 255
        (levelled, rows), (plain, _) = level(marked), level(ink)
        assert rows is not None
        change = levelled[:, 201].astype(int) - plain[:, 201].astype(int)
        if change.any():
            middle = float(np.average(np.arange(STRIP_HEIGHT) + 0.5, weights=np.abs(change)))
            assert middle == pytest.approx(float(rows(row + 0.5)), abs=1.5)


@pytest.mark.parametrize(
    "ink",
    [
        np.zeros((STRIP_HEIGHT, 200), np.uint8),
        np.full((STRIP_HEIGHT, 200), 255, np.uint8),
        drawn([14.0, 38.0, 62.0, 86.0, 110.0], 3.0),
        np.zeros((STRIP_HEIGHT, 1), np.uint8),
    ],
)
def test_what_shows_no_staves_or_too_many_stays(ink: np.ndarray) -> None:
    same, rows = level(ink)
    assert rows is None
    assert same is ink


@settings(max_examples=100)
@given(
    st.integers(1, 4).flatmap(lambda n: st.lists(st.floats(6.0, 14.0), min_size=n, max_size=n)),
    st.floats(2.2, 4.2),
)
def test_rows_keep_their_order_and_come_back(gaps: list[float], space: float) -> None:
    centres = tuple(np.cumsum(np.array(gaps) * space).tolist())
    rows = row_map(Staves(centres, space), STRIP_HEIGHT)
    at = np.linspace(-40, 220, 500)
    moved = rows(at)
    assert (np.diff(moved) > 0).all()
    np.testing.assert_allclose(rows.inverse()(moved), at, atol=1e-6)
    for centre, target in zip(centres, CENTRES[len(centres)], strict=True):
        # a staff keeps its shape
        lines = centre + space * np.arange(-2, 3)
        np.testing.assert_allclose(rows(lines), target + 4.0 * np.arange(-2, 3), atol=1e-6)


def test_rows_that_stay_give_the_same_picture() -> None:
    ink = drawn([64.0])
    np.testing.assert_array_equal(warped(ink, RowMap((0.0, 1.0), (0.0, 1.0))), ink)


def test_notes_of_a_page_stand_where_its_strip_shows_them() -> None:
    page = np.full((400, 900), 255, np.uint8)
    for middle in (120, 230):
        for line in range(-2, 3):
            page[middle + 8 * line, 50:850] = 0
    page[101:107, 400:406] = 0  # a head above the upper middle line
    box = (50.0, 104.0, 850.0, 246.0)
    [strip] = cut_strips(page, [box], [8.0])
    assert strip.rows is not None
    np.testing.assert_allclose(strip.to_strip_y([120.5, 230.5]), CENTRES[2], atol=0.6)
    column = round(strip.to_strip_x(403.0))
    beside = round(strip.to_strip_x(500.0))
    head = strip.ink[:, column].astype(int) - strip.ink[:, beside]
    assert int(np.argmax(head)) == pytest.approx(float(strip.to_strip_y(104.0)), abs=1.6)
