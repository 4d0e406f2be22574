"""The loss of a pair set with what is learnt of it: temperature, bilinear weight, bias."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from unisono.towers.losses import (
    bilinear_similarity,
    sigmoid_loss,
    symmetric_info_nce,
    triplet_hinge,
)
from unisono.towers.training.config import LossConfig

SIGMOID_BIAS = -10.0
"""Where the bias starts in SigLIP: most pairs of a batch do not belong together."""

_FAR = -1e4  # a similarity at which no loss has anything left to gain


class PairLoss(nn.Module):
    """One of the losses of ``towers.losses``, always in float32.

    - ``info_nce``: learnable temperature.
    - ``triplet``: nothing learnable.
    - ``bilinear``: the weight W, which starts as the identity divided by the temperature, so that
      the loss of unit vectors begins as InfoNCE at that temperature. W learns its own scale, as
      in COLA; there is no temperature, and its bounds do not matter.
    - ``sigmoid``: learnable temperature, and the bias, which starts at -10 as in SigLIP.
    """

    def __init__(self, config: LossConfig, dimension: int) -> None:
        """dimension: of the embeddings, both sides'.

        Raises ValueError for a temperature that is not between its bounds.
        """
        super().__init__()
        self.config = config
        self._temperature: _BoundedTemperature | None = None
        if config.kind in ("info_nce", "sigmoid"):
            self._temperature = _BoundedTemperature(
                config.temperature, config.temperature_bounds, config.learn_temperature
            )
        if config.kind == "bilinear":
            if not config.temperature > 0:
                raise ValueError(f"temperature must be above 0, not {config.temperature:g}")
            self.weight = nn.Parameter(torch.eye(dimension) / config.temperature)
        if config.kind == "sigmoid":
            self.bias = nn.Parameter(torch.tensor(SIGMOID_BIAS))

    @property
    def inverse_temperature(self) -> Tensor:
        """What similarities are multiplied by: a scalar; 1 for losses without a temperature."""
        return torch.ones(()) if self._temperature is None else 1 / self._temperature()

    def similarity(self, left: Tensor, right: Tensor) -> Tensor:
        """(m, d) and (n, d) -> (m, n), by which this loss would rank: inner or bilinear."""
        if self.config.kind == "bilinear":
            return bilinear_similarity(left, right, self.weight)
        return left @ right.T

    def forward(
        self,
        left: Tensor,
        right: Tensor,
        positives: Tensor | None = None,
        ignored: Tensor | None = None,
    ) -> Tensor:
        """The loss of left (m, d) and right (n, d), unit vectors; a scalar.

        positives: (m, n) bool, on any device, which belong together; the diagonal alone if None.
        ignored: (m, n) bool, which are neither positives nor negatives; they cost nothing.
        """
        config = self.config
        positives = None if positives is None else positives.to(left.device)
        # Reduced precision would round similarities by more than near pairs differ.
        with torch.autocast(left.device.type, enabled=False):
            similarity = self.similarity(left.float(), right.float())
            if ignored is not None:
                similarity = similarity.masked_fill(ignored.to(left.device), _FAR)
            if config.kind == "triplet":
                return triplet_hinge(
                    similarity, config.margin, positives, config.negatives, config.directions
                )
            scale = self.inverse_temperature
            if config.kind == "sigmoid":
                return sigmoid_loss(similarity, scale, self.bias, positives)
            return symmetric_info_nce(similarity, scale, positives, config.directions)

    def collapsed_loss(self, pairs: int) -> float | None:
        """What embeddings that are all the same would cost, pair i alone on the diagonal.

        None for the sigmoid, where it depends on temperature and bias. A training loss that
        stays there has learnt nothing.
        """
        if self.config.kind == "sigmoid":
            return None
        if self.config.kind == "triplet":
            return self.config.margin if pairs > 1 else 0.0
        return math.log(max(pairs, 1))


class _BoundedTemperature(nn.Module):
    """A temperature that cannot leave its bounds, yet can always come back from them.

    log t = log lowest + (log highest - log lowest) sigmoid(position). A clamp would have no
    gradient any more once it holds.
    """

    def __init__(self, start: float, bounds: tuple[float, float], learnt: bool) -> None:
        super().__init__()
        lowest, highest = bounds
        if not 0 < lowest < start < highest < math.inf:
            raise ValueError(
                f"temperature {start:g} must lie between temperature_bounds"
                f" {lowest:g} and {highest:g}, and these above 0"
            )
        self.bounds = bounds
        share = math.log(start / lowest) / math.log(highest / lowest)
        self.position = nn.Parameter(torch.tensor(math.log(share / (1 - share))), learnt)

    def forward(self) -> Tensor:
        lowest, highest = self.bounds
        share = torch.sigmoid(self.position)
        temperature = lowest * torch.exp(share * math.log(highest / lowest))
        # rounding alone can put it outside
        return temperature.clamp(lowest, highest)
