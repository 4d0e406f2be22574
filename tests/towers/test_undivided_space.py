"""A space without a part for the notes: everything is in the character."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from tiny_space import CONFIG, NETS, Files

from unisono.data.modality import Modality
from unisono.towers.space import Space, build, load

UNDIVIDED = replace(CONFIG, nets=replace(NETS, notes_dimension=0), stored_notes=0.0)


@pytest.fixture(scope="module")
def undivided(tmp_path_factory: pytest.TempPathFactory) -> Space:
    folder = tmp_path_factory.mktemp("undivided")
    build(UNDIVIDED, folder)
    return load(folder)


def test_every_modality_and_pair(undivided: Space, files: Files) -> None:
    assert undivided.dimension == NETS.character_dimension
    items = (files.audio, files.midi, files.page, files.cover, "a calm waltz")
    found = {encoding.modality: encoding for encoding in map(undivided.encode_item, items)}
    assert set(found) == set(Modality)
    for encoding in found.values():
        rows = np.vstack([encoding.whole, encoding.passages.vectors])
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    for asks, answers in product(Modality, Modality):
        asking, answering = found[asks].whole, found[answers].whole
        weighed = undivided.weigh(asking[None], asks, answers, "whole")[0]
        assert weighed @ answering == pytest.approx(asking @ answering, abs=1e-6)


def test_its_bundle_holds_no_weights_for_notes(undivided: Space) -> None:
    from safetensors import safe_open

    with safe_open(undivided.bundle.weights, "np") as stored:
        names = set(stored.keys())
    assert any(name.startswith("midi.character") for name in names)
    assert not any(".notes." in name or ".context." in name for name in names)
