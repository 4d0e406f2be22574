from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from unisono.towers.training.config import LossConfig
from unisono.towers.training.gradient_cache import (
    Part,
    RandomState,
    backward_in_chunks,
    held_statistics,
)
from unisono.towers.training.pair_loss import PairLoss

ITEMS = 7
CHUNKS = [(0, 2), (2, 4), (4, 7)]  # of the items when at most 3 are encoded at once
Nets = dict[str, nn.Module]
Context = Callable[[], AbstractContextManager[object]]


def items(seed: int, count: int = ITEMS) -> Tensor:
    return torch.randn(count, 5, generator=torch.Generator().manual_seed(seed))


def towers(middle: Callable[[], nn.Module] = nn.Tanh) -> Nets:
    torch.manual_seed(0)
    return {
        side: nn.Sequential(nn.Linear(5, 8), middle(), nn.Linear(8, 4))
        for side in ("left", "right")
    }


def parts_of(nets: Nets, rows: int = 1) -> dict[str, Part]:
    """One part a side; each item gives ``rows`` rows."""

    def part(side: str, data: Tensor) -> Part:
        def encode(first: int, last: int) -> Tensor:
            repeated = data[first:last].repeat_interleave(rows, 0)
            turned = repeated.roll(1, 1) if rows > 1 else repeated
            return functional.normalize(nets[side](turned + torch.arange(5)), dim=1)

        return Part(encode, len(data))

    return {"left": part("left", items(1)), "right": part("right", items(2))}


def gradients(
    nets: Nets,
    loss: nn.Module,
    chunk: int,
    rows: int = 1,
    autocast: Context = nullcontext,
) -> tuple[float, list[Tensor]]:
    parameters = [p for module in (*nets.values(), loss) for p in module.parameters()]
    for parameter in parameters:
        parameter.grad = None

    def loss_of(embeddings: Mapping[str, Tensor]) -> Tensor:
        result: Tensor = loss(embeddings["left"], embeddings["right"], None)
        return result

    value = backward_in_chunks(
        parts_of(nets, rows), loss_of, lambda one: one, chunk, nets.values(), autocast
    )
    assert all(p.grad is not None for p in parameters if p.requires_grad)
    return value.item(), [p.grad for p in parameters if p.grad is not None]


def same(one: tuple[float, list[Tensor]], other: tuple[float, list[Tensor]]) -> None:
    assert one[0] == pytest.approx(other[0], abs=1e-5)
    torch.testing.assert_close(one[1], other[1], atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("kind", ["info_nce", "triplet", "bilinear", "sigmoid"])
@pytest.mark.parametrize("chunk", [1, 2, 3, 6, 7, 100])
def test_chunks_give_the_gradients_of_the_whole_batch(kind: str, chunk: int) -> None:
    nets, loss = towers(), PairLoss(LossConfig(kind=kind), 4)  # type: ignore[arg-type]
    same(gradients(nets, loss, chunk), gradients(nets, loss, 0))


def test_one_pass_is_what_autograd_gives() -> None:
    nets, loss = towers(), PairLoss(LossConfig(), 4)
    cached = gradients(nets, loss, 3)
    parts = parts_of(nets)
    value = loss(parts["left"].encode(0, ITEMS), parts["right"].encode(0, ITEMS))
    parameters = [p for module in (*nets.values(), loss) for p in module.parameters()]
    same(cached, (value.item(), list(torch.autograd.grad(value, parameters))))


def test_items_of_several_rows() -> None:
    nets, loss = towers(), PairLoss(LossConfig(), 4)
    same(gradients(nets, loss, 2, rows=3), gradients(nets, loss, 0, rows=3))


def test_parts_that_share_a_net_and_parts_of_different_length() -> None:
    net = towers()["left"]
    data = {"long": items(3, 9), "short": items(4, 2)}

    def encode(name: str) -> Callable[[int, int], Tensor]:
        return lambda first, last: net(data[name][first:last])

    def run(chunk: int) -> tuple[float, list[Tensor]]:
        net.zero_grad()
        value = backward_in_chunks(
            {name: Part(encode(name), len(rows)) for name, rows in data.items()},
            lambda rows: (rows["long"] @ rows["short"].T).logsumexp(1).sum(),
            lambda one: one / 2,
            chunk,
        )
        return value.item(), [p.grad for p in net.parameters() if p.grad is not None]

    same(run(2), run(0))
    assert run(4)[1][0].abs().sum() > 0


def test_gradients_are_added_to_those_there_are() -> None:
    nets, loss = towers(), PairLoss(LossConfig(), 4)
    once = [gradient.clone() for gradient in gradients(nets, loss, 3)[1]]
    backward_in_chunks(
        parts_of(nets), lambda rows: loss(rows["left"], rows["right"]), lambda one: one, 3
    )
    twice = [p.grad for module in (*nets.values(), loss) for p in module.parameters()]
    torch.testing.assert_close(twice, [2 * gradient for gradient in once])


@pytest.mark.parametrize("middle", [lambda: nn.Dropout(0.5), lambda: nn.BatchNorm1d(8)])
def test_both_passes_see_the_same_dropout_and_batches(middle: Callable[[], nn.Module]) -> None:
    nets, loss = towers(middle), PairLoss(LossConfig(), 4)
    torch.manual_seed(5)
    cached = gradients(nets, loss, 3)
    following = torch.rand(3)
    # by hand: the same chunks, in the same order, in one graph
    torch.manual_seed(5)
    embeddings = {
        side: torch.cat([part.encode(*chunk) for chunk in CHUNKS])
        for side, part in parts_of(nets).items()
    }
    value = loss(embeddings["left"], embeddings["right"])
    parameters = [p for module in (*nets.values(), loss) for p in module.parameters()]
    same(cached, (value.item(), list(torch.autograd.grad(value, parameters))))
    # and the random numbers go on from there, rather than being drawn twice
    assert torch.equal(following, torch.rand(3))


@pytest.mark.parametrize("momentum", [0.3, None])
@pytest.mark.parametrize("checkpointed", [False, True])
@pytest.mark.parametrize("chunk", [0, 3])
def test_running_statistics_are_updated_once(
    chunk: int, checkpointed: bool, momentum: float | None
) -> None:
    norm, by_hand = (nn.BatchNorm1d(5, momentum=momentum) for _ in range(2))
    data = items(6)

    def encode(first: int, last: int) -> Tensor:
        rows = data[first:last].clone().requires_grad_()
        if checkpointed and torch.is_grad_enabled():
            again: Tensor = checkpoint(norm, rows, use_reentrant=False)
            return again
        return norm(rows)

    backward_in_chunks(
        {0: Part(encode, ITEMS)}, lambda rows: rows[0].pow(3).sum(), lambda one: one, chunk, [norm]
    )
    for first, last in CHUNKS if chunk else [(0, ITEMS)]:
        by_hand(data[first:last])
    torch.testing.assert_close(dict(norm.state_dict()), dict(by_hand.state_dict()))
    assert norm.momentum == momentum


def test_held_statistics_are_held_and_let_go() -> None:
    net = nn.Sequential(nn.BatchNorm1d(5), nn.BatchNorm1d(5, track_running_stats=False))
    before = {name: value.clone() for name, value in net.state_dict().items()}
    with pytest.raises(KeyError), held_statistics([net]):
        net(items(7))
        raise KeyError
    torch.testing.assert_close(dict(net.state_dict()), before)
    net(items(7))
    assert not torch.equal(net.state_dict()["0.running_mean"], before["0.running_mean"])


def test_a_frozen_part_is_encoded_once() -> None:
    nets, calls = towers(), []
    nets["right"].requires_grad_(False)
    parts = parts_of(nets)

    def counted(first: int, last: int) -> Tensor:
        rows = parts["right"].encode(first, last)
        if not torch.is_grad_enabled():
            calls.append((first, last))
        return rows

    loss = PairLoss(LossConfig(learn_temperature=False), 4)
    backward_in_chunks(
        {**parts, "right": Part(counted, ITEMS)},
        lambda rows: loss(rows["left"], rows["right"]),
        lambda one: one,
        3,
    )
    assert calls == CHUNKS
    assert all(p.grad is None for p in nets["right"].parameters())
    cached = [p.grad for p in nets["left"].parameters() if p.grad is not None]
    torch.testing.assert_close(cached, gradients(nets, loss, 0)[1], atol=1e-5, rtol=1e-4)


def test_a_part_that_the_loss_does_not_use_gets_no_gradient() -> None:
    for chunk in (0, 2):
        nets = towers()
        backward_in_chunks(
            parts_of(nets), lambda rows: rows["left"].pow(3).sum(), lambda one: one, chunk
        )
        assert all(p.grad is not None for p in nets["left"].parameters())
        assert all(p.grad is None for p in nets["right"].parameters())


@pytest.mark.parametrize("around", [False, True])
def test_reduced_precision_is_of_the_towers_alone(around: bool) -> None:
    nets, loss = towers(), PairLoss(LossConfig(temperature=0.5), 4)
    seen: list[torch.dtype] = []

    def half() -> AbstractContextManager[object]:
        return torch.autocast("cpu", torch.bfloat16)

    nets["left"].register_forward_hook(lambda _, __, rows: seen.append(rows.dtype))
    whole = gradients(nets, loss, 0, autocast=half)
    with half() if around else nullcontext():
        cached = gradients(nets, loss, 2, autocast=half)
    assert set(seen) == {torch.bfloat16}
    assert cached[1][0].dtype == torch.float32
    # chunks round otherwise than the whole batch
    assert cached[0] == pytest.approx(whole[0], abs=0.02)
    for one, other in zip(cached[1], whole[1], strict=True):
        torch.testing.assert_close(one, other, atol=0.02, rtol=0.2)


def test_the_losses_are_handed_back_as_they_are() -> None:
    def losses_of(rows: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return {side: one.sum() for side, one in rows.items()}

    nets = towers()
    losses = backward_in_chunks(parts_of(nets), losses_of, lambda one: one["left"] * 2, 2)
    assert set(losses) == {"left", "right"}


def test_an_empty_part_is_told() -> None:
    with pytest.raises(ValueError, match="at least one item"):
        backward_in_chunks(
            {0: Part(lambda first, last: torch.zeros(last - first, 2), 0)},
            lambda rows: rows[0].sum(),
            lambda one: one,
            2,
        )


def test_a_random_state_comes_back() -> None:
    state = RandomState.now()
    first = torch.rand(4)
    state.restore()
    assert torch.equal(first, torch.rand(4))
