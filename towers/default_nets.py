"""The five nets of the default space and the shapes they are built with."""

from __future__ import annotations

from torch import nn

from unisono.data.modality import Modality
from unisono.data.pages.strips import STRIP_HEIGHT
from unisono.towers import piano_roll, spectrogram
from unisono.towers.bundle import NetsConfig
from unisono.towers.character_net import CharacterShape
from unisono.towers.convolutional import ConvolutionalConfig, ConvolutionalTower
from unisono.towers.cover import CoverTower
from unisono.towers.notes_net import NotesShape
from unisono.towers.text import TextHead


class DefaultNets(nn.Module):
    """Audio, sheet, MIDI, cover and text nets."""

    def __init__(self, config: NetsConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or NetsConfig()
        dimensions = (config.notes_dimension, config.character_dimension)
        self.audio = ConvolutionalTower(convolutional_config(Modality.AUDIO, config), *dimensions)
        self.sheet = ConvolutionalTower(convolutional_config(Modality.SHEET, config), *dimensions)
        self.midi = ConvolutionalTower(convolutional_config(Modality.MIDI, config), *dimensions)
        self.cover = CoverTower(config.character_dimension, config.cover_widths)
        self.text = TextHead(config.character_dimension, config.text_hidden)


def convolutional_config(modality: Modality, config: NetsConfig) -> ConvolutionalConfig:
    """The shape of the audio, sheet or MIDI tower.

    Notes have a vector every 0.1 s or 4 strip pixels (a staff space), from rows of two thirds of
    a semitone (audio), a staff space (sheet) or eight semitones (MIDI, whose rows are exact).
    """
    if modality == Modality.AUDIO:
        channels, rows, character = 1, spectrogram.BINS, (2, 2, 1, 1)
        strides = ((2, 2), (2, 1), (1, 1))
    elif modality == Modality.SHEET:
        channels, rows, character = 1, STRIP_HEIGHT, (2, 2, 2, 1)
        strides = ((2, 2), (2, 2), (1, 1))
    else:
        channels, rows, character = 2, piano_roll.ROWS, (2, 2, 1, 1)
        strides = ((2, 2), (2, 1), (2, 1))
    midi = modality == Modality.MIDI
    return ConvolutionalConfig(
        channels,
        rows,
        NotesShape(
            strides,
            config.midi_notes_widths if midi else config.notes_widths,
            (0, 0, 1) if midi else (0, 1, 1),
            config.notes_features,
            config.notes_dilations,
            config.staff_dilations if modality == Modality.SHEET else (),
        ),
        CharacterShape(character, config.midi_widths if midi else config.widths, config.features),
        piano_roll.FAMILIES if midi else 0,
    )
