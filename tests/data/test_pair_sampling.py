"""Which items make a batch."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unisono.data.pairs.sampling import WorkSampler, draw_indices

works_of_items = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=40)


@given(works_of_items, st.integers(1, 30), st.integers(0, 1000))
def test_no_work_twice_and_as_many_as_there_are(works: list[str], count: int, seed: int) -> None:
    drawn = draw_indices(works, count, np.random.default_rng(seed))
    assert drawn.dtype == np.int64
    chosen = [works[i] for i in drawn]
    assert len(set(chosen)) == len(chosen) == min(count, len(set(works)))
    again = draw_indices(works, count, np.random.default_rng(seed))
    np.testing.assert_array_equal(drawn, again)


@given(works_of_items, st.integers(1, 30), st.integers(1, 5), st.integers(0, 1000))
def test_so_many_items_of_each_work(works: list[str], count: int, per_work: int, seed: int) -> None:
    drawn = draw_indices(works, count, np.random.default_rng(seed), per_work=per_work)
    assert len(set(drawn.tolist())) == len(drawn)
    sizes = Counter(works)
    available = sum(min(per_work, size) for size in sizes.values())
    assert len(drawn) == min(count, available)
    chosen = [works[i] for i in drawn]
    # side by side, each complete except that the batch may be full
    order = list(dict.fromkeys(chosen))
    assert chosen == [work for work in order for _ in range(chosen.count(work))]
    for work in order[:-1]:
        assert chosen.count(work) == min(per_work, sizes[work])
    assert chosen.count(order[-1]) <= per_work


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("12")), min_size=1, max_size=20))
def test_items_of_a_work_that_come_together_are_of_one_edition(
    items: list[tuple[str, str]],
) -> None:
    works = [work for work, _ in items]
    editions = [work + number for work, number in items]
    sampler, random = WorkSampler(works, editions=editions), np.random.default_rng(0)
    seen = set()
    for _ in range(40):
        drawn = sampler.draw(6, random, per_work=3)
        for work in set(works):
            together = [editions[i] for i in drawn if works[i] == work]
            assert len(set(together)) <= 1
            if together and len(drawn) < 6:  # the batch was not full
                assert len(together) == min(3, editions.count(together[0]))
            seen.update(together)
    assert seen == set(editions)


@settings(max_examples=20)
@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=8), st.integers(1, 3))
def test_every_item_comes_some_day(works: list[str], per_work: int) -> None:
    sampler, random = WorkSampler(works), np.random.default_rng(0)
    seen = {int(i) for _ in range(300) for i in sampler.draw(2, random, per_work=per_work)}
    assert seen == set(range(len(works)))


def test_items_come_according_to_their_shares() -> None:
    shares = np.array([1.0, 3.0, 0.0, 6.0])
    sampler, random = WorkSampler(["a", "a", "b", "c"], shares), np.random.default_rng(0)
    counts = np.bincount([int(sampler.draw(1, random)[0]) for _ in range(8000)], minlength=4)
    np.testing.assert_allclose(counts / 8000, shares / 10, atol=0.02)
    assert counts[2] == 0


def test_drawing_without_replacement_is_sequential() -> None:
    """Of three works with shares 1, 2 and 3, {1, 2} come together with the known probability.

    First the one, then the other of what is left: 1/6 * 2/5 + 2/6 * 1/4 = 0.15.
    """
    sampler = WorkSampler(["a", "b", "c"], np.array([1.0, 2.0, 3.0]))
    random = np.random.default_rng(0)
    together = [set(sampler.draw(2, random).tolist()) == {0, 1} for _ in range(8000)]
    assert np.mean(together) == pytest.approx(0.15, abs=0.015)


def test_a_work_comes_as_often_as_its_items() -> None:
    sampler, random = WorkSampler(["a"] * 9 + ["b"]), np.random.default_rng(0)
    drawn = [int(sampler.draw(1, random)[0]) for _ in range(4000)]
    assert np.mean(np.array(drawn) == 9) == pytest.approx(0.1, abs=0.02)


def test_many_items() -> None:
    works = [f"work {i // 3}" for i in range(100_000)]
    drawn = draw_indices(works, 4096, np.random.default_rng(1), per_work=2)
    assert len(drawn) == 4096
    assert len({works[i] for i in drawn}) == 2048
    # all parts of the table alike: the mean of 2048 uniform numbers
    assert drawn.mean() == pytest.approx(50_000, abs=3000)


@pytest.mark.parametrize("shares", [[1.0], [1.0, -1.0], [0.0, 0.0], [1.0, np.nan], [1.0, np.inf]])
def test_shares_that_make_no_sense(shares: list[float]) -> None:
    with pytest.raises(ValueError, match="shares"):
        WorkSampler(["a", "b"], np.array(shares))


def test_nothing_to_draw() -> None:
    with pytest.raises(ValueError, match="no items"):
        WorkSampler([])
    for count, per_work in ((0, 1), (1, 0)):
        with pytest.raises(ValueError, match="must be 1 or more"):
            WorkSampler(["a"]).draw(count, np.random.default_rng(0), per_work=per_work)
