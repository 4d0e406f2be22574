from __future__ import annotations

import dataclasses
import math
from typing import Literal, get_args

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from unisono.towers.losses import sigmoid_loss, symmetric_info_nce, triplet_hinge
from unisono.towers.training.config import LossConfig
from unisono.towers.training.pair_loss import PairLoss

Kind = Literal["info_nce", "triplet", "bilinear", "sigmoid"]
KINDS: tuple[Kind, ...] = get_args(Kind)


def unit(seed: int, rows: int, dimension: int = 6) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return functional.normalize(torch.randn(rows, dimension, generator=generator), dim=1)


def positives_of(left: list[str], right: list[str]) -> Tensor:
    return torch.tensor([[one == other for other in right] for one in left])


def loss_of(kind: Kind, **settings: object) -> PairLoss:
    return PairLoss(dataclasses.replace(LossConfig(kind=kind), **settings), 6)  # type: ignore[arg-type]


def learnable(loss: PairLoss) -> int:
    return sum(p.numel() for p in loss.parameters() if p.requires_grad)


def test_each_kind_starts_as_the_function_of_its_name() -> None:
    left, right = unit(0, 3), unit(1, 4)
    positives = positives_of(["a", "b", "c"], ["b", "a", "c", "a"])
    similarity = left @ right.T
    scale = torch.tensor(1 / 0.07)
    expected = {
        "info_nce": symmetric_info_nce(similarity, scale, positives),
        "triplet": triplet_hinge(similarity, 0.2, positives),
        "bilinear": symmetric_info_nce(similarity, scale, positives),
        "sigmoid": sigmoid_loss(similarity, scale, torch.tensor(-10.0), positives),
    }
    for kind in KINDS:
        torch.testing.assert_close(loss_of(kind)(left, right, positives), expected[kind])


def test_settings_reach_the_loss() -> None:
    left, right = unit(2, 5), unit(3, 5)
    similarity = left @ right.T
    one_way = loss_of("info_nce", directions="left-to-right", temperature=0.5)
    torch.testing.assert_close(
        one_way(left, right),
        symmetric_info_nce(similarity, torch.tensor(2.0), None, "left-to-right"),
    )
    hinge = loss_of("triplet", margin=0.7, negatives="hardest", directions="right-to-left")
    torch.testing.assert_close(
        hinge(left, right), triplet_hinge(similarity, 0.7, None, "hardest", "right-to-left")
    )


def test_what_is_learnable() -> None:
    counts = {kind: learnable(loss_of(kind)) for kind in KINDS}
    assert counts == {"info_nce": 1, "triplet": 0, "bilinear": 36, "sigmoid": 2}
    assert learnable(loss_of("info_nce", learn_temperature=False)) == 0
    assert learnable(loss_of("sigmoid", learn_temperature=False)) == 1


@pytest.mark.parametrize("kind", ["info_nce", "sigmoid"])
@pytest.mark.parametrize("temperature", [0.0101, 0.07, 0.5, 0.99])
def test_the_temperature_starts_where_it_is_told(kind: Kind, temperature: float) -> None:
    for learnt in (True, False):
        loss = loss_of(kind, temperature=temperature, learn_temperature=learnt)
        assert 1 / loss.inverse_temperature.item() == pytest.approx(temperature, rel=1e-5)


@pytest.mark.parametrize("up", [True, False])
def test_the_temperature_stays_in_its_bounds_and_comes_back(up: bool) -> None:
    loss = loss_of("info_nce", temperature_bounds=(0.05, 0.2))
    optimiser = torch.optim.SGD(loss.parameters(), lr=1.0)

    def push(sign: float, steps: int) -> float:
        for _ in range(steps):
            optimiser.zero_grad()
            (sign * loss.inverse_temperature).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        return 1 / loss.inverse_temperature.item()

    sign = 1.0 if up else -1.0
    far = push(sign, 50)
    assert 0.05 <= far <= 0.2
    assert far == pytest.approx(0.2 if up else 0.05, rel=0.1)
    back = push(-sign, 500)
    assert 0.05 <= back <= 0.2
    assert back < 0.1 if up else back > 0.1


@pytest.mark.parametrize("position", [-1e4, 1e4])
def test_no_state_of_the_temperature_is_outside_its_bounds(position: float) -> None:
    loss = loss_of("info_nce")
    with torch.no_grad():
        next(loss.parameters()).fill_(position)
    assert 1 - 1e-6 <= loss.inverse_temperature.item() <= 100 * (1 + 1e-6)


@pytest.mark.parametrize(
    ("temperature", "bounds"), [(2.0, (0.01, 1.0)), (0.0, (0.0, 1.0)), (0.1, (0.5, 0.05))]
)
def test_a_temperature_outside_its_bounds_is_told(
    temperature: float, bounds: tuple[float, float]
) -> None:
    with pytest.raises(ValueError, match="temperature_bounds"):
        loss_of("info_nce", temperature=temperature, temperature_bounds=bounds)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pairs", [1, 2, 9])
def test_a_collapsed_space_costs_what_is_said(kind: Kind, pairs: int) -> None:
    loss = loss_of(kind)
    same = unit(5, 1).expand(pairs, -1)
    expected = loss.collapsed_loss(pairs)
    if kind == "sigmoid":
        assert expected is None
    else:
        assert loss(same, same, None).item() == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_ignored_neither_costs_nor_teaches(kind: Kind) -> None:
    loss = loss_of(kind)
    left, right = unit(1, 4), unit(2, 4)
    right[3] = left[0]  # as near as can be
    ignored = torch.zeros(4, 4, dtype=torch.bool)
    ignored[0, 3] = True
    right.requires_grad_()
    plain = loss(left, right).item()
    kept = loss(left, right, None, ignored)
    assert kept.item() < plain
    kept.backward()
    assert right.grad is not None
    assert torch.isfinite(right.grad).all()


@pytest.mark.parametrize("kind", ["info_nce", "triplet"])
def test_ignoring_all_negatives_leaves_nothing_to_pay(kind: Kind) -> None:
    left, right = unit(1, 3), unit(2, 3)
    assert loss_of(kind)(left, right, None, ~torch.eye(3, dtype=torch.bool)).item() == 0


def test_the_bilinear_weight_ranks_and_is_learnt() -> None:
    loss = loss_of("bilinear")
    left = unit(6, 4)
    right = -left  # opposite to its partner: only another weight can put it right
    optimiser = torch.optim.SGD(loss.parameters(), lr=50.0)
    for _ in range(100):
        optimiser.zero_grad()
        loss(left, right).backward()
        optimiser.step()
    assert loss(left, right).item() < 0.1
    assert loss.similarity(left, right).argmax(1).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("kind", KINDS)
def test_autocast_and_halves_do_not_reach_the_loss(kind: Kind) -> None:
    loss, left, right = loss_of(kind), unit(7, 5), unit(8, 5)
    expected = loss(left, right)
    with torch.autocast("cpu", torch.bfloat16):
        assert loss(left, right).item() == expected.item()
    halves = loss(left.bfloat16(), right.bfloat16())
    assert halves.dtype == torch.float32
    assert halves.item() == pytest.approx(expected.item(), rel=0.2)


def test_the_state_carries_what_was_learnt() -> None:
    loss, other = loss_of("sigmoid"), loss_of("sigmoid")
    with torch.no_grad():
        for parameter in loss.parameters():
            parameter.add_(0.3)
    other.load_state_dict(loss.state_dict())
    assert other.inverse_temperature.item() == loss.inverse_temperature.item()
    left, right = unit(9, 3), unit(10, 3)
    assert other(left, right).item() == loss(left, right).item()


def test_logarithm_of_the_pairs() -> None:
    assert loss_of("bilinear").collapsed_loss(8) == pytest.approx(math.log(8))


@pytest.mark.parametrize("kind", ["info_nce", "triplet", "bilinear"])
def test_no_pairs_cost_nothing(kind: Kind) -> None:
    loss, none = loss_of(kind), torch.zeros(0, 6)
    assert loss(none, none).item() == loss.collapsed_loss(0) == 0
