"""The text side of a space, handed on to sentence-transformers."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_foreign
from tiny_space import CONFIG, NETS

from unisono.towers.bundle import BundleError, Card, open_bundle, read_tensors, write_bundle
from unisono.towers.space import build, load

TEXTS = ["calm solo piano, minor key", "", "Marsch für Blasorchester " * 100, "waltz"]


def opened(folder: Path) -> Any:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(folder), device="cpu")


@pytest.mark.usefixtures("torchvision_shim")
@pytest.mark.parametrize("shipped", [True, False], ids=["shipped", "tiny"])
def test_sentence_transformers_gives_the_vectors_of_the_space(
    shipped: bool, tiny_bundle: Path, tmp_path: Path
) -> None:
    space = load(None if shipped else tiny_bundle)
    space.save_text_model(tmp_path / "text")
    got = opened(tmp_path / "text").encode(TEXTS)
    np.testing.assert_allclose(got, space.encode(TEXTS), atol=1e-4)
    assert got.shape == (4, space.dimension)
    assert not got[:, : space.config.nets.notes_dimension].any()


@pytest.mark.usefixtures("torchvision_shim")
@pytest.mark.parametrize("native", [True, False], ids=["native", "projected"])
def test_a_text_model_of_sentence_transformers_goes_back(native: bool, tmp_path: Path) -> None:
    kind = tiny_foreign.save_sentence_transformer(tmp_path / "model")
    nets = replace(NETS, notes_dimension=0, character_dimension=16) if native else NETS
    config = replace(
        CONFIG,
        nets=nets,
        stored_notes=0.0 if native else 0.5,
        backbones={"text": kind},
        native=("text",) if native else (),
    )
    space = build(config, tmp_path / "bundle", pretrained=True)
    shutil.rmtree(tmp_path / "model")
    space.save_text_model(tmp_path / "text")
    texts = ["calm piano", "waltz"]
    got = opened(tmp_path / "text").encode(texts)
    np.testing.assert_allclose(got, space.encode(texts), atol=1e-4)
    assert got.shape == (2, space.dimension)
    assert abs(float(got[0] @ got[1])) < 0.999999


def test_the_folder_names_only_modules_that_any_version_has(
    tiny_bundle: Path, tmp_path: Path
) -> None:
    import json

    load(tiny_bundle).save_text_model(tmp_path / "text")
    modules = json.loads((tmp_path / "text" / "modules.json").read_text())
    names = [module["type"].removeprefix("sentence_transformers.models.") for module in modules]
    assert names == ["Transformer", "Pooling", "Normalize", "Dense", "Dense", "Normalize"]
    suffixes = {file.suffix for file in (tmp_path / "text").rglob("*") if file.is_file()}
    assert suffixes == {".json", ".txt", ".safetensors", ".md"}
    readme = (tmp_path / "text" / "README.md").read_text()
    assert "tiny" in readme and load(tiny_bundle).fingerprint in readme


@pytest.mark.usefixtures("torchvision_shim")
def test_other_text_towers_have_no_such_form(tmp_path: Path) -> None:
    kind = tiny_foreign.save_clap(tmp_path / "clap")
    space = build(replace(CONFIG, backbones={"text": kind}), tmp_path / "bundle")
    with pytest.raises(BundleError, match=r"clap:.* has no form in sentence-transformers"):
        space.save_text_model(tmp_path / "text")
    assert not (tmp_path / "text").exists()


def test_a_space_without_a_text_tower(tiny_bundle: Path, tmp_path: Path) -> None:
    tensors = read_tensors(open_bundle(tiny_bundle).weights, "")
    fewer = {name: array for name, array in tensors.items() if not name.startswith("text.")}
    write_bundle(tmp_path / "b", CONFIG, Card(), fewer)
    with pytest.raises(BundleError, match="the space tiny has no text tower"):
        load(tmp_path / "b").save_text_model(tmp_path / "text")
    assert not (tmp_path / "text").exists()


def test_what_is_there_is_not_written_over(tiny_bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "mine.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    space = load(tiny_bundle)
    with pytest.raises(BundleError, match="something in it already"):
        space.save_text_model(tmp_path / "text")
    with pytest.raises(BundleError, match="is a file"):
        space.save_text_model(tmp_path / "file")
    assert (tmp_path / "text" / "mine.txt").read_text() == "mine"


def test_saving_needs_no_torch_for_the_default_text_tower() -> None:
    import subprocess
    import sys

    code = (
        "import sys, tempfile, pathlib, unisono\n"
        "with tempfile.TemporaryDirectory() as folder:\n"
        "    unisono.load().save_text_model(pathlib.Path(folder) / 'text')\n"
        "print('torch' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
