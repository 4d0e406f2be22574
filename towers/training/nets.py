"""The towers of a space while they are trained: one embedding call for every kind of tower.

A tower is a trunk, whose output can be kept when it is frozen, and heads that make the views.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from unisono.data.modality import Modality
from unisono.towers.bundle import NetsConfig
from unisono.towers.convolutional import ConvolutionalTower
from unisono.towers.cover import CoverTower
from unisono.towers.foreign.backbone import Backbone, TextBackbone
from unisono.towers.text import TextHead
from unisono.towers.training.config import Freeze, View
from unisono.towers.training.inputs import Inputs
from unisono.towers.training.padding import cut_at_lengths


class SpaceNets(nn.Module):
    """One net a modality, each in one of four kinds.

    towers: ``ConvolutionalTower`` (audio, sheet, MIDI), ``CoverTower``, ``TextHead`` or a foreign
        ``Backbone``.
    """

    def __init__(self, towers: Mapping[str, nn.Module], config: NetsConfig) -> None:
        super().__init__()
        self.config = config
        self.towers = nn.ModuleDict(dict(towers))
        self._frozen: dict[str, Freeze] = {}
        self._checkpointed: set[str] = set()

    def freeze(self, modality: str, how: Freeze) -> None:
        """Keep a tower's trunk or all of it as it is; ``none`` lets it learn again."""
        tower = self.towers[modality]
        tower.requires_grad_(True)
        for part in _frozen_parts(tower, how):
            part.requires_grad_(False)
        if isinstance(tower, Backbone):
            tower.frozen = how != "none"
        self._frozen[modality] = how
        self.train(self.training)

    def frozen(self, modality: str) -> Freeze:
        """What is kept of a tower."""
        return self._frozen.get(modality, "none")

    def checkpoint_activations(self, modality: str) -> None:
        """Compute a tower's trunk again on the way back instead of keeping its activations."""
        self._checkpointed.add(modality)

    def train(self, mode: bool = True) -> SpaceNets:
        """Set training mode, from which frozen parts stay out (no dropout, no batch statistics)."""
        super().train(mode)
        for modality, how in self._frozen.items():
            for part in _frozen_parts(self.towers[modality], how):
                part.eval()
        return self

    def width(self, view: View) -> int:
        """Length of a vector of a view."""
        return self.config.notes_dimension if view == "notes" else self.config.character_dimension

    def embed(self, modality: str, inputs: Inputs, views: tuple[View, ...]) -> Tensor:
        """Both views of a batch in one row an item: (B, ...) as ``unpack`` takes apart.

        Vectors have unit length. Raises ValueError for a view that the tower does not have.
        """
        if "notes" in views and modality in (Modality.TEXT, Modality.COVER):
            raise ValueError(f"{modality} has no notes view")
        kept = inputs.arrays if inputs.from_trunk else self._trunk_or_kept(modality, inputs)
        tower = self.towers[modality]
        context = kept
        if isinstance(tower, ConvolutionalTower) and "notes" in views:
            with cut_at_lengths(tower, kept.shape[2], inputs.lengths):
                context = tower.context(kept[:, : tower.config.features])
        # Vectors are compared to the third decimal and more, which bfloat16 does not have.
        with torch.autocast(kept.device.type, enabled=False):
            if isinstance(tower, ConvolutionalTower):
                parts = _convolutional_views(tower, kept.float(), context.float(), inputs, views)
            elif isinstance(tower, TextHead):
                parts = [tower(kept.float())]
            elif isinstance(tower, CoverTower):
                parts = [tower.head(kept.float())]
            else:
                assert isinstance(tower, Backbone)
                parts = self._foreign_views(tower, kept.float(), modality, views)
            return torch.cat([part.flatten(1) for part in parts], dim=1)

    def unpack(self, rows: Tensor, view: View, views: tuple[View, ...]) -> Tensor:
        """Take a view out of embedded rows (B, ...): (B, K, width), K = 1 for the character."""
        character = self.width("character") if "character" in views else 0
        chosen = rows[:, : rows.shape[1] - character]
        if view == "character":
            chosen = rows[:, rows.shape[1] - character :]
        return chosen.reshape(len(rows), -1, self.width(view))

    def trunk(self, modality: str, inputs: Inputs) -> Tensor:
        """What the trunk makes of a batch: (B, features, T') or (B, features)."""
        tower: Any = self.towers[modality]
        if isinstance(tower, TextHead):  # its trunk, MiniLM, is run by the front end
            return inputs.arrays
        if isinstance(tower, TextBackbone):
            return tower.pooled(list(inputs.texts))

        def run(arrays: Tensor) -> Tensor:
            if isinstance(tower, ConvolutionalTower):
                # half as fast again on processors, where channels are few and pictures wide
                arrays = arrays.to(memory_format=torch.channels_last)
                columns = arrays.shape[-1] // tower.column_stride
                with cut_at_lengths(tower, columns, inputs.lengths):
                    hidden = tower.hidden(arrays)
                return tower.with_extra(hidden, inputs.extra)
            return cast(Tensor, tower.pooled(arrays))

        if modality in self._checkpointed and torch.is_grad_enabled():
            return cast(Tensor, checkpoint(run, inputs.arrays, use_reentrant=False))
        return run(inputs.arrays)

    def _trunk_or_kept(self, modality: str, inputs: Inputs) -> Tensor:
        learns = torch.is_grad_enabled() and self.frozen(modality) == "none"
        with torch.set_grad_enabled(learns):
            return self.trunk(modality, inputs)

    def _foreign_views(
        self, tower: Backbone, pooled: Tensor, modality: str, views: tuple[View, ...]
    ) -> list[Tensor]:
        vectors = tower.projection(pooled)
        notes = self.config.notes_dimension
        parts = []
        if "notes" in views:
            parts.append(functional.normalize(vectors[:, :notes], dim=1))
        if "character" in views:
            parts.append(functional.normalize(vectors[:, notes:], dim=1))
        return parts


def _convolutional_views(
    tower: ConvolutionalTower,
    kept: Tensor,
    context: Tensor,
    inputs: Inputs,
    views: tuple[View, ...],
) -> list[Tensor]:
    parts = []
    if "notes" in views:
        columns = functional.normalize(tower.notes(context), dim=1)
        if inputs.anchors is None:
            parts.append(functional.normalize(_mean(columns, inputs.lengths), dim=1))
        else:
            index = inputs.anchors.unsqueeze(1).expand(-1, columns.shape[1], -1)
            parts.append(columns.gather(2, index).transpose(1, 2))
    if "character" in views:
        features = tower.character_features(kept)
        parts.append(tower.embed_character(_mean(features, inputs.lengths)))
    return parts


def _mean(columns: Tensor, lengths: Tensor | None) -> Tensor:
    """(B, d, T') -> (B, d), over the columns that each item fills."""
    if lengths is None:
        return columns.mean(2)
    filled = torch.arange(columns.shape[2], device=columns.device)[None] < lengths[:, None]
    return (columns * filled.unsqueeze(1)).sum(2) / lengths[:, None]


def _frozen_parts(tower: nn.Module, how: Freeze) -> list[nn.Module]:
    if how == "none":
        return []
    if how == "all":
        return [tower]
    if isinstance(tower, ConvolutionalTower):
        return [tower.trunk, tower.collapse]
    if isinstance(tower, CoverTower):
        return [tower.trunk]
    if isinstance(tower, Backbone):
        return [tower.net]
    return []
