"""AdamW over the towers, or Muon for their matrices; rates and warm-ups are each tower's own."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import nn

from unisono.towers.training.config import OptimiserConfig, TowerConfig
from unisono.towers.training.nets import SpaceNets
from unisono.towers.training.reading import ConfigError

_FIRST = 0.02  # share of the learning rate at the very first step
_MATRICES = (nn.Linear, nn.Conv1d, nn.Conv2d)
_MUON_SINCE = "2.9"


class StageOptimiser:
    """What a stage steps with: AdamW, and beside it Muon where the stage asks for it.

    Muon (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon) replaces the momentum of a
    matrix by the nearest one whose singular values are all 1. A convolution counts as the matrix
    (outputs, inputs x rows x columns) that it is; at the same rate its update would have about the
    size of AdamW's (Liu et al. 2025, "Muon is scalable for LLM training", eq. 4).
    """

    def __init__(
        self, groups: list[dict[str, Any]], matrices: list[dict[str, Any]], learning_rate: float
    ) -> None:
        """groups: for AdamW. matrices: for Muon, of parameters of two or more dimensions.

        Raises ConfigError where PyTorch is too old for Muon.
        """
        self._flat: list[tuple[nn.Parameter, nn.Parameter]] = []
        self._adamw = torch.optim.AdamW(groups, lr=learning_rate) if groups else None
        self._muon: torch.optim.Optimizer | None = None
        if not matrices:
            return
        if not hasattr(torch.optim, "Muon"):
            raise ConfigError(
                f"optimiser.kind: muon needs PyTorch {_MUON_SINCE} or newer, this is "
                f"{torch.__version__}; take adamw"
            )
        views = [group | {"params": self._viewed(group["params"])} for group in matrices]
        self._muon = torch.optim.Muon(views, lr=learning_rate, adjust_lr_fn="match_rms_adamw")

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """The groups of both."""
        return [group for one in self._all() for group in one.param_groups]

    def step(self) -> None:
        """Change the parameters by their gradients."""
        for parameter, flat in self._flat:
            grad = parameter.grad
            flat.grad = None if grad is None else grad.reshape(flat.shape)
        for one in self._all():
            one.step()

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for parameter, _ in self._flat:
            parameter.grad = None
        for one in self._all():
            one.zero_grad(set_to_none=True)

    def state_dict(self) -> dict[str, Any]:
        """What ``load_state_dict`` takes."""
        return {"states": [one.state_dict() for one in self._all()]}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Put back a state; raises ValueError for one of another optimiser."""
        for one, kept in zip(self._all(), state["states"], strict=True):
            one.load_state_dict(kept)

    def _all(self) -> Iterator[torch.optim.Optimizer]:
        return (one for one in (self._adamw, self._muon) if one is not None)

    def _viewed(self, parameters: list[nn.Parameter]) -> list[nn.Parameter]:
        """Matrices on the same memory, since Muon takes nothing else."""
        views = [nn.Parameter(one.detach().view(len(one), -1)) for one in parameters]
        self._flat += zip(parameters, views, strict=True)
        return views


def make_optimiser(
    nets: SpaceNets,
    losses: nn.ModuleDict,
    config: OptimiserConfig,
    towers: Mapping[str, TowerConfig],
) -> StageOptimiser:
    """Groups by tower, with and without weight decay, and one for what the losses learn.

    Vectors and scalars (biases, norms, temperatures) are not decayed. With ``kind: muon`` the
    weights of linear layers and convolutions are Muon's; embeddings and all else stay AdamW's.
    Raises ConfigError where every tower is frozen.
    """
    groups: list[dict[str, Any]] = []
    matrices: list[dict[str, Any]] = []
    for modality, tower in nets.towers.items():
        settings = towers.get(modality, TowerConfig())
        rate = config.learning_rate if settings.learning_rate is None else settings.learning_rate
        warm_up = config.warm_up if settings.warm_up is None else settings.warm_up
        learning = [p for p in tower.parameters() if p.requires_grad]
        turned = _matrices_of(tower) if config.kind == "muon" else set[int]()
        by_muon = [p for p in learning if id(p) in turned]
        decayed = [p for p in learning if p.ndim > 1 and id(p) not in turned]
        vectors = [p for p in learning if p.ndim <= 1]
        matrices += _group(by_muon, config.weight_decay, rate * config.muon_rate, warm_up)
        groups += _group(decayed, config.weight_decay, rate, warm_up)
        groups += _group(vectors, 0.0, rate, warm_up)
    if not groups and not matrices:
        raise ConfigError("nothing is left to train: every tower is frozen; thaw one in towers")
    groups += _group(list(losses.parameters()), 0.0, config.learning_rate, config.warm_up)
    return StageOptimiser(groups, matrices, config.learning_rate)


def _group(
    parameters: list[nn.Parameter], decay: float, peak: float, warm_up: float
) -> list[dict[str, Any]]:
    if not parameters:
        return []
    return [{"params": parameters, "weight_decay": decay, "peak": peak, "warm_up": warm_up}]


def _matrices_of(tower: nn.Module) -> set[int]:
    """Identities of the weights of its linear layers and convolutions."""
    return {id(one.weight) for one in tower.modules() if isinstance(one, _MATRICES)}


def set_learning_rates(optimiser: StageOptimiser, progress: float) -> float:
    """Set every group's rate for ``progress`` (0..1) of the stage; returns the highest."""
    for group in optimiser.param_groups:
        group["lr"] = group["peak"] * schedule(progress, group["warm_up"])
    return max(float(group["lr"]) for group in optimiser.param_groups)


def schedule(progress: float, warm_up: float) -> float:
    """Share of the learning rate: linear warm-up, then a cosine down to a hundredth."""
    if progress < warm_up:
        return max(progress / warm_up, _FIRST)
    done = min((progress - warm_up) / max(1 - warm_up, 1e-9), 1.0)
    return 0.01 + 0.99 * (1 + math.cos(math.pi * done)) / 2
