from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from unisono.towers import blockwise
from unisono.towers.blockwise import encode_columns
from unisono.towers.character_net import CharacterShape
from unisono.towers.convolutional import ConvolutionalConfig, ConvolutionalTower
from unisono.towers.notes_net import NotesShape

SHAPES = {
    "audio": (((2, 2), (2, 1)), (2, 2, 1, 1), 0),
    "sheet": (((2, 2), (2, 2)), (2, 2, 2, 1), 0),
    "midi": (((2, 2), (2, 2)), (2, 2, 1, 1), 3),
}
"""Strides of the notes, column strides of the character, extra channels."""


def small_tower(kind: str) -> ConvolutionalTower:
    """A tower whose batch norms shift what they see, as trained ones do."""
    strides, character, extra = SHAPES[kind]
    torch.manual_seed(0)
    config = ConvolutionalConfig(
        1,
        16,
        NotesShape(strides, (4, 8), (0, 1), 16, (1, 2)),
        CharacterShape(character, (4, 4, 8, 8), 16),
        extra,
    )
    tower = ConvolutionalTower(config, 6, 5)
    for module in tower.modules():
        if isinstance(module, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d):
            torch.nn.init.normal_(module.running_mean, 0, 0.3)
            torch.nn.init.normal_(module.bias, 0, 0.3)
    return tower.eval()


TOWERS = {kind: small_tower(kind) for kind in SHAPES}


def columns_of(kind: str, width: int, seed: int) -> tuple[np.ndarray, np.ndarray | None]:
    random = np.random.default_rng(seed)
    extra = SHAPES[kind][2]
    image = random.random((1, 16, width)).astype(np.float32)
    return image, random.random((extra, width)).astype(np.float32) if extra else None


def in_one_pass(
    tower: ConvolutionalTower, image: np.ndarray, extra: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    count = -(-image.shape[2] // tower.column_stride)
    fill = -image.shape[2] % tower.column_multiple
    image = np.pad(image, ((0, 0), (0, 0), (0, fill)))
    with torch.inference_mode():
        columns = tower(
            torch.from_numpy(image)[None],
            None if extra is None else torch.from_numpy(np.pad(extra, ((0, 0), (0, fill))))[None],
        )
    return columns.notes[0].T.numpy()[:count], columns.character[0].T.numpy()[:count]


@settings(max_examples=25)
@given(
    kind=st.sampled_from(sorted(SHAPES)),
    width=st.integers(1, 900),
    cuts=st.lists(st.integers(0, 900), max_size=6),
    block=st.sampled_from([8, 64, 200, 1024]),
    seed=st.integers(0, 99),
)
def test_blocks_give_what_one_pass_gives(
    kind: str, width: int, cuts: list[int], block: int, seed: int
) -> None:
    tower = TOWERS[kind]
    image, extra = columns_of(kind, width, seed)
    edges = [0, *sorted(min(cut, width) for cut in cuts), width]
    pieces = [
        (image[:, :, a:b], None if extra is None else extra[:, a:b])
        for a, b in itertools.pairwise(edges)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blockwise, "BLOCK_COLUMNS", block)
        got = encode_columns(tower, pieces)
    notes, features = in_one_pass(tower, image, extra)
    assert got.notes.shape == (-(-width // tower.column_stride), 6)
    np.testing.assert_allclose(got.notes, notes, atol=1e-4)
    np.testing.assert_allclose(got.features, features, atol=1e-4)


@pytest.mark.parametrize("kind", sorted(SHAPES))
def test_no_column_sees_farther_than_the_halo(kind: str) -> None:
    tower = TOWERS[kind]
    image, extra = columns_of(kind, 1024, 0)
    before, _ = in_one_pass(tower, image, extra)
    image[:, :, 512] = 1 - image[:, :, 512]
    after, _ = in_one_pass(tower, image, extra)
    seen = np.flatnonzero(np.abs(after - before).max(axis=1) > 0) * tower.column_stride
    assert seen.min() >= 512 - tower.halo
    assert seen.max() <= 512 + tower.halo
    assert seen.max() - seen.min() > 8 * tower.column_stride
