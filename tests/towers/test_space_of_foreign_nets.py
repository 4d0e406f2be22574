"""A whole space whose towers are nets of other libraries, with random weights."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_space import CONFIG, Files, melody_notes, sound, write_sound

from unisono.data.modality import Modality
from unisono.data.places import Region, TimeSpan
from unisono.towers.bundle import BundleError, open_bundle, read_tensors
from unisono.towers.space import Space, build, load

pytestmark = pytest.mark.usefixtures("torchvision_shim")

FOREIGN = replace(
    CONFIG,
    name="foreign",
    backbones={
        "cover": "timm:test_resnet",
        "sheet": "timm:test_vit2",
        "audio": "timm:test_resnet",
    },
)


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory, torchvision_shim: None) -> Space:
    return build(FOREIGN, tmp_path_factory.mktemp("foreign") / "bundle")


def test_all_weights_are_numbers(space: Space, tmp_path: Path) -> None:
    space.save(tmp_path)
    for name, tensor in read_tensors(open_bundle(tmp_path).weights, "").items():
        assert np.isfinite(tensor).all(), name


def test_every_modality_has_vectors_of_one_space(
    space: Space, files: Files, tmp_path: Path
) -> None:
    items = [files.audio, files.midi, files.page, files.cover, files.text]
    vectors = space.encode(items)
    assert vectors.shape == (5, space.dimension)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    kinds = [space.encode_item(item).modality for item in (files.page, files.cover)]
    assert kinds == [Modality.SHEET, Modality.COVER]
    space.save(tmp_path / "saved")
    again = load(tmp_path / "saved")
    assert again.fingerprint == space.fingerprint
    np.testing.assert_array_equal(again.encode(items), vectors)


def test_passages_of_a_foreign_tower(space: Space, files: Files) -> None:
    heard = space.encode_item(files.audio)
    assert heard.duration_s == pytest.approx(12.3, abs=0.01)
    places = [place for place in heard.passages.places if isinstance(place, TimeSpan)]
    assert [(p.start_s, round(p.end_s, 2)) for p in places] == [(0.0, 10.0), (10.0, 12.3)]
    read = space.encode_item(files.score).passages
    regions = [place for place in read.places if isinstance(place, Region)]
    assert len(regions) == len(read) > 3
    assert [(r.page, r.system) for r in regions] == sorted((r.page, r.system) for r in regions)


def test_the_last_window_may_be_short(space: Space, tmp_path: Path) -> None:
    for seconds in (0.1, 10.02):
        path = write_sound(tmp_path / f"{seconds}.wav", sound(melody_notes(seconds)))
        encoding = space.encode_item(path)
        assert np.isfinite(encoding.passages.vectors).all()
        assert np.linalg.norm(encoding.whole) == pytest.approx(1, abs=1e-5)


def test_weighing_holds_for_foreign_towers_too(space: Space, files: Files) -> None:
    items = {Modality.AUDIO: files.audio, Modality.SHEET: files.page, Modality.MIDI: files.midi}
    cut = space.config.views.notes_dimension
    for asks, answers in itertools.product(items, items):
        one, other = space.encode([items[asks], items[answers]])
        got = float(space.weigh(one[None], asks, answers, "whole")[0] @ other)
        parts = [
            float(one[part] @ other[part] / np.linalg.norm(one[part]) / np.linalg.norm(other[part]))
            for part in (slice(0, cut), slice(cut, None))
        ]
        assert got == pytest.approx(sum(parts) / 2, abs=1e-4)


def test_weights_of_another_backbone_do_not_fit(space: Space, tmp_path: Path) -> None:
    import json

    space.save(tmp_path)
    facts = json.loads((tmp_path / "space.json").read_text())
    facts["backbones"]["cover"] = "timm:test_convnext"
    (tmp_path / "space.json").write_text(json.dumps(facts))
    with pytest.raises(BundleError, match="the weights of the cover tower do not fit"):
        load(tmp_path).encode_item(tmp_path / "any.png", modality=Modality.COVER)
