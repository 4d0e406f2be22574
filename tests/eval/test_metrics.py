from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unisono.eval.metrics import (
    ChanceScores,
    bootstrap_interval,
    mean_reciprocal_rank,
    paired_ranks,
    ranks,
    recall_at,
    retrieval_scores,
)


def test_ranks_count_from_one_and_take_the_best_right_candidate() -> None:
    similarity = [[0.9, 0.1, 0.5], [0.2, 0.8, 0.3], [0.4, 0.6, 0.5]]
    right = [[0, 0, 1], [0, 1, 0], [1, 0, 1]]
    assert ranks(similarity, right).tolist() == [2, 1, 2]


def test_ties_count_against_the_right_answer() -> None:
    assert ranks([[0.5, 0.5, 0.5]], [[True, False, False]]).tolist() == [3]


def test_a_collapsed_space_does_not_score() -> None:
    scores = retrieval_scores(np.ones((10, 10)), np.eye(10))
    assert (scores.recall_1, scores.median_rank) == (0.0, 10.0)
    assert scores.chance_1 == pytest.approx(0.1)


def test_golden_summary() -> None:
    assert recall_at([1, 2, 6, 30], 5) == 0.5
    assert mean_reciprocal_rank([1, 2, 4]) == pytest.approx((1 + 0.5 + 0.25) / 3)


def test_two_right_answers_double_the_chance() -> None:
    right = np.repeat(np.eye(5, dtype=bool), 2, axis=1)
    assert retrieval_scores(np.random.default_rng(0).random((5, 10)), right).chance_1 == 0.2


@pytest.mark.parametrize(
    ("similarity", "right", "fault"),
    [
        ([[1.0, 2.0]], [[True]], "must be equal"),
        ([[np.nan, 2.0]], [[True, False]], "finite"),
        ([[1.0, 2.0]], [[False, False]], "at least one right"),
    ],
)
def test_input_that_makes_no_sense_is_refused(similarity, right, fault) -> None:
    with pytest.raises(ValueError, match=fault):
        ranks(similarity, right)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=40))
def test_the_interval_holds_the_mean(values: list[float]) -> None:
    low, high = bootstrap_interval(values)
    assert min(values) - 1e-9 <= low <= high <= max(values) + 1e-9
    assert low <= np.mean(values) + 1e-9 or np.ptp(values) == 0


def test_more_values_narrow_the_interval() -> None:
    random = np.random.default_rng(1)
    few, many = random.random(20), random.random(2000)
    width = [high - low for low, high in map(bootstrap_interval, (few, many))]
    assert width[1] < width[0] / 3


def test_golden_paired_ranks() -> None:
    answering = np.eye(4)
    asking = np.array([[1, 0, 0, 0], [0.9, 0.5, 0, 0], [3, 2, 1, 0], [0, 0, 0, 1.0]])
    assert paired_ranks(asking, answering).tolist() == [1, 2, 3, 1]
    assert paired_ranks(answering, asking).tolist() == [2, 2, 1, 1]


@given(st.integers(1, 30), st.integers(1, 9), st.integers(0, 99))
def test_paired_ranks_are_those_of_the_whole_matrix_whatever_the_block(n, block, seed) -> None:
    # whole numbers: every product is exact, and ties are frequent
    random = np.random.default_rng(seed)
    asking, answering = random.integers(-2, 3, (2, n, 3)).astype(float)
    expected = ranks(asking @ answering.T, np.eye(n))
    assert paired_ranks(asking, answering, block=block).tolist() == expected.tolist()


def test_what_differs_by_rounding_only_is_a_tie_and_counts_against() -> None:
    answering = np.array([[1.0], [1.0 - 1e-8], [0.5]])
    asking = np.ones((3, 1))
    assert paired_ranks(asking, answering).tolist() == [2, 2, 3]
    assert paired_ranks(asking, answering, tolerance=0.0).tolist() == [1, 2, 3]


def test_lost_pairs_come_last() -> None:
    assert paired_ranks(np.eye(5), np.eye(5), [0, 1, 0, 0, 1]).tolist() == [1, 5, 1, 1, 5]


@pytest.mark.parametrize(
    ("asking", "answering", "fault"),
    [
        (np.ones((2, 3)), np.ones((3, 3)), "must be equal"),
        (np.ones(3), np.ones(3), "2-d"),
        (np.full((2, 2), np.nan), np.ones((2, 2)), "finite"),
    ],
)
def test_vectors_that_make_no_pairs_are_refused(asking, answering, fault) -> None:
    with pytest.raises(ValueError, match=fault):
        paired_ranks(asking, answering)


@given(st.integers(1, 60))
def test_chance_is_the_mean_over_all_ranks(candidates: int) -> None:
    every = np.arange(1, candidates + 1)
    chance = ChanceScores(candidates)
    assert chance.mean_reciprocal_rank == pytest.approx(mean_reciprocal_rank(every))
    assert chance.median_rank == np.median(every)
    for k in (1, 5, 100):
        assert chance.recall_at(k) == pytest.approx(recall_at(every, k))
