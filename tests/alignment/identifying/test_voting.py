"""Votes, neighbours, background and confidence, with answers by hand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unisono.alignment.identifying.background import PRIOR, Moments, background
from unisono.alignment.identifying.confidence import Confidence, Grounds, shares
from unisono.alignment.identifying.fitted import FITTED
from unisono.alignment.identifying.voting import (
    Neighbours,
    merged,
    nearest_in,
    no_neighbours,
    plain_votes,
    votes,
)


def unit_rows(count, width=8, seed=0):
    rows = np.random.default_rng(seed).standard_normal((count, width)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_blocks_give_the_neighbours_of_all_together():
    vectors, asking = unit_rows(300), unit_rows(7, seed=1)
    owners = np.arange(300) // 10
    whole = nearest_in(vectors, owners, asking)
    parts = no_neighbours(7)
    for start in (0, 120, 290):
        stop = {0: 120, 120: 290, 290: 300}[start]
        parts = merged(parts, nearest_in(vectors[start:stop], owners[start:stop], asking))
    np.testing.assert_array_equal(parts.owners, whole.owners)
    np.testing.assert_allclose(parts.scores, whole.scores)
    order = np.argsort(-(asking @ vectors.T), axis=1)[:, :25]
    np.testing.assert_array_equal(whole.owners, owners[order])
    np.testing.assert_array_equal(whole.limit, whole.scores[:, -1])


def test_few_stored_passages_leave_neighbours_empty():
    near = nearest_in(unit_rows(2), np.array([4, 4]), unit_rows(3, seed=1))
    assert (near.owners[:, 2:] == -1).all() and np.isneginf(near.scores[:, 2:]).all()
    assert votes(near, np.zeros(5, np.intp), 1).tolist() == [1.0]
    assert votes(no_neighbours(3), np.zeros(1, np.intp), 2).tolist() == [0.0, 0.0]


def test_a_work_has_one_vote_of_a_passage_however_many_neighbours():
    scores = np.array([[3.0, 2.0, 2.0, 2.0, 1.0]], np.float32)
    near = Neighbours(scores, np.array([[0, 1, 1, 1, 1]]))
    share = votes(near, np.array([0, 1]), 2)
    assert share == pytest.approx([2 / 3, 1 / 3], abs=1e-3)
    assert plain_votes(near.owners, [0, 1], 2).tolist() == [1, 4]


def test_versions_share_the_vote_of_their_work():
    near = Neighbours(np.array([[3.0, 3.0, 1.0]], np.float32), np.array([[0, 1, 2]]))
    assert votes(near, np.array([0, 0, 1]), 2)[0] > 0.99


def test_background_is_mean_and_deviation_over_all_that_is_stored():
    stored, asking = unit_rows(4000), unit_rows(3, seed=1)
    moments = Moments(8)
    for part in np.array_split(stored, 5):
        moments.add(part)
    similarity = asking @ stored.T
    found = background(asking, moments, 0.0, float(similarity.std()))
    # The prior counts for PRIOR passages of 4,000 and more.
    np.testing.assert_allclose(
        found.mean, similarity.mean(axis=1) * 4000 / (4000 + PRIOR), atol=1e-5
    )
    np.testing.assert_allclose(found.deviation, similarity.std(axis=1), rtol=0.05)
    scores = found.standardise(similarity)
    assert abs(scores.mean()) < 0.05 and scores.std() == pytest.approx(1, abs=0.05)


def test_without_stored_passages_the_prior_stands_alone():
    found = background(unit_rows(2), Moments(8), 0.1, 0.25)
    np.testing.assert_allclose(found.mean, 0.1)
    np.testing.assert_allclose(found.deviation, 0.25, rtol=1e-5)


numbers = st.floats(0, 5)
GROUNDS = st.builds(
    Grounds,
    votes=st.floats(0, 1), gain=numbers, by_chance=numbers, consistent=st.floats(0, 1),
    margin=st.floats(-5, 5), passages=st.integers(1, 100),
)  # fmt: skip


@given(GROUNDS, st.floats(0, 1))
def test_more_that_speaks_for_a_work_never_lowers_its_probability(grounds, more):
    before = FITTED.probability(grounds)
    assert 0 <= before <= 1
    for name in ("votes", "gain", "consistent", "margin"):
        better = replace(grounds, **{name: getattr(grounds, name) + more})
        assert FITTED.probability(better) >= before - 1e-12
    assert (
        FITTED.probability(replace(grounds, by_chance=grounds.by_chance + more)) <= before + 1e-12
    )


def test_a_confidence_that_counts_evidence_against_is_refused():
    with pytest.raises(ValueError, match="margin is -1"):
        Confidence(offset=0, order=1, margin=-1, votes=0, consistent=0, length=0)


def test_probabilities_of_works_exclude_each_other():
    assert shares([0.2, 0.3]) == [0.2, 0.3]
    assert sum(shares([0.9, 0.9, 0.2])) == pytest.approx(1)
    assert shares([]) == []
