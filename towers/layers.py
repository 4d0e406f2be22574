"""Layers that the small convolutional nets are made of."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

Stride = tuple[int, int]
"""Of rows and of columns."""


def convolution(inputs: int, outputs: int, stride: Stride) -> nn.Sequential:
    """3 x 3 with batch norm and ReLU: (B, inputs, R, T) -> (B, outputs, R / rows, T / columns)."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def collapse(inputs: int, outputs: int, rows: int) -> nn.Sequential:
    """All rows into one: (B, inputs, rows, T) -> (B, outputs, 1, T)."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, (rows, 1), bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions with a shortcut (He et al. 2016, fig. 2)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = convolution(channels, channels, (1, 1))
        self.second = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)
        )

    def forward(self, image: Tensor) -> Tensor:
        """(B, channels, R, T) -> the same shape."""
        return functional.relu(image + self.second(self.first(image)))


class StaffBlock(nn.Module):
    """One 3 x 3 convolution, dilated along the columns, with a shortcut; at first it does nothing.

    What stands at some height is carried on to other columns at about the same height.
    """

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        norm = nn.BatchNorm2d(channels)
        nn.init.zeros_(norm.weight)
        self.body = nn.Sequential(
            nn.Conv2d(
                channels,
                channels,
                3,
                padding=(1, dilation),
                dilation=(1, dilation),
                bias=False,
            ),
            norm,
        )

    def forward(self, image: Tensor) -> Tensor:
        """(B, channels, R, T) -> the same shape."""
        return functional.relu(image + self.body(image))


class TemporalBlock(nn.Module):
    """One dilated convolution of five columns with a shortcut."""

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
