"""The five nets of the default space and the shapes they are built with."""

from __future__ import annotations

from torch import nn

from unisono.data.pages.strips import STRIP_HEIGHT
from unisono.towers import piano_roll, spectrogram
from unisono.towers.bundle import NetsConfig
from unisono.towers.convolutional import ConvolutionalConfig, ConvolutionalTower
from unisono.towers.cover import CoverTower
from unisono.towers.text import TextHead


class DefaultNets(nn.Module):
    """Audio, sheet, MIDI, cover and text nets."""

    def __init__(self, config: NetsConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or NetsConfig()
        audio = ConvolutionalConfig(
            1, spectrogram.BINS, (2, 2, 1, 1), config.widths, config.features
        )
        sheet = ConvolutionalConfig(1, STRIP_HEIGHT, (2, 2, 2, 1), config.widths, config.features)
        midi = ConvolutionalConfig(
            2,
            piano_roll.ROWS,
            (2, 2, 1, 1),
            config.midi_widths,
            config.features,
            extra_channels=piano_roll.FAMILIES,
        )
        dimensions = (config.notes_dimension, config.character_dimension)
        self.audio = ConvolutionalTower(audio, *dimensions)
        self.sheet = ConvolutionalTower(sheet, *dimensions)
        self.midi = ConvolutionalTower(midi, *dimensions)
        self.cover = CoverTower(config.character_dimension, config.cover_widths)
        self.text = TextHead(config.character_dimension, config.text_hidden)
