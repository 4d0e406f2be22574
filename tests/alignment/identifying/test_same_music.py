"""Answers that are one music under two names are one answer; others stay apart."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from unisono.alignment.identifying.same_music import advantage, joined_versions, same_music

PASSAGES, DIMENSION = 24, 48


def units(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def music(seed: int) -> np.ndarray:
    return units(np.random.default_rng(seed).standard_normal((PASSAGES, DIMENSION)))


def noisy(rows: np.ndarray, amount: float, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).standard_normal(rows.shape) / np.sqrt(DIMENSION)
    return units(rows + amount * noise)


def found(vectors: np.ndarray, order: float, rows: range = range(PASSAGES)) -> Any:
    chosen = np.array(rows)
    path = np.stack([chosen, chosen], axis=1)
    return SimpleNamespace(evidence=SimpleNamespace(path=path), met=vectors[chosen], order=order)


def asked(vectors: np.ndarray) -> Any:
    return SimpleNamespace(query=SimpleNamespace(passages=vectors))


@given(st.integers(0, 500), st.floats(0.1, 0.9))
@examples(max_examples=25)
def test_two_editions_of_what_is_asked_are_the_same(seed: int, amount: float) -> None:
    work = music(seed)
    query = asked(noisy(work, amount, seed + 1))
    one = found(noisy(work, amount, seed + 2), 2.0)
    other = found(noisy(work, amount, seed + 3), 1.5)
    assert same_music(one, other, query)


@given(st.integers(0, 500))
@examples(max_examples=25)
def test_another_work_is_another_even_where_both_are_a_little_like_the_query(seed: int) -> None:
    work, foreign = music(seed), music(seed + 1000)
    alike = units(foreign + 0.4 * work)
    assert not same_music(found(work, 2.0), found(alike, 0.5), asked(noisy(work, 0.3, seed)))


def test_two_works_of_which_neither_is_asked_stay_apart() -> None:
    assert not same_music(found(music(1), 0.2), found(music(2), 0.2), asked(music(3)))


def test_too_few_passages_say_nothing() -> None:
    work = music(1)
    query = asked(work)
    assert same_music(found(work, 2.0, range(20)), found(work, 1.0, range(4, 24)), query)
    assert not same_music(found(work, 2.0, range(20)), found(work, 1.0, range(5, 24)), query)
    assert not same_music(found(work, 2.0, range(16)), found(work, 1.0, range(8, 24)), query)


def test_votes_of_versions_are_added_under_the_best() -> None:
    work, foreign = music(1), music(2)
    weaker, better, rival = found(work, 1.0), found(work, 2.0), found(foreign, 1.5)
    joined = joined_versions([(weaker, 0.3), (better, 0.25), (rival, 0.2)], asked(work))
    assert joined == [(better, pytest.approx(0.55)), (rival, 0.2)]


def test_advantage_is_of_cosines_and_does_not_count_neighbours() -> None:
    eye = np.eye(20, dtype=np.float32)
    assert advantage(eye, eye) == (pytest.approx(1.0), 0.0)
    slow = np.repeat(np.eye(7, dtype=np.float32), 3, axis=0)[:20]  # a passage lasts three rows
    assert advantage(slow, slow)[0] == pytest.approx(1.0)
    flat = np.full((20, 4), 0.5, np.float32)
    assert advantage(flat, flat) == (0.0, 0.0)


def test_what_is_alike_by_chance_is_not_the_same() -> None:
    """A hundred works of few passages beside each other, none of which is asked."""
    works = [music(seed)[:16] for seed in range(100)]
    query = asked(music(1000))
    same = [
        same_music(found(one, 0.2, range(16)), found(other, 0.1, range(16)), query)
        for row, one in enumerate(works)
        for other in works[:row]
    ]
    assert sum(same) <= 1  # of 4,950
