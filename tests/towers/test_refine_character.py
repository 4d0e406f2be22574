from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import pytest
import torch
from torch import Tensor

from unisono.towers.bundle import NetsConfig
from unisono.towers.default_nets import DefaultNets
from unisono.towers.refine_character import Kept, RefineConfig, refine
from unisono.towers.sentences import SentenceCache

WORDS = [f"mood {number}" for number in range(12)]
TINY = NetsConfig(16, 8, (4, 4, 8, 8), (4, 4, 8, 8), 16, (4, 4), 16)
CONFIG = RefineConfig(steps=60, batch=24, learning_rate=1e-2)


class Sentences:
    """A vector of its own for every text, in the place of MiniLM."""

    def __call__(self, texts: Sequence[str]) -> Tensor:
        rows = [np.random.default_rng(list(text.encode())).normal(size=384) for text in texts]
        vectors = torch.tensor(np.stack(rows), dtype=torch.float32)
        return torch.nn.functional.normalize(vectors, dim=1)


def kept(nets: DefaultNets) -> Kept:
    """Features that tell the words apart, noise on top."""
    random = torch.Generator().manual_seed(0)
    words = WORDS * 6

    def features(extra: int) -> Tensor:
        base = torch.randn(len(WORDS), 16 + extra, 1, generator=random).repeat(6, 1, 5)
        return (base + 0.1 * torch.randn(base.shape, generator=random)).half()

    pictures = torch.rand(24, 3, 96, 96, generator=random)
    return Kept(
        heard=features(0),
        read=features(0),
        rolled=features(nets.midi.config.extra_channels),
        sounding=words,
        notated=words,
        clips=features(0)[:12],
        clip_words=WORDS,
        pictures=pictures,
        pictured=features(0)[:24],
        picture_words=WORDS * 2,
    )


def matched(nets: DefaultNets, features: Tensor, words: Sequence[str]) -> float:
    """Share of items whose nearest text is their own."""
    with torch.inference_mode():
        means = nets.audio.character_features(features.float()).mean(2)
        items = nets.audio.embed_character(means)
        texts = nets.text(Sentences()(WORDS))
    nearest = (items @ texts.T).argmax(1)
    return float(np.mean([WORDS[row] == word for row, word in zip(nearest, words, strict=True)]))


@pytest.fixture(scope="module")
def refined() -> tuple[DefaultNets, DefaultNets, Kept]:
    torch.manual_seed(0)
    before, after = DefaultNets(TINY), DefaultNets(TINY)
    after.load_state_dict(before.state_dict())
    material = kept(after)
    related = [(word, word) for word in WORDS]
    refine(after, material, related, cast(SentenceCache, Sentences()), CONFIG)
    return before, after, material


def test_words_find_what_they_describe(refined: tuple[DefaultNets, DefaultNets, Kept]) -> None:
    before, after, material = refined
    assert matched(before, material.heard, material.sounding) < 0.4
    assert matched(after, material.heard, material.sounding) > 0.9


def test_the_notes_view_stays_as_it_was(refined: tuple[DefaultNets, DefaultNets, Kept]) -> None:
    before, after, _ = refined
    frozen = ("trunk", "collapse", "context", "notes")
    for name, tensor in before.state_dict().items():
        tower, part = name.split(".")[:2] if "." in name else (name, "")
        if tower != "cover" and part in frozen:
            assert torch.equal(tensor, after.state_dict()[name]), name
