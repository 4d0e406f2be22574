"""Convolutional towers while they are trained: both views at anchors, and what columns hold.

A tower's trunks, which may be frozen and their output kept, make features of columns; its heads
make the views of them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from unisono.towers.convolutional import ConvolutionalTower
from unisono.towers.training.inputs import Inputs
from unisono.towers.training.padding import cut_at_lengths

Output = Literal["notes", "columns", "character"]
"""What a step may want of a tower: a view, or the features of columns from which notes are told."""


@dataclass(frozen=True)
class ColumnFeatures:
    """What the trunks of a tower made of a batch; a net that was not asked has no channels.

    near: (B, features of the notes, T'). character: (B, features + extra, T').
    """

    near: Tensor
    character: Tensor

    def joined(self) -> Tensor:
        """(B, channels, T'), as it is kept of frozen towers."""
        return torch.cat([self.near, self.character], dim=1)


def column_features(
    tower: ConvolutionalTower, inputs: Inputs, wanted: Collection[Output]
) -> ColumnFeatures:
    """Run the trunks behind the outputs that are wanted; those of both nets where kept."""
    notes, character = tower.notes, tower.character
    if inputs.from_trunk:
        width = notes.shape.features if notes is not None else 0
        return ColumnFeatures(inputs.arrays[:, :width], inputs.arrays[:, width:])
    # half as fast again on processors, where channels are few and pictures wide
    image = inputs.arrays.to(memory_format=torch.channels_last)
    count = image.shape[-1] // tower.column_stride
    near = seen = image.new_zeros(len(image), 0, count)
    if notes is not None and ("notes" in wanted or "columns" in wanted):
        with cut_at_lengths(notes, count, inputs.lengths):
            near = notes.near(image)
    if character is not None and "character" in wanted:
        lengths = None if inputs.lengths is None else -(-inputs.lengths // tower.repeats)
        with cut_at_lengths(character, count // tower.repeats, lengths):
            seen = tower.repeated(character.hidden(image, inputs.extra))
    return ColumnFeatures(near, seen)


def column_outputs(
    tower: ConvolutionalTower,
    features: ColumnFeatures,
    inputs: Inputs,
    wanted: Collection[Output],
) -> list[Tensor]:
    """What is wanted, in the order notes, columns, character; vectors have unit length.

    notes: (B, K, d) at anchors, or (B, d), the mean. columns: (B, 2 features, T'), what stands in
    a column itself and what the context made of it. character: (B, d).
    Raises ValueError for what the tower does not have.
    """
    outputs: list[Tensor] = []
    if "notes" in wanted or "columns" in wanted:
        if tower.notes is None:
            raise ValueError("the tower has no notes")
        with cut_at_lengths(tower.notes, features.near.shape[2], inputs.lengths):
            far = tower.notes.context(features.near)
        # Vectors are compared to the third decimal and more, which bfloat16 does not have.
        with torch.autocast(far.device.type, enabled=False):
            near, far = features.near.float(), far.float()
            if "notes" in wanted:
                columns = functional.normalize(tower.notes.projection(far), dim=1)
                outputs.append(_at_anchors(columns, inputs))
            if "columns" in wanted:
                outputs.append(torch.cat([near, far], dim=1))
    if "character" in wanted:
        if tower.character is None:
            raise ValueError("the tower has no character")
        with torch.autocast(features.character.device.type, enabled=False):
            mixed = tower.character.features(features.character.float())
            outputs.append(tower.character.embed(_mean(mixed, inputs.lengths)))
    return outputs


def _at_anchors(columns: Tensor, inputs: Inputs) -> Tensor:
    if inputs.anchors is None:
        return functional.normalize(_mean(columns, inputs.lengths), dim=1)
    index = inputs.anchors.unsqueeze(1).expand(-1, columns.shape[1], -1)
    return columns.gather(2, index).transpose(1, 2)


def _mean(columns: Tensor, lengths: Tensor | None) -> Tensor:
    """(B, d, T') -> (B, d), over the columns that each item fills."""
    if lengths is None:
        return columns.mean(2)
    filled = torch.arange(columns.shape[2], device=columns.device)[None] < lengths[:, None]
    return (columns * filled.unsqueeze(1)).sum(2) / lengths[:, None]
