"""Spaces on the Hub and back, with a folder in the Hub's place."""

from __future__ import annotations

import fnmatch
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_foreign
from tiny_space import CONFIG, Files

import unisono
from unisono.towers.bundle import BundleError, Card, open_bundle, read_tensors, write_bundle
from unisono.towers.hub import HubError
from unisono.towers.space import build, load


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
