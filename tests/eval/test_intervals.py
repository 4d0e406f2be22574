from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unisono.eval.intervals import grouped_interval
from unisono.eval.metrics import bootstrap_interval


def test_groups_that_agree_in_themselves_and_not_with_each_other_widen_the_interval() -> None:
    values = np.repeat([0.0, 1.0, 0.0, 1.0], 100)
    groups = [name for name in "abcd" for _ in range(100)]
    low, high = grouped_interval(values, groups)
    assert (low, high) == (0.0, 1.0)
    of_items = bootstrap_interval(values)
    assert of_items[1] - of_items[0] < 0.12


def test_large_groups_weigh_more() -> None:
    # half of all draws take each group once, and their mean is that of all ten values
    values, groups = [1.0] + [0.0] * 9, ["one"] + ["many"] * 9
    assert grouped_interval(values, groups, share=0.4) == pytest.approx((0.1, 0.1))
    assert grouped_interval(values, groups) == (0.0, 1.0)


def test_the_same_seed_gives_the_same_interval() -> None:
    values = np.random.default_rng(0).random(60)
    groups = [str(i // 7) for i in range(60)]
    assert grouped_interval(values, groups, seed=3) == grouped_interval(values, groups, seed=3)
    assert grouped_interval(values, groups, seed=3) != grouped_interval(values, groups, seed=4)


@given(st.lists(st.tuples(st.floats(0, 1), st.sampled_from("abcde")), min_size=1, max_size=30))
def test_the_interval_lies_within_the_means_of_the_groups(pairs) -> None:
    values, groups = zip(*pairs, strict=True)
    low, high = grouped_interval(values, groups, rounds=50)
    means = [np.mean([v for v, g in pairs if g == name]) for name in set(groups)]
    assert min(means) - 1e-9 <= low <= high <= max(means) + 1e-9


@pytest.mark.parametrize(("values", "groups"), [([], []), ([1.0], ["a", "b"]), ([[1.0]], ["a"])])
def test_groups_that_do_not_fit_are_refused(values, groups) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        grouped_interval(values, groups)
