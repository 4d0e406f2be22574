"""The small convolutional net behind the audio, sheet and MIDI towers.

It reads an image whose columns are time (or the strip), and gives for every fourth (eighth)
column a ``notes`` vector that sees about five seconds, and ``character`` features that are
averaged over as much as is asked for. All layers are convolutions along the columns, so that
overlapping passages share their work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval


@dataclass(frozen=True)
class ConvolutionalConfig:
    """Shape of one net; ``rows`` must be a multiple of 16."""

    in_channels: int
    rows: int
    column_strides: tuple[int, int, int, int]
    widths: tuple[int, int, int, int] = (16, 24, 48, 96)
    features: int = 192
    extra_channels: int = 0
    """Channels that only the character sees, one value a column (families of instruments)."""
    dilations: tuple[int, ...] = (1, 2, 3)


class Columns(NamedTuple):
    """notes: (B, notes_dimension, T'), unit length; character: (B, features, T')."""

    notes: Tensor
    character: Tensor


class ConvolutionalTower(nn.Module):
    """A tower for one modality whose input is an image with time along its columns.

    With a ``notes_dimension`` of 0 it has no notes, nor the layers that only they need.
    """

    def __init__(
        self, config: ConvolutionalConfig, notes_dimension: int, character_dimension: int
    ) -> None:
        super().__init__()
        self.config = config
        w0, w1, w2, w3 = config.widths
        s0, s1, s2, s3 = config.column_strides
        self.trunk = nn.Sequential(
            _convolution(config.in_channels, w0, (2, s0)),
            _convolution(w0, w1, (2, s1)),
            ResidualBlock(w1),
            _convolution(w1, w2, (2, s2)),
            ResidualBlock(w2),
            _convolution(w2, w3, (2, s3)),
            ResidualBlock(w3),
        )
        self.collapse = nn.Sequential(
            nn.Conv2d(w3, config.features, (config.rows // 16, 1), bias=False),
            nn.BatchNorm2d(config.features),
            nn.ReLU(inplace=True),
        )
        dilations = config.dilations if notes_dimension else ()
        self.context = nn.Sequential(
            *(TemporalBlock(config.features, dilation) for dilation in dilations)
        )
        self.notes: nn.Module = (
            nn.Conv1d(config.features, notes_dimension, 1) if notes_dimension else NoNotes()
        )
        self.character_features = nn.Sequential(
            nn.Conv1d(config.features + config.extra_channels, config.features, 1),
            nn.ReLU(inplace=True),
        )
        self.character = nn.Linear(config.features, character_dimension)

    @property
    def column_stride(self) -> int:
        """Input columns for one output column."""
        s0, s1, s2, s3 = self.config.column_strides
        return s0 * s1 * s2 * s3

    @property
    def halo(self) -> int:
        """Input columns on each side that an output column may depend on, rounded up."""
        reach = self.column_stride * (2 * sum(self.config.dilations) + 1)
        return reach + 8 * self.column_stride

    def forward(self, image: Tensor, extra: Tensor | None = None) -> Columns:
        """image: (B, in_channels, rows, T); extra: (B, extra_channels, T). T' = T / column_stride.

        T must be a multiple of ``column_stride``.
        """
        hidden = self.hidden(image)
        notes = functional.normalize(self.notes(self.context(hidden)), dim=1)
        return Columns(notes, self.character_features(self.with_extra(hidden, extra)))

    def hidden(self, image: Tensor) -> Tensor:
        """(B, in_channels, rows, T) -> (B, features, T'), what both views are made from."""
        collapsed: Tensor = self.collapse(self.trunk(image))
        return collapsed.squeeze(2)

    def with_extra(self, hidden: Tensor, extra: Tensor | None) -> Tensor:
        """(B, features, T') with the extra channels (B, extra_channels, T) below them."""
        if extra is None:
            return hidden
        return torch.cat([hidden, functional.avg_pool1d(extra, self.column_stride)], dim=1)

    def embed_character(self, mean_features: Tensor) -> Tensor:
        """(..., features) averaged over columns -> (..., character_dimension), unit length."""
        return functional.normalize(self.character(mean_features), dim=-1)

    def character_of(self, mean_features: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """``embed_character`` on NumPy arrays, without gradients."""
        with torch.inference_mode():
            return np.asarray(self.embed_character(torch.from_numpy(mean_features)).numpy())


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions with a shortcut (He et al. 2016, fig. 2)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = _convolution(channels, channels, (1, 1))
        self.second = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)
        )

    def forward(self, image: Tensor) -> Tensor:
        """(B, channels, R, T) -> the same shape."""
        return functional.relu(image + self.second(self.first(image)))


class NoNotes(nn.Module):
    """In place of the notes' last layer, where a space has none."""

    def forward(self, columns: Tensor) -> Tensor:
        """(B, channels, T') -> (B, 0, T')."""
        return columns[:, :0]


class TemporalBlock(nn.Module):
    """One dilated convolution along time with a shortcut."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv1d(channels, channels, 5, padding=2 * dilation, dilation=dilation, bias=False),
            nn.BatchNorm1d(channels),
        )

    def forward(self, columns: Tensor) -> Tensor:
        """(B, channels, T') -> the same shape."""
        return functional.relu(columns + self.body(columns))


def fold_batch_norms(net: nn.Module) -> nn.Module:
    """Put batch norms that follow a convolution into its weights; for a net that only encodes.

    The result is the same up to rounding, with a pass over every feature map less.
    """
    for module in net.modules():
        if isinstance(module, nn.Sequential):
            for index in range(len(module) - 1):
                first, second = module[index], module[index + 1]
                if isinstance(first, nn.Conv1d | nn.Conv2d) and isinstance(
                    second, nn.BatchNorm1d | nn.BatchNorm2d
                ):
                    module[index] = fuse_conv_bn_eval(first.eval(), second.eval())
                    module[index + 1] = nn.Identity()
    return net


def _convolution(inputs: int, outputs: int, stride: tuple[int, int]) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )
