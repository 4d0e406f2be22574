from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from unisono.towers.losses import symmetric_info_nce

ONE = torch.tensor(1.0)


def matrix(seed: int, size: int) -> torch.Tensor:
    return torch.randn(size, size, generator=torch.Generator().manual_seed(seed))


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


@settings(max_examples=25, deadline=None)
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
