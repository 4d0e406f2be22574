"""The space of bars as catalogues and identification use it."""

from __future__ import annotations

import numpy as np
from tiny_scores import SpaceOfBars

from unisono.data.modality import Modality
from unisono.data.readers.sheet import read_strip


class AskedSpaceOfBars(SpaceOfBars):
    """Knows unrelated passages, and reads pages and MIDI files that it is given as files."""

    def calibrate(self, similarity, asks, answers, level):
        return (np.asarray(similarity) - 0.02) * 6

    def encode_item(self, path, *, modality=None, hop_s=None):
        if modality is Modality.SHEET:
            return self.encode_strip(read_strip(path), step=1)
        if path.suffix == ".mid":
            from unisono.data.readers.midi import read_midi

            return self.encode_notes(read_midi(path).notes)
        return super().encode_item(path, modality=modality, hop_s=hop_s)

    def encode_strip(self, strip, *, step=None):
        return super().encode_strip(strip, step=1)
