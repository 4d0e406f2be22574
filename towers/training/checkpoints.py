"""Checkpoints of a stage: written whole or not at all, read back to the same curve."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor, nn

from unisono.towers.training.nets import SpaceNets
from unisono.towers.training.optimising import StageOptimiser
from unisono.towers.training.reading import ConfigError

CHECKPOINT = "checkpoint.pt"

_DAMAGE = (
    *(RuntimeError, KeyError, TypeError, ValueError, AttributeError, EOFError),
    UnpicklingError,
)


@dataclass
class StageState:
    """How far a stage is; what a checkpoint keeps beside weights and optimiser."""

    step: int = 0
    seconds: float = 0.0
    best_score: float = -1.0
    looks_without_better: int = 0
    best: dict[str, Tensor] = field(default_factory=dict)


def save_checkpoint(
    folder: Path,
    nets: SpaceNets,
    losses: nn.ModuleDict,
    average: Any,
    optimiser: StageOptimiser,
    state: StageState,
) -> None:
    """Write everything that the next step depends on."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / (CHECKPOINT + ".partial")
    torch.save(
        {
            "nets": nets.state_dict(),
            "losses": losses.state_dict(),
            "average": None if average is None else average.state_dict(),
            "optimiser": optimiser.state_dict(),
            "random": torch.get_rng_state(),
            "cuda_random": _cuda_state(),
            "state": dict(vars(state)),
        },
        partial,
    )
    partial.replace(folder / CHECKPOINT)


def load_checkpoint(
    folder: Path,
    nets: SpaceNets,
    losses: nn.ModuleDict,
    average: Any,
    optimiser: StageOptimiser,
    device: torch.device,
) -> StageState | None:
    """Put back what ``save_checkpoint`` wrote; None where there is no checkpoint.

    Raises ConfigError for a checkpoint of other towers or losses.
    """
    path = folder / CHECKPOINT
    if not path.exists():
        return None
    try:
        stored = torch.load(path, weights_only=True, map_location=device)
        nets.load_state_dict(stored["nets"])
        losses.load_state_dict(stored["losses"])
        if average is not None:
            average.load_state_dict(stored["average"])
        optimiser.load_state_dict(stored["optimiser"])
        torch.set_rng_state(stored["random"].cpu())
        if stored.get("cuda_random") is not None and device.type == "cuda":
            torch.cuda.set_rng_state(stored["cuda_random"].cpu())
        return StageState(**stored["state"])
    except _DAMAGE as error:
        reason = " ".join(str(error).split())[:200]
        raise ConfigError(
            f"{path}: a checkpoint of another configuration, or damaged ({reason}); "
            "give another --out, or --fresh to begin anew"
        ) from error


def _cuda_state() -> Tensor | None:
    """Where the generator of this process's GPU is; None where none is in use."""
    in_use: bool = torch.cuda.is_initialized()  # type: ignore[no-untyped-call]
    return torch.cuda.get_rng_state() if in_use else None
