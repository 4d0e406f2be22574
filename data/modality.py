"""The five kinds of material that the space compares."""

from __future__ import annotations

from enum import StrEnum


class Modality(StrEnum):
    """A kind of material; the value is the word used on the command line and in JSON."""

    AUDIO = "audio"
    TEXT = "text"
    COVER = "cover"
    SHEET = "sheet"
    MIDI = "midi"
