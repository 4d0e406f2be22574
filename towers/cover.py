"""The default cover tower: a small convolutional net over a square picture."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

COVER_SIZE = 96


class CoverTower(nn.Module):
    """Pictures to character vectors."""

    def __init__(
        self, character_dimension: int, widths: tuple[int, ...] = (16, 32, 64, 96)
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = 3
        for width in widths:
            layers += [
                nn.Conv2d(channels, width, 3, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(inplace=True),
            ]
            channels = width
        self.trunk = nn.Sequential(*layers)
        self.character = nn.Linear(2 * channels, character_dimension)

    def forward(self, image: Tensor) -> Tensor:
        """image: (B, 3, COVER_SIZE, COVER_SIZE), 0..1 -> (B, character_dimension) of length 1."""
        return self.head(self.pooled(image))

    def pooled(self, image: Tensor) -> Tensor:
        """(B, 3, COVER_SIZE, COVER_SIZE) -> (B, features), mean and maximum of the trunk."""
        hidden = self.trunk(image * 2.0 - 1.0)
        return torch.cat([hidden.mean((2, 3)), hidden.amax((2, 3))], dim=1)

    def head(self, pooled: Tensor) -> Tensor:
        """(B, features) -> (B, character_dimension), unit length."""
        return functional.normalize(self.character(pooled), dim=-1)
