"""What is the music like: features of columns that are averaged over as much as is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor, nn
from torch.nn import functional

from unisono.towers.layers import ResidualBlock, collapse, convolution


@dataclass(frozen=True)
class CharacterShape:
    """Shape of a character net; its input's rows must be a multiple of 16."""

    column_strides: tuple[int, int, int, int]
    widths: tuple[int, int, int, int] = (16, 24, 48, 96)
    features: int = 192

    @property
    def column_stride(self) -> int:
        """Input columns for one output column."""
        return prod(self.column_strides)

    @property
    def reach(self) -> int:
        """Input columns on each side that an output column may depend on."""
        s0, s1, s2, _ = self.column_strides
        return 1 + s0 + 3 * s0 * s1 + 3 * s0 * s1 * s2 + 2 * self.column_stride


class CharacterNet(nn.Module):
    """The net behind the character view of one modality.

    extra_channels: beside the image, one value a column (families of instruments).
    """

    def __init__(
        self,
        in_channels: int,
        rows: int,
        shape: CharacterShape,
        dimension: int,
        extra_channels: int = 0,
    ) -> None:
        super().__init__()
        self.shape = shape
        self.dimension = dimension
        w0, w1, w2, w3 = shape.widths
        s0, s1, s2, s3 = shape.column_strides
        self.trunk = nn.Sequential(
            convolution(in_channels, w0, (2, s0)),
            convolution(w0, w1, (2, s1)),
            ResidualBlock(w1),
            convolution(w1, w2, (2, s2)),
            ResidualBlock(w2),
            convolution(w2, w3, (2, s3)),
            ResidualBlock(w3),
        )
        self.collapse = collapse(w3, shape.features, rows // 16)
        self.mixing = nn.Sequential(
            nn.Conv1d(shape.features + extra_channels, shape.features, 1), nn.ReLU(inplace=True)
        )
        self.projection = nn.Linear(shape.features, dimension)

    def hidden(self, image: Tensor, extra: Tensor | None = None) -> Tensor:
        """(B, in_channels, rows, T) -> (B, features + extra_channels, T'), before the head.

        extra: (B, extra_channels, T).
        """
        columns: Tensor = self.collapse(self.trunk(image)).squeeze(2)
        if extra is None:
            return columns
        return torch.cat([columns, functional.avg_pool1d(extra, self.shape.column_stride)], dim=1)

    def features(self, hidden: Tensor) -> Tensor:
        """What ``hidden`` gave -> (B, features, T'), to be averaged."""
        mixed: Tensor = self.mixing(hidden)
        return mixed

    def embed(self, mean_features: Tensor) -> Tensor:
        """(..., features) averaged over columns -> (..., dimension), unit length."""
        return functional.normalize(self.projection(mean_features), dim=-1)
