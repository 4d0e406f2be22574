"""Items of unequal lengths in one batch, each as if it were alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn


@contextmanager
def cut_at_lengths(tower: nn.Module, columns: int, lengths: Tensor | None) -> Iterator[None]:
    """Every convolution of a tower sees zeros beyond an item's end, as at the edge of one alone.

    Without it biases and batch norms fill the padding, and convolutions carry that back into the
    last columns of the item. Statistics of batch norms in training still count the padding.

    columns: output columns of the longest item; lengths: (B,) output columns of each, None where
    all fill all.
    """
    if lengths is None:
        yield
        return
    ends = lengths

    def cut(_: nn.Module, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        image, *rest = arguments
        width = image.shape[-1]
        filled = torch.arange(width, device=image.device) < ends[:, None] * (width // columns)
        return (image * filled.view(len(image), *[1] * (image.ndim - 2), width), *rest)

    hooks = [
        module.register_forward_pre_hook(cut)
        for module in tower.modules()
        if isinstance(module, nn.Conv1d | nn.Conv2d)
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
