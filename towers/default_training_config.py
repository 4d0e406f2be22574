"""How the default space is trained."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TrainingConfig:
    """How to train; ``minutes`` is the time of the whole run, over which the rate decays."""

    minutes: float = 70.0
    excerpts: int = 64
    captions: int = 64
    clips: int = 12
    covers: int = 8
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    warm_up: float = 0.03
    average_decay: float = 0.99
    character_weight: float = 0.5
    checkpoint_minutes: float = 4.0
    seed: int = 0
