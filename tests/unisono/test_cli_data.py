"""``unisono data``: what it prints, writes and returns."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "data"))

from short_scores import melody, score

from unisono.cli import main


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "scores"
    folder.mkdir()
    for number in range(3):
        xml = score([melody(12, shift=number)], title=f"Scale {number}")
        (folder / f"scale-{number}.musicxml").write_text(xml)
    (folder / "broken.musicxml").write_text("<score-partwise><part>")
    return folder


@pytest.fixture(scope="module")
def built(scores: Path) -> Path:
    folder = scores.parent / "built"
    assert main(["data", "build", str(scores), "--out", str(folder), "--pages"]) == 0
    return folder


def unisono(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = main(["data", *map(str, words)])
    out, err = capsys.readouterr()
    return code, out, err


def test_the_list_names_every_collection(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = unisono(capsys, "list")
    assert code == 0
    assert out.splitlines()[0].split() == ["name", "title", "gives", "licence", "homepage"]
    assert any(line.startswith("lieder ") for line in out.splitlines())
    code, out, _ = unisono(capsys, "list", "--json")
    assert {"name", "licence", "citation"} <= {*json.loads(out)[0]}


def test_one_collection_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = unisono(capsys, "list", "lieder")
    assert code == 0
    assert "scores/<id>.mxl" in out
    assert "unisono data build lieder --from" in out
    code, _, err = unisono(capsys, "list", "nothing")
    assert code == 2
    assert "no source 'nothing'; there are" in err


def test_build_says_what_failed_and_goes_on(
    scores: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("build", scores, "--out", tmp_path / "built")
    code, out, _ = unisono(capsys, *words)
    assert code == 0
    assert "3 made, 0 kept from before, 1 failed" in out
    assert f"failed: scores-broken: {scores / 'broken.musicxml'}: " in out
    assert "removed" not in out
    assert out.splitlines()[-1] == f"next: unisono data check {tmp_path / 'built'}"
    code, out, _ = unisono(capsys, *words, "--json")
    facts = json.loads(out)
    assert (facts["made"], facts["kept"]) == (0, 3)
    [[name, why]] = facts["failures"]
    assert (name, facts["removed"]) == ("scores-broken", 0)
    assert why.startswith(f"{scores / 'broken.musicxml'}: ")
    unisono(capsys, *words, "--layouts", 2)
    code, out, _ = unisono(capsys, *words)
    assert "3 pieces of before removed, which this build does not have" in out
    assert unisono(capsys, "check", tmp_path / "built")[0] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["build", "lieder", "--out", "x"], "say where lieder lies"),
        (["build", "no-such-place", "--out", "x"], "is no folder and no collection"),
        (["build", "lieder", "--from", "no-such-place", "--out", "x"], "no-such-place"),
        (["check", "no-such-place"], "holds no built dataset"),
        (["pack", "no-such-place", "x.tar"], "no prepared pieces"),
        (["pack", "no-such-place", "x.zip"], "x.zip: is no name for a pack; let it end in .tar, "),
        (["pack", "no-such-place", "x"], "let it end in .tar, .tar.xz, .tar.gz"),
        (["show", "no-such-place", "a", "--out", "x.png"], "holds no built dataset"),
        (["show", "x", "a", "--out", "x.jpg"], "ends in .png"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    words: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = unisono(capsys, *words)
    assert code == 2
    assert said in err
    assert "unexpected" not in err
    assert len(err.splitlines()) == 1


def test_check_prints_counts_and_notes(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = unisono(capsys, "check", built)
    lines = out.splitlines()
    assert lines[0].split()[:5] == ["source", "split", "entries", "works", "pieces"]
    assert any("scores-broken" in line and "not made" in line for line in lines)
    code_json, out, _ = unisono(capsys, "check", built, "--json")
    facts = json.loads(out)
    assert code == code_json == (1 if facts["errors"] else 0)
    assert sum(row["pieces"] for row in facts["counts"]) == 3


def test_an_error_is_exit_code_1(
    scores: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unisono(capsys, "build", scores, "--out", tmp_path / "built")
    next((tmp_path / "built").glob("*/scores-scale-0.npz")).unlink()
    code, out, _ = unisono(capsys, "check", tmp_path / "built")
    assert code == 1
    assert "is not there; build again" in out


def test_pack_says_what_went_in(
    built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sides = ("--split", "train", "--split", "valid", "--split", "test")
    code, out, _ = unisono(capsys, "pack", built, tmp_path / "pack.tar", *sides)
    assert code == 0
    assert "3 pieces in 4 shades; 0 banks" in out
    code, out, _ = unisono(capsys, "pack", built, tmp_path / "pack.tar", *sides, "--json")
    facts = json.loads(out)
    assert facts["size"] == (tmp_path / "pack.tar").stat().st_size < 60 << 20


def test_show_draws_a_page_and_a_spectrogram(
    built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = unisono(
        capsys, "show", built, "scale-1", "--out", tmp_path / "one.png", "--seconds", "6"
    )
    assert code == 0
    assert "scores-scale-1" in out
    with Image.open(tmp_path / "one.png") as picture:
        pixels = list(picture.convert("RGB").resize((200, 200)).getdata())
    coloured = [p for p in pixels if max(p) - min(p) > 60]
    assert len(coloured) > 50
    code, _, err = unisono(
        capsys, "show", built, "scale-1", "--out", tmp_path / "no.png", "--start", "500"
    )
    assert code == 2
    assert "has no notes from 500 s on" in err


def test_folders_for_what_is_written_are_made(
    built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture, packed = tmp_path / "new" / "one.png", tmp_path / "other" / "new" / "pack.tar"
    assert unisono(capsys, "show", built, "scale-1", "--out", picture)[0] == 0
    sides = ("--split", "train", "--split", "valid", "--split", "test")
    assert unisono(capsys, "pack", built, packed, *sides)[0] == 0
    assert [*picture.parent.iterdir(), *packed.parent.iterdir()] == [picture, packed]
    code, _, err = unisono(capsys, "show", built, "no-such-piece", "--out", picture)
    assert code == 2
    assert "has no piece 'no-such-piece'" in err


@pytest.mark.parametrize(
    ("module", "function", "words", "said"),
    [
        ("pack", "packed_piece", ("pack", "pack.tar"), "stopped; nothing was written"),
        ("pack", "_size", ("pack", "pack.tar"), "stopped; nothing was written"),
        ("build", "settle_sides", ("build", "--out"), "the same command goes on from there"),
        ("check", "_wordless", ("check",), "stopped"),
    ],
)
def test_ctrl_c_says_what_is_there(
    module: str,
    function: str,
    words: tuple[str, ...],
    said: str,
    built: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(f"unisono.data.building.{module}.{function}", stop)
    monkeypatch.chdir(tmp_path)
    command, *rest = words
    sides = ["--split", "train", "--split", "valid", "--split", "test"] if module == "pack" else []
    what = built.parent / "scores" if command == "build" else built
    into = ["somewhere"] if command == "build" else []
    code, _, err = unisono(capsys, command, what, *rest, *into, *sides)
    assert code == 130
    assert err.strip().endswith(said)
    assert not any(tmp_path.glob("pack*"))
