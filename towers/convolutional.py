"""The towers of audio, sheet and MIDI: two small convolutional nets, one for each view.

They read an image whose columns are time (or the strip). All layers are convolutions along the
columns, so that overlapping passages share their work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from unisono.towers.character_net import CharacterNet, CharacterShape
from unisono.towers.notes_net import NotesNet, NotesShape


@dataclass(frozen=True)
class ConvolutionalConfig:
    """Shape of one tower.

    rows: of the image, a multiple of 16 and of the notes' row stride.
    extra_channels: that only the character sees, one value a column (families of instruments).
    The character has as many input columns to an output column as the notes, or a multiple.
    """

    in_channels: int
    rows: int
    notes: NotesShape
    character: CharacterShape
    extra_channels: int = 0

    def __post_init__(self) -> None:
        if self.character.column_stride % self.notes.column_stride:
            raise ValueError(
                f"columns of the character ({self.character.column_stride}) are no multiple of "
                f"those of the notes ({self.notes.column_stride})"
            )


class Columns(NamedTuple):
    """notes: (B, notes_dimension, T'), unit length; character: (B, features, T').

    A view that the tower does not have has no channels.
    """

    notes: Tensor
    character: Tensor


class ConvolutionalTower(nn.Module):
    """A tower for one modality whose input is an image with time along its columns.

    A view of 0 dimensions has no net.
    """

    def __init__(
        self, config: ConvolutionalConfig, notes_dimension: int, character_dimension: int
    ) -> None:
        super().__init__()
        self.config = config
        self.notes: NotesNet | None = None
        self.character: CharacterNet | None = None
        if notes_dimension:
            self.notes = NotesNet(config.in_channels, config.rows, config.notes, notes_dimension)
        if character_dimension:
            self.character = CharacterNet(
                config.in_channels,
                config.rows,
                config.character,
                character_dimension,
                config.extra_channels,
            )

    @property
    def column_stride(self) -> int:
        """Input columns for one output column: the notes', where there are notes."""
        return (self.config.notes if self.notes else self.config.character).column_stride

    @property
    def column_multiple(self) -> int:
        """What the number of input columns must be a multiple of."""
        return (self.config.character if self.character else self.config.notes).column_stride

    @property
    def repeats(self) -> int:
        """Output columns for one column of the character."""
        return self.column_multiple // self.column_stride

    @property
    def halo(self) -> int:
        """Input columns on each side that an output column may depend on, rounded up."""
        reaches = [0]
        if self.notes:
            reaches.append(self.config.notes.reach)
        if self.character:
            reaches.append(self.config.character.reach + self.column_multiple)
        return (max(reaches) // self.column_multiple + 1) * self.column_multiple

    def forward(self, image: Tensor, extra: Tensor | None = None) -> Columns:
        """image: (B, in_channels, rows, T); extra: (B, extra_channels, T). T' = T / column_stride.

        T must be a multiple of ``column_multiple``.
        """
        none = image.new_zeros(len(image), 0, image.shape[3] // self.column_stride)
        notes = none if self.notes is None else self.notes(image)
        if self.character is None:
            return Columns(notes, none)
        features = self.character.features(self.character.hidden(image, extra))
        return Columns(notes, self.repeated(features))

    def repeated(self, character: Tensor) -> Tensor:
        """(B, channels, columns of the character) -> (B, channels, T'), each as often as needed."""
        if self.repeats == 1:
            return character
        return character.repeat_interleave(self.repeats, dim=2)

    def character_of(self, mean_features: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """(n, features) averaged over columns -> (n, character_dimension), without gradients."""
        if self.character is None:
            return np.zeros((len(mean_features), 0), np.float32)
        with torch.inference_mode():
            return np.asarray(self.character.embed(torch.from_numpy(mean_features)).numpy())
