"""What one step of each optimiser does to the parameters of a tower."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest
import torch
from small_runs import small_nets
from torch import Tensor, nn

from unisono.towers.training.config import OptimiserConfig, TowerConfig
from unisono.towers.training.nets import SpaceNets
from unisono.towers.training.optimising import StageOptimiser, make_optimiser, set_learning_rates
from unisono.towers.training.reading import ConfigError

RATE = 0.01


class Sentence(nn.Module):
    """A table of words, a layer over them, and a scale."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(9, 6)
        self.layer = nn.Linear(6, 40)
        self.scale = nn.Parameter(torch.ones(()))


def muon_of(nets: SpaceNets, **changes: object) -> StageOptimiser:
    config = OptimiserConfig(
        kind="muon", learning_rate=RATE, weight_decay=0.0, muon_rate=1.0, **changes
    )  # type: ignore[arg-type]
    return make_optimiser(nets, nn.ModuleDict(), config, {})


def with_gradients(nets: nn.Module, seed: int = 0) -> dict[str, Tensor]:
    """Random gradients everywhere; returns copies of the parameters."""
    generator = torch.Generator().manual_seed(seed)
    for parameter in nets.parameters():
        parameter.grad = torch.randn(parameter.shape, generator=generator)
    return {name: one.detach().clone() for name, one in nets.named_parameters()}


def changes_of(nets: nn.Module, before: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: one.detach() - before[name] for name, one in nets.named_parameters()}


def test_muon_turns_the_matrices_and_leaves_vectors_to_adamw() -> None:
    nets = small_nets("cover")
    optimiser = muon_of(nets)
    before = with_gradients(nets)
    optimiser.step()
    kinds = {1: 0, 2: 0, 4: 0}
    for name, change in changes_of(nets, before).items():
        kinds[change.ndim] += 1
        if change.ndim == 1:  # the first step of Adam goes one rate along the sign
            np.testing.assert_allclose(change.abs().numpy(), RATE, rtol=1e-3)
            continue
        matrix = change.reshape(len(change), -1).double()
        turned = torch.linalg.svdvals(matrix) / (RATE * 0.2 * max(matrix.shape) ** 0.5)
        # five rounds of Newton and Schulz bring singular values to about 1
        assert 0.5 < float(turned.min()) <= float(turned.max()) < 1.35, name
    assert all(kinds.values())


def test_muon_goes_down_the_gradient() -> None:
    nets = small_nets("cover")
    optimiser = muon_of(nets)
    before = with_gradients(nets)
    optimiser.step()
    for name, parameter in nets.named_parameters():
        assert parameter.grad is not None
        assert float((parameter.grad * (parameter.detach() - before[name])).sum()) < 0, name


def test_embeddings_and_scalars_are_not_turned() -> None:
    nets = small_nets("cover")
    nets.towers["text"] = Sentence()
    optimiser = muon_of(nets)
    before = with_gradients(nets)
    optimiser.step()
    changes = changes_of(nets, before)
    for name in ("towers.text.words.weight", "towers.text.scale", "towers.text.layer.bias"):
        np.testing.assert_allclose(changes[name].abs().numpy(), RATE, rtol=1e-3)
    layer = changes["towers.text.layer.weight"].abs()
    assert float(layer.std()) > 0.1 * float(layer.mean())


def test_what_has_no_gradient_stays() -> None:
    nets = small_nets("cover")
    optimiser = muon_of(nets)
    before = with_gradients(nets)
    optimiser.step()
    optimiser.zero_grad()
    assert all(one.grad is None for one in nets.parameters())
    after = {name: one.detach().clone() for name, one in nets.named_parameters()}
    optimiser.step()
    assert all(torch.equal(one, after[name]) for name, one in nets.named_parameters())
    assert not any(torch.equal(after[name], before[name]) for name in before)


def test_rates_of_towers_hold_for_both() -> None:
    nets = small_nets("cover", "audio")
    config = OptimiserConfig(kind="muon", learning_rate=RATE)
    optimiser = make_optimiser(
        nets, nn.ModuleDict(), config, {"cover": TowerConfig(learning_rate=RATE / 4)}
    )
    assert set_learning_rates(optimiser, config.warm_up) == 3 * RATE
    before = with_gradients(nets)
    optimiser.step()
    for name, change in changes_of(nets, before).items():
        if change.ndim == 1:
            expected = RATE / 4 if ".cover." in name else RATE
            np.testing.assert_allclose(change.abs().numpy(), expected, rtol=1e-3)


def test_a_state_is_put_back() -> None:
    first, second = small_nets("cover"), small_nets("cover")
    one, other = muon_of(first), muon_of(second)
    with_gradients(first)
    one.step()
    second.load_state_dict(first.state_dict())
    other.load_state_dict(deepcopy(one.state_dict()))
    for nets, optimiser in ((first, one), (second, other)):
        with_gradients(nets, seed=1)
        optimiser.step()
    for name, value in first.state_dict().items():
        assert torch.equal(value, second.state_dict()[name]), name


def test_a_state_of_the_other_kind_is_refused() -> None:
    nets = small_nets("cover")
    adamw = make_optimiser(nets, nn.ModuleDict(), OptimiserConfig(), {})
    with pytest.raises(ValueError, match="parameter groups"):
        muon_of(nets).load_state_dict(adamw.state_dict())


def test_a_torch_without_muon_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch.optim, "Muon")
    with pytest.raises(ConfigError, match=r"needs PyTorch 2\.9 or newer"):
        muon_of(small_nets("cover"))
