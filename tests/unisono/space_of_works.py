"""A space whose answers are known: a file's vectors tell its folder and how far through it is.

``odd`` maps file names outside any work (a cut system, an excerpt) to a work and a stretch of it.
"""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path

import numpy as np

from unisono.data.errors import ReadError
from unisono.data.modality import Modality
from unisono.data.places import Region, TimeSpan
from unisono.towers.encoding import Encoding, Passages

DIMENSION = 64
STEPS = 24
"""Stretches of a work that can be told apart."""
SYSTEMS = 4
KINDS = {
    ".ogg": Modality.AUDIO,
    ".wav": Modality.AUDIO,
    ".mid": Modality.MIDI,
    ".musicxml": Modality.SHEET,
    ".txt": Modality.TEXT,
}


def direction(word: str) -> np.ndarray:
    seed = int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "little")
    return np.random.default_rng(seed).standard_normal(DIMENSION)


def unit(vector: np.ndarray) -> np.ndarray:
    return (vector / np.linalg.norm(vector)).astype(np.float32)


class SpaceOfWorks:
    name = "works"
    modalities = tuple(Modality)
    dimension = DIMENSION
    fingerprint = "works-1"
    columns_a_passage = 1

    def __init__(self, odd=None, seconds=None, lowest=60):
        """lowest: pitch of the first work in ``names``, a semitone to each."""
        self.odd = odd or {}
        self.seconds = seconds
        self.lowest = lowest
        self.names = ("air", "bourree", "canon", "dance", "etude")

    def encode(self, items, *, modality=None, progress=False):
        return np.stack([self.encode_item(item, modality=modality).whole for item in items])

    def passages(self, item, *, modality=None, hop_s=None):
        return self.encode_item(item, modality=modality, hop_s=hop_s).passages

    def encode_item(self, item, *, modality=None, hop_s=None, every_column=False):
        if isinstance(item, str):
            words = [direction(word) for word in item.lower().replace(",", " ").split()]
            return self._without_places(Modality.TEXT, unit(np.sum(words, axis=0)))
        kind = modality or self._kind(item)
        work, first, last = self.odd.get(item.name, (item.parent.name, 0.0, 1.0))
        whole = unit(direction(work) + 0.4 * direction(f"{work} {kind}"))
        if kind in (Modality.TEXT, Modality.COVER):
            return self._without_places(kind, whole)
        if kind is Modality.SHEET:
            part = 0 if (first, last) == (0.0, 1.0) else 1
            places = self._systems(item, 1 if part else SYSTEMS)
            length = None
        else:
            length = self._length(item)
            places = self._seconds(length, hop_s)
        through = first + (np.arange(len(places)) + 0.5) / len(places) * (last - first)
        vectors = np.stack([self._passage(work, at) for at in through])
        weights = np.ones(len(places), np.float32)
        return Encoding(kind, whole, Passages(vectors, places, weights), length)

    def encode_notes(self, notes, *, hop_s=None):
        work = self.names[int(notes.pitch[0]) - self.lowest]
        places = self._seconds(notes.duration_s, hop_s)
        through = (np.arange(len(places)) + 0.5) / len(places)
        vectors = np.stack([self._passage(work, at) for at in through])
        passages = Passages(vectors, places, np.ones(len(places), np.float32))
        return Encoding(Modality.MIDI, unit(direction(work)), passages, notes.duration_s)

    def weigh(self, vectors, asks, answers, level):
        return vectors

    def calibrate(self, similarity, asks, answers, level):
        return np.asarray(similarity) * np.sqrt(DIMENSION)

    def tag_probability(self, similarity, modality):
        return 1 / (1 + np.exp(-8 * (np.asarray(similarity) - 0.1)))

    def _passage(self, work, at):
        step = min(STEPS - 1, int(at * STEPS))
        return unit(direction(work) + direction(f"{work} {step}"))

    def _without_places(self, kind, whole):
        return Encoding(kind, whole, Passages(whole[None], [None], np.ones(1, np.float32)))

    def _seconds(self, length, hop_s):
        step = hop_s or 1.0
        return [TimeSpan(i * step, (i + 1) * step) for i in range(max(1, int(length / step)))]

    def _length(self, item):
        if self._kind(item) is Modality.AUDIO:
            import soundfile

            return soundfile.info(str(item)).duration
        return self.seconds or 30.0

    def _systems(self, item, count):
        places = []
        height, width = 120.0, 360.0
        for system in range(1, count + 1):
            for i in range(STEPS // SYSTEMS):
                step = width / (STEPS // SYSTEMS)
                x0, y0 = 20 + i * step, 20 + (system - 1) * height
                places.append(Region(1, system, x0, x0 + step, y0, y0 + 0.8 * height))
        return places

    def _kind(self, item: Path) -> Modality:
        if item.suffix == ".png":
            return Modality.COVER if item.stem == "cover" else Modality.SHEET
        if item.suffix not in KINDS:
            raise ReadError(item, "not a kind of file that unisono reads")
        return KINDS[item.suffix]
