import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from unisono.alignment.time.band import Band
from unisono.alignment.time.cost_blocks import CosineCost, MatrixCost
from unisono.alignment.time.dtw import SlopedStepWeights, StepWeights, dtw, multi_scale_dtw

costs = arrays(
    np.float32,
    array_shapes(min_dims=2, max_dims=2, max_side=12),
    elements=st.integers(0, 8).map(lambda value: value / 4),
)
weightings = st.sampled_from(
    [
        StepWeights(),
        StepWeights(2, 1, 1),
        StepWeights(1, 1.5, 1.5),
        StepWeights(1, 0.5, 2),
        SlopedStepWeights(),
        SlopedStepWeights(1, 2, 1.5),
    ]
)


def steps_of(weights):
    if isinstance(weights, SlopedStepWeights):
        return {(1, 1): weights.diagonal, (2, 1): weights.down, (1, 2): weights.right}
    return {(1, 1): weights.diagonal, (1, 0): weights.down, (0, 1): weights.right}


def reference(cost, weights, subsequence, band=None):
    """The sums of the textbook recursion, cell by cell; infinite where there is no path."""
    n, m = cost.shape
    band = band or Band.whole(n, m)
    total = np.full((n, m), np.inf)
    for i in range(n):
        for j in range(band.low[i], band.high[i]):
            here = float(cost[i, j])
            ways = [here] if i == 0 and (subsequence or j == 0) else []
            ways += [
                total[i - down, j - right] + weight * here
                for (down, right), weight in steps_of(weights).items()
                if i >= down and j >= right
            ]
            total[i, j] = min(ways, default=np.inf)
    return total[-1].min() if subsequence else total[-1, -1]


def along(path, cost, weights):
    """The cost of a path, added up step by step; KeyError for a step that is none."""
    total = float(cost[tuple(path[0])])
    for (i, j), (k, o) in pairwise(path):
        total += steps_of(weights)[k - i, o - j] * float(cost[k, o])
    return total


def check(cost, weights, subsequence=False, band=None, **settings_):
    """The path of ``dtw`` costs what the reference finds, is a path, and stays in the band."""
    expected = reference(cost, weights, subsequence, band)
    if not np.isfinite(expected):
        with pytest.raises(ValueError, match=r"no path|first corner"):
            dtw(cost, weights=weights, subsequence=subsequence, band=band, **settings_)
        return
    warp = dtw(cost, weights=weights, subsequence=subsequence, band=band, **settings_)
    assert warp.total == expected
    assert along(warp.path, cost, weights) == expected
    rows, columns = warp.path.T
    assert (rows[0], rows[-1]) == (0, len(cost) - 1)
    if not subsequence:
        assert (columns[0], columns[-1]) == (0, cost.shape[1] - 1)
    if band is not None:
        assert (columns >= band.low[rows]).all() and (columns < band.high[rows]).all()


@settings(max_examples=50)
@given(costs, weightings, st.booleans())
def test_the_path_costs_what_the_reference_finds(cost, weights, subsequence):
    check(cost, weights, subsequence)


@settings(max_examples=50)
@given(costs, weightings, st.booleans(), st.data())
def test_a_band_is_kept_to(cost, weights, subsequence, data):
    n, m = cost.shape
    columns = st.lists(st.integers(0, m - 1), min_size=n, max_size=n)
    low, more = sorted(data.draw(columns)), sorted(data.draw(columns))
    band = Band(np.array(low), np.maximum(np.array(low), np.array(more)) + 1)
    check(cost, weights, subsequence, band)


@pytest.mark.parametrize("weights", [StepWeights(2, 1.5, 1.5), SlopedStepWeights(1, 2, 1.5)])
@pytest.mark.parametrize("subsequence", [False, True])
@pytest.mark.parametrize("shape", [(301, 47), (150, 260), (700, 400)])
def test_ways_back_that_are_worked_out_again_are_the_same(weights, subsequence, shape):
    cost = np.random.default_rng(shape[0]).integers(0, 8, shape).astype(np.float32) / 4
    settings_ = {"weights": weights, "subsequence": subsequence}
    if isinstance(weights, SlopedStepWeights) and shape[0] > 2 * shape[1]:
        with pytest.raises(ValueError, match="twice as long"):
            dtw(cost, held_bytes=0, **settings_)
        return
    once, twice = dtw(cost, **settings_), dtw(cost, held_bytes=0, **settings_)
    assert once.total == twice.total
    assert (once.path == twice.path).all()
    if cost.size < 50_000:
        check(cost, weights, subsequence)


@pytest.mark.parametrize("weights", [StepWeights(2, 1.5, 1.5), SlopedStepWeights()])
@pytest.mark.parametrize("radius", [0, 3, 20])
def test_bands_and_sections_together(weights, radius):
    cost = np.random.default_rng(radius).integers(0, 8, (260, 300)).astype(np.float32)
    check(cost, weights, band=Band.sakoe_chiba(260, 300, radius), held_bytes=0)


def test_a_path_that_is_known():
    # Müller 2015, figure 3.14 and table 3.2: sequences 1, 3, 9, 2, 1 and 2, 0, 0, 8, 7, 2.
    x, y = np.array([1, 3, 9, 2, 1]), np.array([2, 0, 0, 8, 7, 2])
    warp = dtw(np.abs(x[:, None] - y).astype(np.float32))
    assert warp.total == 9
    assert warp.path.tolist() == [[0, 0], [0, 1], [1, 2], [2, 3], [2, 4], [3, 5], [4, 5]]


@settings(max_examples=50)
@given(costs, st.booleans())
def test_the_path_reaches_from_end_to_end(cost, subsequence):
    path = dtw(cost, subsequence=subsequence).path
    n, m = cost.shape
    assert (path[0][0], path[-1][0]) == (0, n - 1)
    if not subsequence:
        assert (path[0][1], path[-1][1]) == (0, m - 1)
    assert path.min() >= 0 and path[:, 1].max() < m


def test_a_sequence_is_found_inside_a_longer_one():
    longer = np.random.default_rng(0).standard_normal((40, 8))
    longer /= np.linalg.norm(longer, axis=1, keepdims=True)
    cost = 1 - longer[12:20] @ longer.T
    path = dtw(cost.astype(np.float32), weights=StepWeights(1, 2, 2), subsequence=True).path
    assert path.tolist() == [[i, 12 + i] for i in range(8)]


def test_equal_ways_go_diagonally():
    assert dtw(np.zeros((3, 3), np.float32)).path.tolist() == [[0, 0], [1, 1], [2, 2]]


def test_a_straight_band():
    band = Band.sakoe_chiba(5, 5, 1)
    assert band.low.tolist() == [0, 0, 0, 1, 2]
    assert band.high.tolist() == [3, 4, 5, 5, 5]
    assert Band.sakoe_chiba(1, 4, 0).high.tolist() == [4]
    assert band.cells == 19


def test_the_surroundings_of_a_coarse_path():
    path = np.array([[0, 0], [1, 1], [1, 2]])
    band = Band.around(path, (2, 3), (4, 6), 0)
    assert band.low.tolist() == [0, 0, 2, 2]
    assert band.high.tolist() == [2, 2, 6, 6]
    wider = Band.around(path, (2, 3), (4, 6), 1)
    assert wider.low.tolist() == [0, 0, 0, 1]
    assert wider.high.tolist() == [3, 6, 6, 6]
    skipping = Band.around(np.array([[0, 1], [2, 2]]), (3, 3), (3, 3), 0)
    assert skipping.low.tolist() == [1, 1, 2] and skipping.high.tolist() == [2, 3, 3]


@settings(max_examples=30)
@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 90), st.integers(1, 90))
def test_the_surroundings_always_hold_a_path(n, m, rows, columns):
    path = dtw(np.random.default_rng(n * m).random((n, m), dtype=np.float32)).path
    band = Band.around(path, (n, m), (rows, columns), 0)
    check(np.ones((rows, columns), np.float32), StepWeights(), band=band)


def test_what_is_no_band_is_refused():
    with pytest.raises(ValueError, match="must not fall"):
        Band(np.array([1, 0]), np.array([2, 2]))
    with pytest.raises(ValueError, match="in every row"):
        Band(np.array([0, 2]), np.array([2, 2]))
    with pytest.raises(ValueError, match="band"):
        dtw(np.zeros((3, 3), np.float32), band=Band.whole(4, 3))
    with pytest.raises(ValueError, match="above 0"):
        StepWeights(diagonal=0)


def unit_walk(n, seed=0):
    steps = np.random.default_rng(seed).standard_normal((n, 12)).cumsum(axis=0)
    return (steps / np.linalg.norm(steps, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("subsequence", [False, True])
def test_from_coarse_to_fine_the_same_path_is_found(subsequence):
    score = unit_walk(2000)
    index = np.interp(
        np.arange(1500), [0, 500, 1500], [600, 900, 1900] if subsequence else [0, 1200, 1999]
    )
    played = score[np.rint(index).astype(int)]
    weights = StepWeights(2, 1.5, 1.5)
    levels = [CosineCost(played[::k], score[::k]) for k in (16, 4, 1)]
    found = multi_scale_dtw(levels, weights=weights, subsequence=subsequence)
    whole = dtw(levels[-1], weights=weights, subsequence=subsequence)
    assert found.total == pytest.approx(whole.total)
    assert np.abs(index[found.path[:, 0]] - found.path[:, 1]).max() < 6


def test_costs_given_in_blocks_are_the_same_as_a_matrix():
    x, y = unit_walk(120, 1), unit_walk(90, 2)
    assert (dtw(MatrixCost(1 - x @ y.T)).path == dtw(CosineCost(x, y)).path).all()


@pytest.mark.parametrize("cost", [np.zeros((0, 3)), np.zeros(3), np.full((2, 2), np.nan)])
def test_what_is_no_cost_matrix_is_refused(cost):
    with pytest.raises(ValueError, match="cost matrix"):
        dtw(cost)


def test_importing_compiles_nothing():
    code = "import sys, unisono.alignment.time; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
