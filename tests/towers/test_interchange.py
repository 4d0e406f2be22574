"""A space handed on: its text side to sentence-transformers, the whole to the Hub and back."""

from __future__ import annotations

import fnmatch
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_foreign
from tiny_space import CONFIG, NETS, Files

import unisono
from unisono.towers.bundle import BundleError, Card, open_bundle, read_tensors, write_bundle
from unisono.towers.hub import HubError
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


class FolderHub:
    """What huggingface_hub does over the network, with a folder in the place of the Hub."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls: list[tuple[str, Any]] = []

    def api(self, token: str | None = None) -> FolderHub:
        self.calls.append(("token", token))
        return self

    def create_repo(self, repo_id: str, *, private: bool, exist_ok: bool) -> str:
        self.calls.append(("private", private))
        (self.folder / repo_id).mkdir(parents=True, exist_ok=exist_ok)
        return f"https://huggingface.co/{repo_id}"

    def upload_folder(
        self, *, repo_id: str, folder_path: str, commit_message: str, delete_patterns: list[str]
    ) -> None:
        self.calls.append(("message", commit_message))
        there = self.folder / repo_id
        for file in [file for file in there.rglob("*") if file.is_file()]:
            name = file.relative_to(there).as_posix()
            if any(fnmatch.fnmatch(name, pattern) for pattern in delete_patterns):
                file.unlink()
        shutil.copytree(folder_path, there, dirs_exist_ok=True)

    def snapshot_download(self, repo_id: str, *, allow_patterns: list[str]) -> str:
        here, there = self.folder / "cache" / repo_id, self.folder / repo_id
        shutil.rmtree(here, ignore_errors=True)
        for file in [file for file in there.rglob("*") if file.is_file()]:
            name = file.relative_to(there)
            if any(fnmatch.fnmatch(name.as_posix(), pattern) for pattern in allow_patterns):
                (here / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, here / name)
        return str(here)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FolderHub:
    import huggingface_hub

    made = FolderHub(tmp_path / "hub")
    monkeypatch.setattr(huggingface_hub, "HfApi", made.api)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", made.snapshot_download)
    return made


def test_there_and_back(hub: FolderHub, tiny_bundle: Path, files: Files) -> None:
    space = load(tiny_bundle)
    address = space.push_to_hub(
        "someone/tiny", private=True, token="secret", commit_message="First"
    )
    assert address == "https://huggingface.co/someone/tiny"
    assert hub.calls == [("token", "secret"), ("private", True), ("message", "First")]
    again = unisono.load("someone/tiny")
    assert again.fingerprint == space.fingerprint
    items = [files.midi, files.audio, files.page, files.cover, "a calm piece"]
    np.testing.assert_array_equal(again.encode(items), space.encode(items))
    for file in (hub.folder / "someone/tiny").iterdir():
        assert b"secret" not in file.read_bytes()


@pytest.mark.usefixtures("torchvision_shim")
def test_what_foreign_towers_need_goes_along_and_goes_away(
    hub: FolderHub, tiny_bundle: Path, tmp_path: Path
) -> None:
    kind = tiny_foreign.save_sentence_transformer(tmp_path / "model")
    foreign = build(replace(CONFIG, backbones={"text": kind}), tmp_path / "foreign")
    foreign.push_to_hub("someone/space")
    shutil.rmtree(tmp_path / "model")
    again = load("someone/space")
    assert again.fingerprint == foreign.fingerprint
    np.testing.assert_array_equal(again.encode(["a waltz"]), foreign.encode(["a waltz"]))
    load(tiny_bundle).push_to_hub("someone/space")
    assert load("someone/space").fingerprint == load(tiny_bundle).fingerprint


def test_the_model_card_says_what_the_bundle_says(hub: FolderHub) -> None:
    space = load()
    space.push_to_hub("someone/default")
    card = (hub.folder / "someone/default/README.md").read_text()
    _, header, body = card.split("---\n", 2)
    assert "license: cc-by-sa-4.0\n" in header
    assert "library_name: unisono\n" in header
    facts = space.card.to_json()
    assert facts["licence"] in body
    assert space.fingerprint in body
    assert 'unisono.load("someone/default")' in body
    for tower, about in facts["towers"].items():
        assert f"| {tower} | {about['net']} | {about['trained_parameters']:,} |" in body
    assert str(facts["validation"][0]["recall_1"]) in body


@pytest.mark.parametrize(
    ("licence", "line"),
    [
        ("MIT", "license: mit\n"),
        ("weights CC BY-NC-SA 4.0, code Apache-2.0", "license: cc-by-nc-sa-4.0\n"),
        ("my own", "license: other\n"),
        ("not MIT", "license: other\n"),
    ],
)
def test_licences_in_the_words_of_the_hub(
    hub: FolderHub, tiny_bundle: Path, tmp_path: Path, licence: str, line: str
) -> None:
    tensors = read_tensors(open_bundle(tiny_bundle).weights, "")
    write_bundle(tmp_path / "b", CONFIG, Card({"licence": licence}), tensors)
    load(tmp_path / "b").push_to_hub("someone/tiny")
    assert line in (hub.folder / "someone/tiny/README.md").read_text()


def test_no_licence_is_not_made_up(hub: FolderHub, tiny_bundle: Path) -> None:
    load(tiny_bundle).push_to_hub("someone/tiny")
    card = (hub.folder / "someone/tiny/README.md").read_text()
    assert "license" not in card
    assert "Not stated." in card


def error(name: str, status: int) -> Exception:
    """An error as the client raises it for an answer of the Hub."""
    from unittest.mock import Mock

    from huggingface_hub import errors

    kind: type[Exception] = getattr(errors, name)
    if not issubclass(kind, errors.HfHubHTTPError):
        return kind("Some words.\nAnd more.")
    return kind("Some words.\nAnd more.", response=Mock(status_code=status, headers={}))


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (("RepositoryNotFoundError", 401), "there is no such name, or it is private"),
        (("RepositoryNotFoundError", 404), "there is no such name, or it is private"),
        (("GatedRepoError", 403), "its owner grants access"),
        (("HfHubHTTPError", 401), "it asks for a token; run: hf auth login"),
        (("LocalTokenNotFoundError", 0), "it asks for a token; run: hf auth login"),
        (("HfHubHTTPError", 403), "the token may not do this"),
        (("HFValidationError", 0), "the name is not one that the Hub can have"),
        (("LocalEntryNotFoundError", 0), "it could not be reached (Some words); check the network"),
        (None, "it could not be reached (Name or service not known); check the network"),
    ],
)
@pytest.mark.parametrize("way", ["there", "back"])
def test_what_goes_wrong_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch,
    tiny_bundle: Path,
    raised: tuple[str, int] | None,
    said: str,
    way: str,
) -> None:
    import huggingface_hub

    def fail(*args: Any, **options: Any) -> None:
        raise error(*raised) if raised else ConnectionError("Name or service not known")

    monkeypatch.setattr(huggingface_hub.HfApi, "create_repo", fail)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", fail)
    with pytest.raises(HubError) as caught:
        if way == "there":
            load(tiny_bundle).push_to_hub("someone/tiny")
        else:
            load("someone/tiny")
    text = str(caught.value)
    assert text.startswith("someone/tiny: cannot be ") and said in text
    assert "\n" not in text


def test_a_name_needs_an_owner(tiny_bundle: Path) -> None:
    for name in ("tiny", "a/b/c"):
        with pytest.raises(HubError, match="give owner/name"):
            load(tiny_bundle).push_to_hub(name)


def test_what_is_on_the_hub_but_no_bundle(hub: FolderHub) -> None:
    (hub.folder / "someone/else").mkdir(parents=True)
    (hub.folder / "someone/else/config.json").write_text("{}")
    with pytest.raises(BundleError, match="not a unisono bundle"):
        load("someone/else")


def test_no_network_at_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # The real client: nothing listens there, and nothing is in its cache.
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(HubError, match="someone/absent-space: cannot be fetched from the Hub"):
        load("someone/absent-space")


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
