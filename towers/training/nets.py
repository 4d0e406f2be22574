"""The towers of a space while they are trained: one embedding call for every kind of tower.

A tower is a trunk, whose output can be kept when it is frozen, and heads that make the views.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
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
from unisono.towers.training.columns import (
    ColumnFeatures,
    Output,
    column_features,
    column_outputs,
)
from unisono.towers.training.config import Freeze, View
from unisono.towers.training.inputs import Inputs


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

    def embed(self, modality: str, inputs: Inputs, wanted: tuple[Output, ...]) -> Tensor:
        """What is wanted of a batch in one row an item: (B, ...) as ``unpack`` takes apart.

        Vectors have unit length. Raises ValueError for what the tower does not have.
        """
        if modality in (Modality.TEXT, Modality.COVER) and wanted != ("character",):
            raise ValueError(f"{modality} has no notes view")
        tower = self.towers[modality]
        if isinstance(tower, ConvolutionalTower):
            features = self._features(modality, tower, inputs, wanted)
            outputs = column_outputs(tower, features, inputs, wanted)
            return torch.cat([output.flatten(1) for output in outputs], dim=1)
        kept = inputs.arrays if inputs.from_trunk else self._trunk_or_kept(modality, inputs)
        # Vectors are compared to the third decimal and more, which bfloat16 does not have.
        with torch.autocast(kept.device.type, enabled=False):
            if isinstance(tower, TextHead):
                parts = [tower(kept.float())]
            elif isinstance(tower, CoverTower):
                parts = [tower.head(kept.float())]
            else:
                assert isinstance(tower, Backbone)
                parts = self._foreign_views(tower, kept.float(), wanted)
            return torch.cat([part.flatten(1) for part in parts], dim=1)

    def unpack(
        self, rows: Tensor, output: Output, wanted: tuple[Output, ...], anchors: int = 1
    ) -> Tensor:
        """Take an output out of embedded rows (B, ...).

        anchors: at how many the notes were taken. Notes: (B, anchors, width); character:
        (B, 1, width); columns: (B, channels, T').
        """
        last = rows.shape[1] - (self.width("character") if "character" in wanted else 0)
        first = anchors * self.width("notes") if "notes" in wanted else 0
        if output == "notes":
            return rows[:, :first].reshape(len(rows), anchors, -1)
        if output == "character":
            return rows[:, last:].reshape(len(rows), 1, -1)
        return rows[:, first:last].reshape(len(rows), 2 * self.config.notes_features, -1)

    def trunk(self, modality: str, inputs: Inputs) -> Tensor:
        """What the trunk makes of a batch: (B, features, T') of both views, or (B, features)."""
        tower: Any = self.towers[modality]
        if isinstance(tower, TextHead):  # its trunk, MiniLM, is run by the front end
            return inputs.arrays
        if isinstance(tower, TextBackbone):
            return tower.pooled(list(inputs.texts))
        if isinstance(tower, ConvolutionalTower):
            return column_features(tower, inputs, ("notes", "character")).joined()
        if modality in self._checkpointed and torch.is_grad_enabled():
            return cast(Tensor, checkpoint(tower.pooled, inputs.arrays, use_reentrant=False))
        return cast(Tensor, tower.pooled(inputs.arrays))

    def _features(
        self,
        modality: str,
        tower: ConvolutionalTower,
        inputs: Inputs,
        wanted: tuple[Output, ...],
    ) -> ColumnFeatures:
        if inputs.from_trunk:
            return column_features(tower, inputs, wanted)

        def run(arrays: Tensor) -> tuple[Tensor, Tensor]:
            made = column_features(tower, replace(inputs, arrays=arrays), wanted)
            return made.near, made.character

        with torch.set_grad_enabled(self._learns(modality)):
            if modality in self._checkpointed and torch.is_grad_enabled():
                return ColumnFeatures(*checkpoint(run, inputs.arrays, use_reentrant=False))
            return ColumnFeatures(*run(inputs.arrays))

    def _trunk_or_kept(self, modality: str, inputs: Inputs) -> Tensor:
        with torch.set_grad_enabled(self._learns(modality)):
            return self.trunk(modality, inputs)

    def _learns(self, modality: str) -> bool:
        return torch.is_grad_enabled() and self.frozen(modality) == "none"

    def _foreign_views(
        self, tower: Backbone, pooled: Tensor, wanted: tuple[Output, ...]
    ) -> list[Tensor]:
        vectors = tower.projection(pooled)
        notes = self.config.notes_dimension
        parts = []
        if "notes" in wanted:
            parts.append(functional.normalize(vectors[:, :notes], dim=1))
        if "character" in wanted:
            parts.append(functional.normalize(vectors[:, notes:], dim=1))
        return parts


def _frozen_parts(tower: nn.Module, how: Freeze) -> list[nn.Module]:
    if how == "none":
        return []
    if how == "all":
        return [tower]
    if isinstance(tower, ConvolutionalTower):
        nets = (tower.notes, tower.character)
        return [part for net in nets if net is not None for part in (net.trunk, net.collapse)]
    if isinstance(tower, CoverTower):
        return [tower.trunk]
    if isinstance(tower, Backbone):
        return [tower.net]
    return []
