"""Each side alone says which notes begin in its columns: what keeps notes from a slow start.

InfoNCE alone lets a net find out by pairs what a note head is, which takes long. Told directly,
it knows after minutes, and pairs can teach what they are for. Heads are thrown away afterwards.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from unisono.towers.training.note_targets import PITCHES, UNKNOWN, NoteTargets

_RARE = -4.0  # bias: about one cell in fifty holds a note, or fewer


class NotePrediction(nn.Module):
    """Two heads: from a column where its notes stand and which they are, from its context which.

    The loss is the mean binary cross-entropy over the cells that are known, those with a note
    weighted by ``positive_weight``; of both heads, added up.
    """

    def __init__(self, features: int, near_rows: int, positive_weight: float) -> None:
        """features: of a column before its context, and as many after it."""
        super().__init__()
        self.features = features
        self.positive_weight = positive_weight
        self.near = nn.Conv1d(features, near_rows, 1)
        self.far = nn.Conv1d(features, PITCHES, 1)
        for head in (self.near, self.far):
            nn.init.constant_(head.bias, _RARE)  # type: ignore[arg-type]

    def forward(self, columns: Tensor, targets: NoteTargets) -> Tensor:
        """columns: (B, 2 features, T'), of a column itself and of its context; a scalar."""
        with torch.autocast(columns.device.type, enabled=False):
            near, far = columns.float().chunk(2, dim=1)
            return self._loss(self.near(near), targets.near) + self._loss(
                self.far(far), targets.far
            )

    def _loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        known = targets != UNKNOWN
        weight = logits.new_tensor(self.positive_weight)
        wanted = (targets == 1).to(logits.dtype)
        cells = functional.binary_cross_entropy_with_logits(
            logits, wanted, pos_weight=weight, reduction="none"
        )
        return (cells * known).sum() / known.sum().clamp(min=1)
