import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from unisono.alignment.time.dtw import StepWeights, dtw

costs = arrays(
    np.float32,
    array_shapes(min_dims=2, max_dims=2, max_side=12),
    elements=st.integers(0, 8).map(lambda value: value / 4),
)
weightings = st.sampled_from(
    [StepWeights(), StepWeights(2, 1, 1), StepWeights(1, 1.5, 1.5), StepWeights(1, 0.5, 2)]
)


def reference(cost, weights, subsequence):
    """The sums of the textbook recursion, cell by cell."""
    n, m = cost.shape
    total = np.full((n, m), np.inf)
    for i in range(n):
        for j in range(m):
            here = float(cost[i, j])
            ways = []
            if i == 0 and (subsequence or j == 0):
                ways.append(here)
            if i and j:
                ways.append(total[i - 1, j - 1] + weights.diagonal * here)
            if i:
                ways.append(total[i - 1, j] + weights.down * here)
            if j:
                ways.append(total[i, j - 1] + weights.right * here)
            total[i, j] = min(ways)
    return total[-1].min() if subsequence else total[-1, -1]


def along(path, cost, weights):
    """The cost of a path, added up step by step."""
    total = float(cost[tuple(path[0])])
    for (i, j), (k, o) in pairwise(path):
        weight = {(1, 1): weights.diagonal, (1, 0): weights.down, (0, 1): weights.right}
        total += weight[k - i, o - j] * float(cost[k, o])
    return total


@settings(deadline=None)
@given(costs, weightings, st.booleans())
def test_the_path_costs_what_the_reference_finds(cost, weights, subsequence):
    warp = dtw(cost, weights=weights, subsequence=subsequence)
    assert warp.total == reference(cost, weights, subsequence)
    assert along(warp.path, cost, weights) == warp.total


@settings(deadline=None)
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


@pytest.mark.parametrize("cost", [np.zeros((0, 3)), np.zeros(3), np.full((2, 2), np.nan)])
def test_what_is_no_cost_matrix_is_refused(cost):
    with pytest.raises(ValueError, match="cost matrix"):
        dtw(cost)


def test_importing_compiles_nothing():
    code = "import sys, unisono.alignment.time; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
