"""A space whose vectors are known: words become fixed random directions, seconds are words.

A ``.wav`` or ``.mid`` file is text with a word a second; "-" is a second of silence. A real MIDI
file is the highest pitch that sounds. A ``.png`` holds a system on each line. ``.txt`` is text
and ``.jpg`` a cover. The same word gives the same direction in every modality, so the right
answer to every query is known.
"""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from unisono.data.errors import ReadError
from unisono.data.modality import Modality
from unisono.data.places import Region, TimeSpan
from unisono.data.readers.midi import read_midi
from unisono.towers.encoding import Encoding, Passages

DIMENSION = 48
SUFFIXES = {
    ".wav": Modality.AUDIO,
    ".mid": Modality.MIDI,
    ".png": Modality.SHEET,
    ".jpg": Modality.COVER,
    ".txt": Modality.TEXT,
    ".csv": Modality.TEXT,
}


def direction(word):
    seed = int.from_bytes(blake2b(word.lower().encode(), digest_size=8).digest(), "little")
    vector = np.random.default_rng(seed).standard_normal(DIMENSION)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def unit(vector):
    length = np.linalg.norm(vector)
    return (vector / length).astype(np.float32) if length else vector.astype(np.float32)


class FakeSpace:
    name = "fake"
    modalities = tuple(Modality)
    dimension = DIMENSION
    columns_a_passage = 1

    def __init__(self, fingerprint="fake-1"):
        self.fingerprint = fingerprint
        self.card = SimpleNamespace(
            to_json=lambda: {
                "name": "fake",
                "towers": [
                    {"modality": "audio", "parameters": 12, "licence": "CC0"},
                    {"modality": "text", "parameters": 3, "licence": "Apache-2.0"},
                ],
            }
        )
        self.encoded = []

    def encode(self, items, *, modality=None, progress=False):
        return np.stack([self.encode_item(item, modality=modality).whole for item in items])

    def passages(self, item, *, modality=None, hop_s=None):
        return self.encode_item(item, modality=modality, hop_s=hop_s).passages

    def encode_item(self, item, *, modality=None, hop_s=None, every_column=False):
        self.encoded.append(item)
        if isinstance(item, str):
            return self._of_words(Modality.TEXT, item.replace(",", " ").split(), hop_s)
        if not item.exists():
            raise ReadError(item, "there is no such file")
        kind = modality or SUFFIXES.get(item.suffix)
        if kind is None:
            raise ReadError(item, "not a kind of file that unisono reads")
        if item.read_bytes().startswith(b"MThd"):
            return self.encode_notes(read_midi(item).notes, hop_s=hop_s)
        content = item.read_text()
        if content.startswith("broken"):
            raise ReadError(item, "the file is damaged", "get it again")
        if content.startswith("crash"):
            raise RuntimeError("decoder fell over\nsecond line")
        if kind is Modality.SHEET:
            return self._of_page(content)
        return self._of_words(kind, content.split(), hop_s)

    def encode_notes(self, notes, *, hop_s=None):
        hop_s = hop_s or 1.0
        n = max(1, int(np.ceil(notes.duration_s / hop_s)))
        words = []
        for i in range(n):
            middle = (i + 0.5) * hop_s
            on = (notes.onset_s <= middle) & (notes.offset_s > middle)
            words.append(str(notes.pitch[on].max()) if on.any() else "-")
        return self._timed(Modality.MIDI, words, hop_s)

    def weigh(self, vectors, asks, answers, level):
        return vectors

    def calibrate(self, similarity, asks, answers, level):
        return np.asarray(similarity) * np.sqrt(DIMENSION)

    def tag_probability(self, similarity, modality):
        return 1 / (1 + np.exp(-8 * (np.asarray(similarity) - 0.3)))

    def _of_words(self, kind, words, hop_s):
        if kind in (Modality.AUDIO, Modality.MIDI):
            step = hop_s or 1.0
            times = np.arange(0, len(words) - 1e-9, step)
            return self._timed(kind, [words[int(t + step / 2 + 1e-9)] for t in times], step)
        whole = unit(np.sum([direction(word) for word in words], axis=0))
        return Encoding(kind, whole, Passages(whole[None], [None], np.ones(1, np.float32)))

    def _timed(self, kind, words, step):
        silent = np.array([word == "-" for word in words])
        vectors = np.stack([direction(word) for word in words])
        whole = unit(vectors[~silent].sum(axis=0)) if not silent.all() else vectors[0]
        places = [TimeSpan(i * step, (i + 1) * step) for i in range(len(words))]
        passages = Passages(vectors, places, (~silent).astype(np.float32))
        return Encoding(kind, whole, passages, len(words) * step)

    def _of_page(self, content):
        vectors, places = [], []
        for system, line in enumerate(content.splitlines(), start=1):
            for i, word in enumerate(line.split()):
                vectors.append(direction(word))
                top = 100.0 * system
                places.append(Region(1, system, 40.0 * i, 40.0 * (i + 1), top, top + 50))
        stacked = np.stack(vectors)
        weights = np.ones(len(places), np.float32)
        return Encoding(Modality.SHEET, unit(stacked.sum(0)), Passages(stacked, places, weights))


def write(folder: Path, **files: str) -> Path:
    """Write files named ``name_suffix=content`` into a folder, made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        stem, suffix = name.rsplit("_", 1)
        (folder / f"{stem}.{suffix}").write_text(content)
    return folder
