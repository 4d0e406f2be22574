"""What of a step goes into the log beside its losses."""

from __future__ import annotations

from torch import nn

from unisono.towers.training.pair_loss import PairLoss
from unisono.towers.training.run_records import SetSigns
from unisono.towers.training.step import StepLosses
from unisono.towers.training.vital_signs import set_signs


def collapsed_losses(found: StepLosses, losses: nn.ModuleDict) -> dict[str, float | None]:
    """By set, what a space would give in which all vectors are one."""
    return {
        name: loss.collapsed_loss(len(found.rows[name].left))
        for name, loss in _pair_losses(found, losses).items()
    }


def inverse_temperatures(found: StepLosses, losses: nn.ModuleDict) -> dict[str, float]:
    """By set, for losses that have a temperature."""
    return {
        name: float(loss.inverse_temperature.detach())
        for name, loss in _pair_losses(found, losses).items()
        if loss.config.kind in ("info_nce", "sigmoid")
    }


def signs_of(found: StepLosses) -> dict[str, SetSigns]:
    """By set, how its vectors lie."""
    return {
        name: set_signs(
            rows.left.detach(),
            rows.right.detach(),
            rows.left_identities,
            rows.right_identities,
            rows.positives,
        )
        for name, rows in found.rows.items()
    }


def _pair_losses(found: StepLosses, losses: nn.ModuleDict) -> dict[str, PairLoss]:
    chosen = {name: losses[name] for name in found.losses}
    return {name: loss for name, loss in chosen.items() if isinstance(loss, PairLoss)}
