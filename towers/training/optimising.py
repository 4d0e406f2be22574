"""AdamW over the towers, each with a learning rate and a warm-up of its own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from unisono.towers.training.config import OptimiserConfig, TowerConfig
from unisono.towers.training.nets import SpaceNets
from unisono.towers.training.reading import ConfigError

_FIRST = 0.02  # share of the learning rate at the very first step


def make_optimiser(
    nets: SpaceNets,
    losses: nn.ModuleDict,
    config: OptimiserConfig,
    towers: Mapping[str, TowerConfig],
) -> torch.optim.AdamW:
    """Groups by tower, with and without weight decay, and one for what the losses learn.

    Vectors and scalars (biases, norms, temperatures) are not decayed. Raises ConfigError where
    every tower is frozen.
    """
    groups: list[dict[str, Any]] = []
    for modality, tower in nets.towers.items():
        settings = towers.get(modality, TowerConfig())
        rate = config.learning_rate if settings.learning_rate is None else settings.learning_rate
        warm_up = config.warm_up if settings.warm_up is None else settings.warm_up
        learning = [p for p in tower.parameters() if p.requires_grad]
        for parameters, decay in (
            ([p for p in learning if p.ndim > 1], config.weight_decay),
            ([p for p in learning if p.ndim <= 1], 0.0),
        ):
            if parameters:
                groups.append(
                    {
                        "params": parameters,
                        "weight_decay": decay,
                        "peak": rate,
                        "warm_up": warm_up,
                    }
                )
    if not groups:
        raise ConfigError("nothing is left to train: every tower is frozen; thaw one in towers")
    shared = list(losses.parameters())
    if shared:
        groups.append(
            {
                "params": shared,
                "weight_decay": 0.0,
                "peak": config.learning_rate,
                "warm_up": config.warm_up,
            }
        )
    return torch.optim.AdamW(groups, lr=config.learning_rate)


def set_learning_rates(optimiser: torch.optim.Optimizer, progress: float) -> float:
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
