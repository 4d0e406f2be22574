from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_space import CONFIG, Files

import unisono
from unisono.data.modality import Modality
from unisono.towers.bundle import (
    BundleError,
    Calibration,
    Card,
    Logistic,
    SpaceConfig,
    Spread,
    open_bundle,
    read_tensors,
    write_bundle,
)
from unisono.towers.space import Space, build, load

CALIBRATED = replace(
    CONFIG,
    tuned_notes={"audio-midi-whole": 0.8},
    calibration=Calibration({"audio-midi-whole": Spread(0.2, 0.1)}, {"audio": Logistic(4.0, -2.0)}),
)


@pytest.fixture
def copied(tiny_bundle: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_bundle, tmp_path / "copied"))


def test_saved_and_loaded_is_the_same_space(
    tiny_bundle: Path, files: Files, tmp_path: Path
) -> None:
    space = load(tiny_bundle)
    space.save(tmp_path / "saved")
    again = load(str(tmp_path / "saved"))
    assert again.fingerprint == space.fingerprint
    assert (again.name, again.config, again.dimension) == ("tiny", CONFIG, 20)
    items = [files.midi, files.cover, files.audio]
    np.testing.assert_array_equal(again.encode(items), space.encode(items))


def test_only_safetensors_and_json(tiny_bundle: Path) -> None:
    names = {path.name for path in tiny_bundle.iterdir()}
    assert names == {"space.json", "weights.safetensors", "card.json"}


def test_weights_are_stored_in_half_precision(tmp_path: Path) -> None:
    write_bundle(tmp_path, CONFIG, Card(), {"a.x": np.float32([1 / 3]), "a.n": np.array([7])})
    tensors = read_tensors(tmp_path / "weights.safetensors", "a.")
    assert tensors["x"] == np.float32(np.float16(1 / 3))
    assert tensors["x"].dtype == np.float32
    assert tensors["n"] == 7
    assert read_tensors(tmp_path / "weights.safetensors", "b.") == {}


def test_building_twice_is_the_same_and_another_seed_is_not(
    tiny_bundle: Path, tmp_path: Path
) -> None:
    expected = load(tiny_bundle).fingerprint
    assert build(CONFIG, tmp_path / "one", seed=1).fingerprint == expected
    assert build(CONFIG, tmp_path / "two", seed=2).fingerprint != expected


def test_one_other_weight_is_another_space(tiny_bundle: Path, tmp_path: Path) -> None:
    bundle = open_bundle(tiny_bundle)
    tensors = read_tensors(bundle.weights, "")
    tensors["cover.character.bias"][0] += 0.5
    write_bundle(tmp_path, bundle.config, bundle.card, tensors)
    assert open_bundle(tmp_path).fingerprint != bundle.fingerprint


def test_what_changes_vectors_changes_the_fingerprint_and_nothing_else_does(
    tiny_bundle: Path, tmp_path: Path
) -> None:
    bundle = open_bundle(tiny_bundle)
    tensors = read_tensors(bundle.weights, "")

    def fingerprint(config: SpaceConfig, card: Card) -> str:
        write_bundle(tmp_path, config, card, tensors)
        return open_bundle(tmp_path).fingerprint

    assert fingerprint(CALIBRATED, Card({"licence": "any"})) == bundle.fingerprint
    assert fingerprint(replace(CONFIG, name="other"), Card()) == bundle.fingerprint
    assert fingerprint(replace(CONFIG, stored_notes=0.4), Card()) != bundle.fingerprint
    other = replace(CONFIG, backbones={"cover": "timm:resnet18"})
    assert fingerprint(other, Card()) != bundle.fingerprint


def test_settings_and_card_come_back(tiny_bundle: Path, tmp_path: Path) -> None:
    card = Card({"towers": {"audio": "small"}, "note": "größer"})
    write_bundle(tmp_path, CALIBRATED, card, read_tensors(open_bundle(tiny_bundle).weights, ""))
    bundle = open_bundle(tmp_path)
    assert bundle.config == CALIBRATED
    assert bundle.card == card


@pytest.mark.parametrize("name", ["space.json", "weights.safetensors"])
def test_a_missing_file_is_named(copied: Path, name: str) -> None:
    (copied / name).unlink()
    with pytest.raises(BundleError, match=f"no {name} here") as caught:
        load(copied)
    assert str(copied) in str(caught.value)


def test_a_bundle_without_a_card_is_fine(copied: Path) -> None:
    (copied / "card.json").unlink()
    assert load(copied).card == Card()


@pytest.mark.parametrize(
    "content",
    [b"{", b"", b"[]", b"\xff\xfe", b'{"format": 2}', b'{"format": 2, "nets": {"x": 1}}', b"3"],
)
def test_damaged_settings(copied: Path, content: bytes) -> None:
    (copied / "space.json").write_bytes(content)
    with pytest.raises(BundleError, match=r"space\.json: damaged"):
        load(copied)


def test_a_damaged_card(copied: Path) -> None:
    (copied / "card.json").write_text('{"towers": ')
    with pytest.raises(BundleError, match=r"card\.json: damaged"):
        load(copied)


def test_another_format(copied: Path) -> None:
    facts = json.loads((copied / "space.json").read_text())
    (copied / "space.json").write_text(json.dumps(facts | {"format": 99}))
    with pytest.raises(BundleError, match=r"format 99 .* is not 2; install"):
        load(copied)


def test_damaged_weights(copied: Path, files: Files) -> None:
    weights = copied / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(BundleError, match=r"weights\.safetensors: damaged"):
        load(copied).encode([files.midi])


@pytest.mark.parametrize("modality", [Modality.MIDI, Modality.COVER, Modality.TEXT])
def test_weights_of_other_nets(tiny_bundle: Path, tmp_path: Path, modality: Modality) -> None:
    tensors = read_tensors(open_bundle(tiny_bundle).weights, "")
    tensors = {name: array for name, array in tensors.items() if not name.endswith("bias")}
    write_bundle(tmp_path, CONFIG, Card(), tensors)
    item: str | Path = "words" if modality is Modality.TEXT else tmp_path / "any"
    with pytest.raises(BundleError, match=f"{modality} tower do not fit"):
        load(tmp_path).encode_item(item, modality=modality)


@pytest.mark.parametrize("where", ["./absent", "absent", Path("absent"), "a/b/c"])
def test_a_folder_that_is_not_there(where: str | Path) -> None:
    with pytest.raises(BundleError, match="no such folder"):
        load(where)


def test_scores_and_probabilities_come_from_the_calibration(
    tiny_bundle: Path, tmp_path: Path
) -> None:
    write_bundle(tmp_path, CALIBRATED, Card(), read_tensors(open_bundle(tiny_bundle).weights, ""))
    space = Space(open_bundle(tmp_path))
    similarity = np.float32([0.2, 0.4])
    for pair in ((Modality.AUDIO, Modality.MIDI), (Modality.MIDI, Modality.AUDIO)):
        np.testing.assert_allclose(space.calibrate(similarity, *pair, "whole"), [0, 2], atol=1e-5)
    same = space.calibrate(similarity, Modality.AUDIO, Modality.MIDI, "passage")
    np.testing.assert_array_equal(same, similarity)
    assert space.tag_probability(np.float32([0.5]), Modality.AUDIO) == pytest.approx(0.5)
    with pytest.raises(BundleError, match="no calibration of tags for midi"):
        space.tag_probability(similarity, Modality.MIDI)


def test_the_fingerprint_of_a_plain_bundle_is_what_it_always_was(tiny_bundle: Path) -> None:
    shipped = Path(unisono.__file__).parent / "bundle"
    for folder in (tiny_bundle, shipped):
        facts = json.loads((folder / "space.json").read_text())
        first = {key: facts[key] for key in ("backbones", "format", "nets", "stored_notes")}
        settings = json.dumps(first, sort_keys=True).encode()
        expected = hashlib.blake2b(settings, digest_size=16)
        expected.update((folder / "weights.safetensors").read_bytes())
        assert open_bundle(folder).fingerprint == expected.hexdigest()


def test_settings_from_before_there_were_native_backbones(copied: Path) -> None:
    expected = load(copied).fingerprint
    facts = json.loads((copied / "space.json").read_text())
    del facts["native"]
    (copied / "space.json").write_text(json.dumps(facts))
    assert load(copied).config.native == ()
    assert load(copied).fingerprint == expected


def test_a_space_of_two_towers_says_which_it_has(tmp_path: Path) -> None:
    whole = build(CONFIG, tmp_path / "whole")
    tensors = read_tensors(whole.bundle.weights, "")
    some = {n: t for n, t in tensors.items() if n.startswith(("cover.", "text."))}
    write_bundle(tmp_path / "some", CONFIG, Card(), some)
    space = load(tmp_path / "some")
    assert set(space.modalities) == {Modality.TEXT, Modality.COVER}
    with pytest.raises(BundleError, match="has no midi tower; its towers: text, cover"):
        space.encode([tmp_path / "song.mid"], modality=Modality.MIDI)
