from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from unisono.towers.losses import (
    Directions,
    Negatives,
    bilinear_similarity,
    sigmoid_loss,
    symmetric_info_nce,
    triplet_hinge,
)

ONE = torch.tensor(1.0)


KINDS: tuple[Negatives, ...] = ("all", "hardest", "semi-hard")
DIRECTIONS: tuple[Directions, ...] = ("left-to-right", "right-to-left", "both")


def matrix(seed: int, size: int, columns: int | None = None) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(size, columns or size, generator=generator)


def some_positives(seed: int, rows: int, columns: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed + 1)
    return torch.rand(rows, columns, generator=generator) < 0.3


def rows_or_columns(
    similarity: torch.Tensor, positives: torch.Tensor, direction: Directions
) -> tuple[list[list[float]], list[list[bool]]]:
    if direction == "right-to-left":
        similarity, positives = similarity.T, positives.T
    return similarity.tolist(), positives.tolist()


def mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def plain_info_nce(
    similarity: torch.Tensor, positives: torch.Tensor, scale: float, direction: Directions
) -> float:
    if direction == "both":
        one, other = (plain_info_nce(similarity, positives, scale, d) for d in DIRECTIONS[:2])
        return (one + other) / 2
    costs = []
    for row, mask in zip(*rows_or_columns(similarity, positives, direction), strict=True):
        whole = math.log(sum(math.exp(scale * value) for value in row))
        told = [whole - scale * value for value, good in zip(row, mask, strict=True) if good]
        if told:
            costs.append(mean(told))
    return mean(costs)


def plain_triplets(
    similarity: torch.Tensor,
    positives: torch.Tensor,
    margin: float,
    kind: Negatives,
    direction: Directions,
) -> float:
    if direction == "both":
        one, other = (
            plain_triplets(similarity, positives, margin, kind, d) for d in DIRECTIONS[:2]
        )
        return (one + other) / 2
    costs = []
    for row, mask in zip(*rows_or_columns(similarity, positives, direction), strict=True):
        bad = [value for value, good in zip(row, mask, strict=True) if not good]
        for value in (value for value, good in zip(row, mask, strict=True) if good):
            hinges = [max(0.0, margin + other - value) for other in bad]
            near = [max(0.0, margin + other - value) for other in bad if other <= value]
            if kind == "all":
                costs.extend(hinges)
            elif bad:
                costs.append(max(hinges) if kind == "hardest" else max([0.0, *near]))
    return mean(costs)


def test_golden_value() -> None:
    # rows: -log softmax of (2, 0) and (3, 1) at the diagonal: log(1 + e^-2), log(1 + e^2)
    # columns: of (2, 3) and (0, 1): log(1 + e^1), log(1 + e^-1)
    similarity = torch.tensor([[2.0, 0.0], [3.0, 1.0]])
    rows = (math.log1p(math.exp(-2)) + math.log1p(math.exp(2))) / 2
    columns = (math.log1p(math.exp(1)) + math.log1p(math.exp(-1))) / 2
    expected = (rows + columns) / 2
    assert symmetric_info_nce(similarity, ONE).item() == pytest.approx(expected, abs=1e-6)


def test_inverse_temperature_multiplies() -> None:
    similarity = matrix(0, 5)
    expected = symmetric_info_nce(similarity * 7, ONE)
    assert symmetric_info_nce(similarity, torch.tensor(7.0)).item() == pytest.approx(
        expected.item(), rel=1e-6
    )


@pytest.mark.parametrize("size", [1, 2, 16])
def test_a_collapsed_space_costs_the_logarithm_of_the_batch(size: int) -> None:
    same = torch.full((size, size), 0.83)
    for positives in (None, torch.eye(size, dtype=torch.bool)):
        loss = symmetric_info_nce(same, torch.tensor(20.0), positives)
        assert loss.item() == pytest.approx(math.log(size), abs=1e-5)


@settings(max_examples=25)
@given(seed=st.integers(0, 1 << 16), size=st.integers(1, 9), scale=st.floats(0.1, 30))
def test_several_positives_with_the_diagonal_alone_are_the_plain_loss(
    seed: int, size: int, scale: float
) -> None:
    similarity, temperature = matrix(seed, size), torch.tensor(scale)
    plain = symmetric_info_nce(similarity, temperature)
    several = symmetric_info_nce(similarity, temperature, torch.eye(size, dtype=torch.bool))
    assert several.item() == pytest.approx(plain.item(), rel=1e-4, abs=1e-5)


def test_several_positives_golden() -> None:
    # pairs 0 and 1 belong together; where both get equal logits far above the third,
    # the least cost of their rows is log 2
    similarity = torch.tensor([[50.0, 50.0, 0.0], [50.0, 50.0, 0.0], [0.0, 0.0, 50.0]])
    positives = torch.tensor([[1, 1, 0], [1, 1, 0], [0, 0, 1]], dtype=torch.bool)
    loss = symmetric_info_nce(similarity, ONE, positives).item()
    assert loss == pytest.approx(2 * math.log(2) / 3, abs=1e-5)


def test_neither_side_is_favoured() -> None:
    similarity = matrix(4, 6)
    there, back = (symmetric_info_nce(m, ONE) for m in (similarity, similarity.T))
    assert there.item() == pytest.approx(back.item(), rel=1e-6)


def test_gradients_pull_pairs_together_and_others_apart() -> None:
    similarity = torch.zeros(4, 4, requires_grad=True)
    scale = torch.tensor(5.0, requires_grad=True)
    symmetric_info_nce(similarity + 0.1 * torch.eye(4), scale).backward()
    assert similarity.grad is not None
    diagonal = torch.eye(4, dtype=torch.bool)
    assert (similarity.grad[diagonal] < 0).all()
    assert (similarity.grad[~diagonal] > 0).all()
    assert scale.grad is not None
    assert scale.grad.item() < 0


@settings(max_examples=25)
@given(
    seed=st.integers(0, 1 << 16),
    shape=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    direction=st.sampled_from(DIRECTIONS),
)
def test_info_nce_of_any_shape_and_positives_is_the_plain_loop(
    seed: int, shape: tuple[int, int], direction: Directions
) -> None:
    similarity, positives = matrix(seed, *shape), some_positives(seed, *shape)
    loss = symmetric_info_nce(similarity, torch.tensor(2.5), positives, direction).item()
    expected = plain_info_nce(similarity, positives, 2.5, direction)
    assert loss == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_one_direction_golden() -> None:
    similarity = torch.tensor([[2.0, 0.0], [3.0, 1.0]])
    rows = (math.log1p(math.exp(-2)) + math.log1p(math.exp(2))) / 2
    columns = (math.log1p(math.exp(1)) + math.log1p(math.exp(-1))) / 2
    there = symmetric_info_nce(similarity, ONE, directions="left-to-right")
    back = symmetric_info_nce(similarity, ONE, directions="right-to-left")
    assert (there.item(), back.item()) == pytest.approx((rows, columns), abs=1e-6)


def test_a_row_without_a_positive_only_serves_as_a_negative() -> None:
    # the third left side belongs to nothing: rows 0 and 1 count, and it is in the columns' sums
    similarity = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], requires_grad=True)
    positives = torch.tensor([[1, 0], [0, 1], [0, 0]], dtype=torch.bool)
    loss = symmetric_info_nce(similarity, ONE, positives)
    rows, columns = math.log1p(math.exp(-1)), math.log(2 + math.exp(-1))
    assert loss.item() == pytest.approx((rows + columns) / 2, abs=1e-6)
    loss.backward()
    assert similarity.grad is not None
    assert (similarity.grad[2] > 0).all()


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_no_positive_at_all_costs_nothing_and_moves_nothing(direction: Directions) -> None:
    nothing = torch.zeros(3, 4, dtype=torch.bool)
    for loss_of in (
        lambda matrix: symmetric_info_nce(matrix, ONE, nothing, direction),
        *(
            lambda matrix, kind=kind: triplet_hinge(matrix, 0.2, nothing, kind, direction)
            for kind in KINDS
        ),
    ):
        similarity = matrix(3, 3, 4).requires_grad_()
        loss = loss_of(similarity)
        loss.backward()
        assert loss.item() == 0
        assert similarity.grad is not None
        assert (similarity.grad == 0).all()


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0)])
def test_no_pairs_cost_nothing(shape: tuple[int, int]) -> None:
    nothing = torch.zeros(shape, dtype=torch.bool)
    for loss_of in (
        lambda matrix: symmetric_info_nce(matrix, ONE, nothing),
        lambda matrix: sigmoid_loss(matrix, ONE, ONE, nothing),
        *(lambda matrix, kind=kind: triplet_hinge(matrix, 0.2, nothing, kind) for kind in KINDS),
    ):
        similarity = torch.zeros(shape, requires_grad=True)
        loss = loss_of(similarity)
        loss.backward()
        assert loss.item() == 0


def test_shapes_that_do_not_go_together_are_told() -> None:
    wrong = torch.ones(2, 2, dtype=torch.bool)
    for loss_of in (
        lambda matrix, positives: symmetric_info_nce(matrix, ONE, positives),
        lambda matrix, positives: triplet_hinge(matrix, 0.2, positives),
        lambda matrix, positives: sigmoid_loss(matrix, ONE, ONE, positives),
    ):
        with pytest.raises(ValueError, match="give positives"):
            loss_of(torch.zeros(2, 3), None)
        with pytest.raises(ValueError, match="positives must be bool"):
            loss_of(torch.zeros(2, 3), wrong)
        with pytest.raises(ValueError, match="positives must be bool"):
            loss_of(torch.zeros(2, 2), torch.eye(2))
        with pytest.raises(ValueError, match=r"must be \(m, n\)"):
            loss_of(torch.zeros(2), None)


def test_triplets_golden() -> None:
    # margin 0.2; violations of the rows: 0.2 + 0.4 - 0.5 = 0.1 and 0.2 - 0.9 + 0.5 < 0;
    # 0.2 + 0.7 - 0.6 = 0.3 (not semi-hard: above the positive) and 0.2 + 0.45 - 0.6 = 0.05;
    # row 2: none
    similarity = torch.tensor([[0.5, 0.4, -0.9], [0.7, 0.6, 0.45], [0.1, 0.0, 0.8]])
    expected = {"all": 0.45 / 6, "hardest": 0.4 / 3, "semi-hard": 0.15 / 3}
    for kind in KINDS:
        loss = triplet_hinge(similarity, 0.2, negatives=kind, directions="left-to-right")
        assert loss.item() == pytest.approx(expected[kind], abs=1e-6)


@settings(max_examples=40)
@given(
    seed=st.integers(0, 1 << 16),
    shape=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    kind=st.sampled_from(KINDS),
    direction=st.sampled_from(DIRECTIONS),
    margin=st.floats(0.05, 2),
)
def test_triplets_of_any_shape_and_positives_are_the_plain_loop(
    seed: int, shape: tuple[int, int], kind: Negatives, direction: Directions, margin: float
) -> None:
    similarity, positives = matrix(seed, *shape), some_positives(seed, *shape)
    loss = triplet_hinge(similarity, margin, positives, kind, direction).item()
    expected = plain_triplets(similarity, positives, margin, kind, direction)
    assert loss == pytest.approx(expected, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_triplets_of_a_collapsed_space_cost_the_margin_and_have_a_way_out(kind: Negatives) -> None:
    similarity = torch.full((5, 5), 0.4, requires_grad=True)
    loss = triplet_hinge(similarity, 0.3, negatives=kind)
    loss.backward()
    assert loss.item() == pytest.approx(0.3, abs=1e-6)
    assert similarity.grad is not None
    diagonal = torch.eye(5, dtype=torch.bool)
    assert (similarity.grad[diagonal] < 0).all()
    assert similarity.grad[~diagonal].sum().item() > 0


@pytest.mark.parametrize("kind", KINDS)
def test_triplets_that_keep_the_margin_cost_nothing(kind: Negatives) -> None:
    similarity = torch.eye(4).mul(0.31).requires_grad_()
    loss = triplet_hinge(similarity, 0.3, negatives=kind)
    loss.backward()
    assert loss.item() == 0
    assert similarity.grad is not None
    assert (similarity.grad == 0).all()


def test_the_hardest_negative_alone_is_pushed_away() -> None:
    similarity = torch.tensor([[0.5, 0.4, 0.45], [0, 1, 0], [0, 0, 1]], requires_grad=True)
    triplet_hinge(similarity, 0.2, negatives="hardest", directions="left-to-right").backward()
    assert similarity.grad is not None
    expected = torch.tensor([[-1 / 3, 0, 1 / 3], [0, 0, 0], [0, 0, 0]])
    torch.testing.assert_close(similarity.grad, expected)


@settings(max_examples=20)
@given(seed=st.integers(0, 1 << 16), size=st.integers(2, 7))
def test_the_order_of_pairs_does_not_matter(seed: int, size: int) -> None:
    similarity, bias = matrix(seed, size), torch.tensor(-3.0)
    order = torch.randperm(size, generator=torch.Generator().manual_seed(seed))
    shuffled = similarity[order][:, order]
    for loss_of in (
        lambda matrix: symmetric_info_nce(matrix, ONE),
        lambda matrix: sigmoid_loss(matrix, ONE, bias),
        *(lambda matrix, kind=kind: triplet_hinge(matrix, 0.5, None, kind) for kind in KINDS),
    ):
        assert loss_of(shuffled).item() == pytest.approx(loss_of(similarity).item(), abs=1e-5)


def test_bilinear_golden() -> None:
    left, right = torch.tensor([[1.0, 2.0]]), torch.tensor([[1.0, 0.0, -1.0], [0.0, 3.0, 0.0]])
    weight = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    # (1, 2) W = (9, 12, 15)
    assert bilinear_similarity(left, right, weight).tolist() == [[-6.0, 36.0]]


@settings(max_examples=20)
@given(seed=st.integers(0, 1 << 16), size=st.integers(1, 6))
def test_bilinear_with_the_identity_is_the_inner_product(seed: int, size: int) -> None:
    left, right = matrix(seed, size, 4), matrix(seed + 1, size + 1, 4)
    torch.testing.assert_close(bilinear_similarity(left, right, torch.eye(4)), left @ right.T)


def test_sigmoid_golden() -> None:
    # t = 2, b = -1: logits (1, -1), (-1, 3); signs (+, -), (-, +)
    similarity = torch.tensor([[1.0, 0.0], [0.0, 2.0]])
    loss = sigmoid_loss(similarity, torch.tensor(2.0), torch.tensor(-1.0))
    costs = [math.log1p(math.exp(-1))] * 3 + [math.log1p(math.exp(-3))]
    assert loss.item() == pytest.approx(sum(costs) / 2, abs=1e-6)


@settings(max_examples=25)
@given(seed=st.integers(0, 1 << 16), shape=st.tuples(st.integers(1, 6), st.integers(1, 6)))
def test_sigmoid_of_any_shape_and_positives_is_the_plain_loop(
    seed: int, shape: tuple[int, int]
) -> None:
    similarity, positives = matrix(seed, *shape), some_positives(seed, *shape)
    loss = sigmoid_loss(similarity, torch.tensor(3.0), torch.tensor(-2.0), positives).item()
    costs = [
        math.log1p(math.exp(-(1 if good else -1) * (3 * value - 2)))
        for row, mask in zip(similarity.tolist(), positives.tolist(), strict=True)
        for value, good in zip(row, mask, strict=True)
    ]
    assert loss == pytest.approx(sum(costs) / shape[0], rel=1e-4, abs=1e-5)


def test_sigmoid_pulls_pairs_together_and_others_apart() -> None:
    similarity = torch.zeros(4, 4, requires_grad=True)
    bias = torch.tensor(-10.0, requires_grad=True)
    sigmoid_loss(similarity, torch.tensor(10.0), bias).backward()
    assert similarity.grad is not None
    diagonal = torch.eye(4, dtype=torch.bool)
    assert (similarity.grad[diagonal] < 0).all()
    assert (similarity.grad[~diagonal] > 0).all()
    # at the start the pairs are what is wrong, so the bias is drawn up
    assert bias.grad is not None
    assert bias.grad.item() < 0
