"""The space of bars as catalogues and identification use it."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from PIL import Image
from tiny_scores import SYSTEM_HEIGHT, SYSTEM_TOPS, SpaceOfBars

from unisono.data.errors import ReadError
from unisono.data.modality import Modality


class AskedSpaceOfBars(SpaceOfBars):
    """Knows unrelated passages, and reads pages and MIDI files that it is given as files."""

    def calibrate(self, similarity, asks, answers, level):
        return (np.asarray(similarity) - 0.02) * 6

    def encode_item(self, path, *, modality=None, hop_s=None, every_column=False):
        if modality is Modality.SHEET:
            page = np.asarray(Image.open(path).convert("L"))
            if (page > 250).all():
                raise ReadError(path, "shows no staves")
            systems = [page[top : top + SYSTEM_HEIGHT] for top in SYSTEM_TOPS]
            return self.encode_strip(SimpleNamespace(ink=255 - np.concatenate(systems, axis=1)))
        if path.suffix == ".mid":
            from unisono.data.readers.midi import read_midi

            return self.encode_notes(read_midi(path).notes)
        return super().encode_item(path, modality=modality, hop_s=hop_s)

    def encode_strip(self, strip, *, step=None):
        return super().encode_strip(strip, step=1)
