"""Vital signs: known answers, and batches that are ill on purpose."""

import math
from dataclasses import asdict

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import normalize

from unisono.towers.training.vital_signs import hubness, modality_gap, set_signs, spread


def signs(left, right, left_names=None, right_names=None, positives=None):
    nothing = [""] * len(left)
    return set_signs(left, right, left_names or nothing, right_names or nothing, positives)


def random_pairs(count=64, dimension=16, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(2, count, dimension, generator=generator).unbind()


def test_four_corners_by_hand():
    # Left lies on the corners of a square, right the same but the first corner twice over.
    left = torch.tensor([[2.0, 0], [0, 3], [-1, 0], [0, -1]])
    right = torch.tensor([[1.0, 0], [0, 1], [-1, 0], [1, 0]])
    found = signs(left, right)
    assert found.gap == pytest.approx(math.hypot(0.25, 0.25))
    assert found.spread_left == pytest.approx(1.0)
    # The mean of right is (1/4, 1/4).
    to_mean = [math.hypot(0.75, 0.25), math.hypot(0.25, 0.75), math.hypot(1.25, 0.25)]
    assert found.spread_right == pytest.approx((2 * to_mean[0] + to_mean[1] + to_mean[2]) / 4)
    # Cosines of the pairs are 1, 1, 1, 0; those of the others add up to 0 - 3.
    assert found.positive_similarity == pytest.approx(3 / 4)
    assert found.negative_similarity == pytest.approx((left_right_sum(left, right) - 3) / 12)
    # The first and the last of right are copies, so these two pairs are each other's negatives.
    assert found.duplicates == pytest.approx(2 / 4)


def left_right_sum(left, right):
    return sum(
        sum(a * b for a, b in zip(one, other, strict=True)) / math.hypot(*one) / math.hypot(*other)
        for one in left.tolist()
        for other in right.tolist()
    )


def test_a_gap_made_on_purpose_is_as_wide_as_made():
    left, right = (normalize(side, dim=1) for side in random_pairs(2000, 32))
    assert modality_gap(left, right) < 0.1
    assert spread(left) == pytest.approx(1.0, abs=0.01)
    # Two cones about opposite axes: their means are almost 2 apart, and each is narrow.
    axis = torch.zeros(32)
    axis[0] = 100.0
    found = signs(left + axis, right - axis)
    assert found.gap == pytest.approx(2.0, abs=0.01)
    assert found.spread_left == pytest.approx(0.01, abs=0.001)
    assert found.negative_similarity == pytest.approx(-1.0, abs=0.01)


def test_hubness_by_hand():
    # Four of each, so k is 1: candidate 0 is the nearest of three, candidate 1 of one.
    similarity = torch.tensor([[9.0, 0, 0, 0], [9, 0, 0, 0], [9, 0, 0, 0], [0, 9, 0, 0]])
    # Counts 3, 1, 0, 0: deviations 2, 0, -1, -1; skewness (6 / 4) / (6 / 4) ** 1.5.
    # From the other side, first come first served among equals may differ, so ties are broken.
    similarity += torch.diag(torch.tensor([0.3, 0.2, 0.1, 0.0]))
    similarity[1:, 2:] += torch.tensor([[0.0, 0.2], [0.5, 0.1], [0.1, 0.4]])
    columns = similarity.argmax(dim=0).tolist()
    assert columns == [0, 3, 2, 3]
    # Counts of the queries 1, 0, 1, 2: symmetric, so 0, less than the above.
    assert hubness(similarity) == pytest.approx((6 / 4) / (6 / 4) ** 1.5)


def test_everything_asked_for_equally_often_is_no_hubness():
    assert hubness(torch.eye(4)) == 0.0


def test_a_hub_made_on_purpose_shows_on_either_side():
    left, right = random_pairs(500, 64)
    before = signs(left, right).hubness
    similarity = normalize(left, dim=1) @ normalize(right, dim=1).T
    similarity[:, 7] = 2.0
    assert before < 1.0
    assert hubness(similarity) > 10
    assert hubness(similarity.T) == pytest.approx(hubness(similarity))


def test_equal_identities_are_duplicates_unless_marked_as_positives():
    left, right = random_pairs(8)
    names = ["a", "b", "a", "", "", "c", "d", "a"]
    assert signs(left, right).duplicates == 0
    assert signs(left, right, names).duplicates == pytest.approx(3 / 8)
    assert signs(left, right, None, names).duplicates == pytest.approx(3 / 8)
    marked = torch.tensor([[x == y and x != "" for y in names] for x in names])
    assert signs(left, right, names, None, marked).duplicates == 0
    # One of the three left unmarked: it and its two copies are still taken for negatives.
    marked[7, :] = marked[:, 7] = False
    assert signs(left, right, names, None, marked).duplicates == pytest.approx(3 / 8)
    # Marked in one direction only: the other cell is still a negative.
    marked = torch.zeros(8, 8, dtype=torch.bool)
    marked[0, 2] = True
    assert signs(left, right, ["a", "", "a", *[""] * 5], None, marked).duplicates == 2 / 8


def test_equal_vectors_without_identity_are_duplicates_too():
    left, right = random_pairs(8)
    left[5] = 3 * left[1]
    assert signs(left, right).duplicates == pytest.approx(2 / 8)
    assert signs(right, left).duplicates == pytest.approx(2 / 8)


def test_a_collapsed_side_is_not_called_duplicates():
    _, right = random_pairs(8)
    found = signs(torch.ones(8, 16), right)
    assert found.duplicates == 0
    assert found.spread_left == pytest.approx(0, abs=1e-6)
    assert found.spread_right > 0.5


def test_positives_count_as_positives_in_the_mean_similarities():
    left = torch.tensor([[1.0, 0], [1, 0], [0, 1]])
    apart = signs(left, left)
    marked = torch.tensor([[1, 1, 0], [1, 1, 0], [0, 0, 1]], dtype=torch.bool)
    joined = signs(left, left, None, None, marked)
    assert apart.negative_similarity == pytest.approx(2 / 6)
    assert joined.positive_similarity == pytest.approx(1)
    assert joined.negative_similarity == pytest.approx(0)
    assert math.isnan(signs(left, left, None, None, marked | True).negative_similarity)


def test_training_goes_on_as_if_nobody_had_looked():
    left, right = random_pairs(8)
    left.requires_grad_()
    with torch.autocast("cpu", torch.bfloat16):
        found = signs(left, right)
    assert found == signs(left.detach(), right)
    assert left.grad is None


@settings(max_examples=25)
@given(st.integers(2, 40), st.integers(2, 12), st.integers(0, 1000))
def test_signs_do_not_depend_on_lengths_or_order(count, dimension, seed):
    left, right = random_pairs(count, dimension, seed)
    found = signs(left, right)
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    again = signs(3 * left[order], 0.5 * right[order])
    for name in ("gap", "spread_left", "spread_right", "hubness", "positive_similarity"):
        assert getattr(again, name) == pytest.approx(getattr(found, name), abs=1e-5)
    assert 0 <= found.gap <= 2 and 0 <= found.spread_left <= 1 and 0 <= found.duplicates <= 1


def test_of_a_single_pair_nothing_is_said():
    left, right = random_pairs(4)
    for count in (0, 1):
        found = asdict(signs(left[:count], right[:count]))
        assert all(math.isnan(value) for value in found.values()) and len(found) == 7


def test_batches_that_do_not_fit_are_refused():
    left, right = random_pairs(4)
    for one, other in ((left, right[:3]), (left[0], right[0]), (left, right[:, :3])):
        with pytest.raises(ValueError, match="vital signs need"):
            signs(one, other)
    with pytest.raises(ValueError, match="as many identities"):
        set_signs(left, right, ["a"], ["a"] * 4)
