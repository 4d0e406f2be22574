"""What training is measured on: the sources of the default recipe, made without outside data.

Pieces are the scores of the example collection, engraved on the spot and taken under as many
names as a batch needs, each in another key; instruments, clips, pictures and texts are made up.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from benchmarks.music import FloatArray, music
from unisono.data.corpus import Piece, PieceFacts, piece_from_engraving
from unisono.data.engraving import engrave
from unisono.data.excerpts import ExcerptSource
from unisono.data.pairs.captions import CaptionPairs
from unisono.data.pairs.clips import ClipPairs
from unisono.data.pairs.covers import CoverPairs
from unisono.data.pairs.excerpts import ExcerptPairs
from unisono.data.pairs.source import WAVEFORM_RATE, PairSource
from unisono.data.readers.musicxml import read_musicxml
from unisono.data.sound.sampled_notes import (
    HIGHEST_PITCH,
    LOWEST_PITCH,
    SAMPLE_RATE,
    VELOCITIES,
    Bank,
)
from unisono.data.sources.clips import PICTURE_SIZE, CaptionedClip, PicturedClip
from unisono.data.sources.openscore import random_layout, staff_instruments
from unisono.towers.training.config import TrainingRun, ValidationConfig
from unisono.towers.training.reading import read_config

ROOT = Path(__file__).resolve().parents[1]
KEPT_ITEMS = 5760
"""Excerpts that the recipe keeps fixed."""
FEW_ITEMS = 48
"""Those of them whose features are computed here, and repeated for the others."""

_PROGRAMS = {"piano": 0, "violin": 40, "flute": 73}
_NOTE_S = 3.0
_KEYS = 12
_CLIPS = 48
_CLIP_S = 10.0
_RECORDINGS = 12
_COVERS = 12
_CAPTIONS = 480
_WORDS = ("slow", "calm", "bright", "dark", "piano", "waltz", "choir", "march", "strings", "minor")


def recipe() -> TrainingRun:
    """The default recipe without its notes, and without looks at validation, no training time."""
    nowhere = [f"{name}=." for name in ("data", "prepared", "banks")]
    run = read_config(ROOT / "configs" / "default.yaml", nowhere)
    pairs = tuple(one for one in run.pairs if one.source != "renditions")
    return replace(run, pairs=pairs, predictions=(), validation=ValidationConfig(), device="cpu")


def recipe_sources(works: int) -> dict[str, PairSource]:
    """Stand-ins for the sources of the recipe that train, with so many works of excerpts."""
    excerpts = excerpt_source(works)
    return {
        "excerpts": ExcerptPairs(excerpts),
        "kept_excerpts": ExcerptPairs(excerpts, items=KEPT_ITEMS, name="kept"),
        "few_excerpts": ExcerptPairs(excerpts, items=FEW_ITEMS, name="kept"),
        "clips": ClipPairs([_clip(seed) for seed in range(_CLIPS)], augment=True),
        "covers": CoverPairs([_picture(seed) for seed in range(_COVERS)], augment=True),
        "captions": CaptionPairs([(_text(2 * i), _text(2 * i + 1)) for i in range(_CAPTIONS)]),
    }


def excerpt_source(works: int) -> ExcerptSource:
    """Excerpts of so many works, played by three made-up instruments."""
    engraved = example_pieces()
    pieces = [
        _in_another_key(engraved[i % len(engraved)], i // len(engraved)) for i in range(works)
    ]
    return ExcerptSource(pieces, {word: [_bank(p)] for word, p in _PROGRAMS.items()})


def made_banks() -> list[Bank]:
    """The three made-up instruments."""
    return [_bank(program) for program in _PROGRAMS.values()]


def example_pieces() -> list[Piece]:
    """The scores of the example collection as prepared pieces."""
    return [_piece(path) for path in sorted(ROOT.glob("examples/collection/*/score.musicxml"))]


def _piece(path: Path) -> Piece:
    xml, name = read_musicxml(path), path.parent.name
    engraving = engrave(xml, random_layout(random.Random(name)), name=name)
    facts = PieceFacts("examples", name, name, "", "CC0 1.0", staff_instruments(xml))
    return piece_from_engraving(engraving, facts)


def _in_another_key(piece: Piece, number: int) -> Piece:
    """The piece under a name of its own; the strip is shared and stays as it is."""
    facts = replace(piece.facts, identifier=f"{piece.facts.identifier} {number}")
    shift = np.int16(number % _KEYS - _KEYS // 2)
    return replace(piece, facts=facts, pitch=piece.pitch + shift)


def _bank(program: int) -> Bank:
    """Every pitch as three decaying harmonics, of the length that rendered banks have."""
    time = np.arange(round(_NOTE_S * SAMPLE_RATE), dtype=np.float32) / SAMPLE_RATE
    samples = np.empty((HIGHEST_PITCH - LOWEST_PITCH + 1, len(VELOCITIES), len(time)), np.int16)
    for row, notes in enumerate(samples):
        phase = np.float32(2 * np.pi * 440 * 2 ** ((LOWEST_PITCH + row - 69) / 12)) * time
        tone = sum(np.sin(k * phase) / (k + program % 5) for k in (1, 2, 3)) * np.exp(-time)
        notes[:] = np.outer((5_000, 10_000), tone)
    return Bank(f"made-{program}", program, samples)


def _clip(seed: int) -> CaptionedClip:
    captions: Sequence[str] = [_text(1000 + 3 * (seed % 15) + i) for i in range(3)]
    return CaptionedClip(f"clip {seed}", "", _waveform(seed % _RECORDINGS), tuple(captions))


def _picture(seed: int) -> PicturedClip:
    shape = (3, PICTURE_SIZE, PICTURE_SIZE)
    image = np.random.default_rng(seed).random(shape, dtype=np.float32)
    captions = ("video game music", _text(2000 + seed))
    return PicturedClip(f"cover {seed}", image, _waveform(seed % _RECORDINGS), captions)


@lru_cache
def _waveform(seed: int) -> FloatArray:
    """Some music at 44.1 kHz, taken as if it had the rate of training: only slower and lower."""
    count = round(_CLIP_S * WAVEFORM_RATE)
    return music(_CLIP_S * WAVEFORM_RATE / 44_100 + 0.1, seed).mean(1)[:count]


def _text(seed: int) -> str:
    chance = random.Random(seed)
    return " ".join(chance.choice(_WORDS) for _ in range(chance.randint(3, 12)))
