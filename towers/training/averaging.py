"""The running average of the weights, which a run hands on in the end."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from unisono.towers.training.nets import SpaceNets


def running_average(nets: SpaceNets, decay: float) -> Any:
    """An averaged copy of the nets, batch statistics included, or None for a decay of 0.

    The average is exponential with a decay that rises from 0.1 to ``decay``: after n updates it is
    min(decay, (1 + n) / (10 + n)), so that a short run is not spoilt by its untrained beginning
    (as in Abadi et al. 2016, TensorFlow's ExponentialMovingAverage with num_updates).
    """
    if decay <= 0:
        return None

    @torch.no_grad()
    def update(averaged: list[Tensor], current: list[Tensor], updates: Tensor | int) -> None:
        count = int(updates)
        share = 1 - min(decay, (1 + count) / (10 + count))
        if torch.is_floating_point(averaged[0]):
            torch._foreach_lerp_(averaged, current, share)
        else:  # counters of batches
            for mean, value in zip(averaged, current, strict=True):
                mean.copy_(value)

    averaging: Any = torch.optim.swa_utils
    return averaging.AveragedModel(nets, multi_avg_fn=update, use_buffers=True)
