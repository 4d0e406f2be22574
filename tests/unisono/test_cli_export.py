"""``unisono export`` through the command line's own entry, with real bundles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unisono.cli import main
from unisono.towers.space import load


def test_a_text_model_that_sentence_transformers_opens(
    torchvision_shim: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "--text", str(tmp_path / "text")]) == 0
    assert capsys.readouterr().out == f"text  {tmp_path / 'text'}\n"
    from sentence_transformers import SentenceTransformer

    texts = ["calm solo piano"]
    vectors = SentenceTransformer(str(tmp_path / "text"), device="cpu").encode(texts)
    np.testing.assert_allclose(vectors, load().encode(texts), atol=1e-4)


def test_a_copy_is_the_same_space(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "--copy", str(tmp_path / "new"), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts == {
        "name": load().name,
        "fingerprint": load().fingerprint,
        "text": None,
        "copy": str(tmp_path / "new"),
        "hub": None,
    }
    assert load(tmp_path / "new").fingerprint == load().fingerprint


def test_the_hub_gets_the_bundle_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import huggingface_hub

    seen: dict[str, Any] = {}

    class Api:
        def __init__(self, token: str | None = None) -> None:
            seen["token"] = token

        def create_repo(self, name: str, *, private: bool, exist_ok: bool) -> str:
            seen["private"] = private
            return f"https://huggingface.co/{name}"

        def upload_folder(self, *, folder_path: str, **options: Any) -> None:
            seen["fingerprint"] = load(folder_path).fingerprint
            seen["files"] = {file.name for file in Path(folder_path).iterdir()}

    monkeypatch.setattr(huggingface_hub, "HfApi", Api)
    load().save(tmp_path / "mine")
    words = ["export", "--bundle", str(tmp_path / "mine"), "--hub", "me/mine", "--private"]
    assert main(words) == 0
    assert capsys.readouterr().out == "hub   https://huggingface.co/me/mine\n"
    assert seen == {
        "token": None,
        "private": True,
        "fingerprint": load().fingerprint,
        "files": {"README.md", "space.json", "card.json", "weights.safetensors"},
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "nothing to do; give --text FOLDER, --copy FOLDER or --hub OWNER/NAME"),
        (["--text", "new", "--private"], "--private is for --hub OWNER/NAME"),
        (["--hub", "nameless"], "nameless: not a name on the Hub; give owner/name"),
        (["--copy", "full"], "full: there is something already; name a new folder"),
        (["--text", "full"], "full: there is something in it already; name a new folder"),
        (["--copy", "full/mine.txt"], "full/mine.txt: there is something already; name a new"),
        (["--copy", "new", "--bundle", "./absent"], "./absent: no such folder"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    assert main(["export", *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"unisono: {said}") and err.count("\n") == 1
    assert not (tmp_path / "new").exists()
    assert [file.name for file in (tmp_path / "full").iterdir()] == ["mine.txt"]


def test_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["export", "--help"])
    assert caught.value.code == 0
    assert "unisono export --text text_model/" in capsys.readouterr().out
