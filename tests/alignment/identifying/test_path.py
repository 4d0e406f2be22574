"""Paths with known answers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unisono.alignment.identifying.path import THRESHOLD, best_path, by_chance, path_at


def diagonal(rows, columns, first=0, slope=1.0, high=4.0):
    scores = np.zeros((rows, columns), np.float32)
    for row in range(rows):
        scores[row, first + round(row * slope)] = high
    return scores


def test_a_line_is_found_with_its_gain():
    found = best_path(diagonal(6, 20, first=9), np.arange(6.0), np.array([1.0]))
    assert found.cells.tolist() == [[row, 9 + row] for row in range(6)]
    assert found.gain == pytest.approx(6 * (4 - THRESHOLD))


@pytest.mark.parametrize("slope", [0.5, 1.0, 3.0])
def test_the_right_pace_is_found_among_several(slope):
    scores = diagonal(8, 40, first=5, slope=slope)
    found = best_path(scores, np.arange(8.0), np.array([0.5, 1.0, 3.0]))
    assert found.cells[-1].tolist() == [7, 5 + round(7 * slope)]
    assert found.gain == pytest.approx(8 * (4 - THRESHOLD))


def test_positions_say_how_far_apart_rows_are():
    positions = np.array([0.0, 1.0, 6.0, 7.0])
    scores = np.zeros((4, 12), np.float32)
    scores[np.arange(4), positions.astype(int)] = 4
    found = best_path(scores, positions, np.array([1.0]))
    assert found.cells[:, 1].tolist() == [0, 1, 6, 7]


def test_a_path_bridges_a_passage_that_does_not_fit_but_not_a_gulf():
    scores = diagonal(5, 5)
    scores[2] = 0
    assert len(best_path(scores, np.arange(5.0), np.array([1.0])).cells) == 5
    scores[2] = -50
    assert len(best_path(scores, np.arange(5.0), np.array([1.0])).cells) == 2


def test_nothing_above_the_threshold_gives_no_path():
    for scores in (np.zeros((3, 4), np.float32), np.zeros((0, 4), np.float32)):
        found = best_path(scores, np.arange(float(len(scores))), np.array([1.0]))
        assert found.gain == 0 and found.cells.shape == (0, 2)


def test_order_matters():
    scores = diagonal(10, 10)
    positions, paces = np.arange(10.0), np.array([1.0])
    straight = best_path(scores, positions, paces).gain
    assert by_chance(scores, positions, paces) < 0.2 * straight
    assert by_chance(scores[:, ::-1], positions, paces) == pytest.approx(straight)


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**31),
    rows=st.integers(1, 8),
    columns=st.integers(1, 12),
    pace=st.floats(0.2, 4),
)
def test_a_path_is_a_way_through_and_no_other_is_better(seed, rows, columns, pace):
    random = np.random.default_rng(seed)
    values = random.normal(0, 2, (rows, columns)).astype(np.float32)
    found = path_at(values, np.arange(rows) * pace)
    cells = found.cells
    if len(cells):
        assert (np.diff(cells[:, 0]) == 1).all() and (np.diff(cells[:, 1]) >= 0).all()
        assert 0 < found.gain <= values[cells[:, 0], cells[:, 1]].sum() + 1e-3
    # No straight way at the pace, from any cell, is worth more.
    columns_at = np.rint(np.arange(rows) * pace).astype(int)
    for row in range(rows):
        for column in range(columns):
            ahead = column + columns_at[row:] - columns_at[row]
            ahead = ahead[ahead < columns]
            gain = values[row + np.arange(len(ahead)), ahead].cumsum().max()
            assert gain <= found.gain + 1e-3 or gain <= 0


def test_standing_still_costs_and_going_on_does_not():
    scores = np.zeros((8, 9), np.float32)
    scores[:, 0] = 4
    still = best_path(scores, np.arange(8.0), np.array([0.5]))
    scores = diagonal(8, 9, slope=0.5)
    going = best_path(scores, np.arange(8.0), np.array([0.5]))
    assert going.gain == pytest.approx(8 * (4 - THRESHOLD))
    assert still.gain < going.gain
