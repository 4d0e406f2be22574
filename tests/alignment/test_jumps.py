"""The search for jumps, against the same found slowly, and on made sequences."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unisono.alignment.time.cost_blocks import MatrixCost
from unisono.alignment.time.jumps import JumpPrices, find_order

NONE = float("inf")


def slowly(cost, starts, order, prices):
    """The cheapest total, from the meaning of each price, cell by cell and way by way."""
    n, m = cost.shape
    b = len(starts)
    mean = float(np.mean(cost[np.unique(np.linspace(0, n - 1, 64).astype(int))]))
    ends = [*starts[1:], m]
    first = list(starts)
    last = [max(first[k], ends[k] - 1) for k in range(b)]
    exits = {k: {last[k], max(last[k] - 1, first[k])} for k in range(b)}
    pairs = list(itertools.pairwise(order))
    barred = {
        first[k + 1]
        for k in range(b - 1)
        if (k, k + 1) not in pairs and k in order and k + 1 in order
    }

    def price(a, c):
        """From column a to column c; m is elsewhere."""
        ways = [NONE]
        if a < m and c < m and 0 <= c - a <= 3:
            own = prices.staying if c == a else prices.hurrying * (c - a - 1)
            crossed = sum(a < column <= c for column in barred)
            ways.append(own + crossed * prices.barred)
        if a == c == m:
            ways.append(0.0)
        leaves = a == m or any(a in columns for columns in exits.values())
        if leaves and (c == m or c in first):
            ways.append(prices.unmarked)
        ways += [prices.marked for x, y in pairs if y != x + 1 and a in exits[x] and c == first[y]]
        if (a == m and c == first[order[0]]) or (a in exits[order[-1]] and c == m):
            ways.append(prices.ends)
        return min(ways) * mean

    wide = np.hstack([cost, np.full((n, 1), mean * prices.elsewhere)]).astype(np.float64)
    sums = np.full(m + 1, NONE)
    in_the_middle = min(prices.unmarked, prices.excerpt * n) * mean
    for k in range(b):
        sums[first[k]] = in_the_middle
    sums[first[order[0]]] = sums[m] = 0
    sums = sums + wide[0]
    for i in range(1, n):
        sums = np.array(
            [min(sums[a] + price(a, c) for a in range(m + 1)) + wide[i, c] for c in range(m + 1)]
        )
    free = {*exits[order[-1]], m}
    return min(sums[j] + (0 if j in free else in_the_middle) for j in range(m + 1))


@st.composite
def problems(draw):
    n, m = draw(st.integers(1, 9)), draw(st.integers(2, 9))
    b = draw(st.integers(1, min(4, m)))
    inner = draw(st.lists(st.integers(1, m - 1), min_size=b - 1, max_size=b - 1, unique=True))
    order = draw(st.lists(st.integers(0, b - 1), min_size=1, max_size=6))
    rng = np.random.default_rng(draw(st.integers(0, 2**31)))
    chosen = draw(st.lists(st.sampled_from([0.0, 0.1, 0.5, 2.0]), min_size=7, max_size=7))
    return rng.random((n, m), np.float32), [0, *sorted(inner)], order, JumpPrices(*chosen)


@settings(max_examples=150)
@given(problems())
def test_the_cheapest_way_is_found(problem):
    cost, starts, order, prices = problem
    found = find_order(MatrixCost(cost), starts, order, prices)
    assert found.total == pytest.approx(slowly(cost, starts, order, prices), rel=1e-4, abs=1e-5)


def sequence(*runs, length=12):
    """Columns that are played for runs of sections of ``length`` columns."""
    return [c for first, last in runs for c in range(first * length, (last + 1) * length)]


def costs_of(columns, m, seed=0, noise=0.3):
    rng = np.random.default_rng(seed)
    cost = rng.uniform(0.7, 1, (len(columns), m)).astype(np.float32)
    for i, column in enumerate(columns):
        if column >= 0:
            cost[i, column] = noise * rng.random()
    return cost


STARTS = [0, 12, 24, 36, 48]
REPEATED = (0, 1, 0, 1, 2, 3, 4)
"""A repeat of the first two sections of five."""


@pytest.mark.parametrize(
    ("runs", "order"),
    [
        (((0, 4),), REPEATED),
        (((0, 1), (0, 4)), REPEATED),
        (((0, 1), (0, 1), (0, 4)), REPEATED),  # once more than is written
        (((0, 4),), range(5)),
        (((0, 2), (1, 4)), range(5)),  # a repeat that no mark shows
        (((0, 1), (3, 4)), range(5)),  # a cut
        (((2, 4),), range(5)),
        (((0, 4), (0, 1)), (0, 1, 2, 3, 4, 0, 1)),  # da capo al fine
        (((0, 1), (0, 0), (2, 4)), (0, 1, 0, 2, 3, 4)),  # two endings
        (((0, 0), (2, 4)), (0, 1, 0, 2, 3, 4)),  # of which only the second is played
    ],
)
def test_sections_are_found_in_the_order_of_playing(runs, order):
    columns = sequence(*runs)
    # So short a section is hurried through for less than a jump usually costs.
    prices = JumpPrices(unmarked=3.0, barred=3.0, hurrying=1.0)
    found = find_order(MatrixCost(costs_of(columns, 60)), STARTS, order, prices)
    assert found.sections == runs
    assert found.columns.tolist() == columns


def test_what_is_not_of_the_score_is_elsewhere():
    columns = [-1] * 40 + sequence((0, 1), (0, 4)) + [-1] * 200
    found = find_order(MatrixCost(costs_of(columns, 60)), STARTS, REPEATED)
    assert found.sections == ((0, 1), (0, 4))
    assert np.mean(found.columns == columns) > 0.99


@pytest.mark.parametrize("each", [(2,), (1, 2), (3,)])
def test_a_slower_performance_makes_no_jumps(each):
    columns = sequence((0, 1), (0, 4))
    slow = [c for i, c in enumerate(columns) for _ in range(each[i % len(each)])]
    found = find_order(MatrixCost(costs_of(slow, 60)), STARTS, REPEATED)
    assert found.sections == ((0, 1), (0, 4))


def test_a_performance_at_more_than_twice_the_pace_makes_no_jumps():
    columns = sequence((0, 1), (0, 4))
    cost = costs_of(columns, 60)
    quick = np.concatenate([cost[:24:2], cost[24::2]])
    found = find_order(MatrixCost(quick), STARTS, REPEATED)
    assert found.sections == ((0, 1), (0, 4))


def test_a_first_ending_is_not_followed_by_the_second():
    """Where nothing else speaks, the marks decide: 1, first ending, again 1, second ending."""
    order = (0, 1, 0, 2)
    cost = np.full((48, 36), 0.5, np.float32)
    columns = sequence((0, 1), (0, 0), (2, 2))
    cost[np.arange(48), columns] = 0.2
    cost[12:24, 24:] = cost[36:, 12:24] = 0.2
    cost[36:, 24:] = 0.2
    found = find_order(
        MatrixCost(cost), [0, 12, 24], order, JumpPrices(unmarked=200.0, excerpt=10.0)
    )
    assert found.sections == ((0, 1), (0, 0), (2, 2))


def test_a_fragment_is_found_in_the_middle():
    """Too short to be worth the price of two jumps, and long enough to be stretched over all."""
    columns = list(range(20, 36))
    cost = costs_of(columns, 48)
    found = find_order(MatrixCost(cost), [0, 12, 24, 36], range(4))
    # It is found from the beginning of its section on.
    assert found.sections == ((2, 2),)
    np.testing.assert_array_equal(found.columns[4:], columns[4:])
    dear = find_order(MatrixCost(cost), [0, 12, 24, 36], range(4), JumpPrices(excerpt=10.0))
    assert dear.sections != found.sections


def test_short_sections_may_share_a_column():
    columns = sequence((0, 4))
    found = find_order(MatrixCost(costs_of(columns, 60)), [0, 0, 12, 12, 40], range(5))
    assert found.columns.tolist() == columns


@pytest.mark.parametrize(
    ("starts", "order"), [([], [0]), ([1], [0]), ([0, 5, 3], [0]), ([0], []), ([0], [1])]
)
def test_sections_that_are_none_are_refused(starts, order):
    with pytest.raises(ValueError, match="section"):
        find_order(MatrixCost(np.ones((4, 6), np.float32)), starts, order)


def test_costs_that_are_none_are_refused():
    with pytest.raises(ValueError, match="rows and columns"):
        find_order(MatrixCost(np.ones((0, 6), np.float32)), [0], [0])
    with pytest.raises(ValueError, match="finite"):
        find_order(MatrixCost(np.full((4, 6), np.nan, np.float32)), [0], [0])
    with pytest.raises(ValueError, match="staying"):
        JumpPrices(staying=-1.0)
