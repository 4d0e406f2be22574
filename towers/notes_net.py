"""Which notes are these: a vector for every few columns that hears ten seconds.

The first layers keep enough rows to tell one line of a staff from the next space, or one semitone
from another. On pages, further layers carry what stands on a staff along it, so that a head meets
its clef and its signature while its height is still known. What is found in a column goes into one
vector, and dilated convolutions add what stands before and after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from torch import Tensor, nn
from torch.nn import functional

from unisono.towers.layers import (
    ResidualBlock,
    StaffBlock,
    Stride,
    TemporalBlock,
    collapse,
    convolution,
)


@dataclass(frozen=True)
class NotesShape:
    """Shape of a notes net: a convolution for each stride, with its width and residual blocks.

    staff_dilations: of the layers that look along the staves; dilations: of those after them.
    """

    strides: tuple[Stride, ...]
    widths: tuple[int, ...]
    blocks: tuple[int, ...]
    features: int = 192
    dilations: tuple[int, ...] = (1, 2, 4, 8, 16)
    staff_dilations: tuple[int, ...] = ()

    @property
    def column_stride(self) -> int:
        """Input columns for one output column."""
        return prod(columns for _, columns in self.strides)

    @property
    def row_stride(self) -> int:
        """Input rows for one row before they are collapsed."""
        return prod(rows for rows, _ in self.strides)

    @property
    def reach(self) -> int:
        """Input columns on each side that an output column may depend on."""
        reach, stride = 0, 1
        for (_, columns), blocks in zip(self.strides, self.blocks, strict=True):
            reach += stride
            stride *= columns
            reach += 2 * blocks * stride
        return reach + (sum(self.staff_dilations) + 2 * sum(self.dilations)) * stride


class NotesNet(nn.Module):
    """The net behind the notes view of one modality."""

    def __init__(self, in_channels: int, rows: int, shape: NotesShape, dimension: int) -> None:
        """rows: of the input, a multiple of the shape's row stride."""
        super().__init__()
        self.shape = shape
        layers: list[nn.Module] = []
        channels = in_channels
        for stride, width, blocks in zip(shape.strides, shape.widths, shape.blocks, strict=True):
            layers.append(convolution(channels, width, stride))
            layers += [ResidualBlock(width) for _ in range(blocks)]
            channels = width
        self.trunk = nn.Sequential(*layers)
        self.staves = nn.Sequential(
            *(StaffBlock(channels, dilation) for dilation in shape.staff_dilations)
        )
        self.collapse = collapse(channels, shape.features, rows // shape.row_stride)
        self.context = nn.Sequential(
            *(TemporalBlock(shape.features, dilation) for dilation in shape.dilations)
        )
        self.projection = nn.Conv1d(shape.features, dimension, 1)

    def forward(self, image: Tensor) -> Tensor:
        """(B, in_channels, rows, T) -> (B, dimension, T'), of unit length along dimension 1."""
        return functional.normalize(self.projection(self.context(self.near(image))), dim=1)

    def near(self, image: Tensor) -> Tensor:
        """(B, in_channels, rows, T) -> (B, features, T'): what stands in each column itself.

        With what its staves say of it, where the shape looks along them.
        """
        collapsed: Tensor = self.collapse(self.staves(self.trunk(image)))
        return collapsed.squeeze(2)
