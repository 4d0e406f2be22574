"""`unisono index --ray` on the command line; the indexing itself is in tests/alignment."""

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

from unisono.cli import main


def fake_load(where):
    return SimpleNamespace(fingerprint="f", name="f", dimension=4, modalities=())


@pytest.mark.parametrize("missing", ["ray", "lance"])
def test_without_the_extra_one_sentence_says_how_to_get_it(tmp_path, capsys, monkeypatch, missing):
    (tmp_path / "a.txt").write_text("calm piano")
    monkeypatch.setitem(sys.modules, missing, None)
    where = tmp_path / "c.lance"
    code = main(
        ["index", str(tmp_path / "a.txt"), "--ray", "--catalogue", str(where)], load=fake_load
    )
    said = capsys.readouterr()
    assert (code, said.out) == (2, "")
    assert said.err == (
        f"unisono: --ray needs the library {missing}; install it with pip install "
        "'unisono[scale]'\n"
    )
    assert not where.exists()


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["--ray-address", "auto"], "--ray-address and --commit-every are of --ray"),
        (["--commit-every", "10"], "--ray-address and --commit-every are of --ray"),
        (["--ray", "--watch"], "--watch is for few files"),
        (["--ray", "--workers", "0"], "--ray needs workers"),
        (["s3://bucket/music"], "there is no such file or folder"),
        (["s3://bucket/music", "--ray", "--prune"], "--prune looks for files on a disk"),
    ],
)
def test_what_makes_no_sense_is_said(tmp_path, capsys, monkeypatch, arguments, fault):
    monkeypatch.chdir(tmp_path)
    named = [] if arguments[0].startswith("s3") else [str(tmp_path)]
    code = main(["index", *named, *arguments], load=fake_load)
    said = capsys.readouterr().err
    assert code == 2
    assert fault in said
    assert said.count("\n") == 1


def test_a_command_prints_its_report_and_nothing_else(tmp_path):
    pytest.importorskip("ray")
    pytest.importorskip("lance")
    music = tmp_path / "music"
    music.mkdir()
    for name, content in (("a.txt", "calm piano"), ("b.txt", "loud drums"), ("c.txt", "\0\1")):
        (music / name).write_text(content)
    command = [sys.executable, "-m", "unisono", "index", str(music), "--ray", "--workers", "2"]
    command += ["--catalogue", str(tmp_path / "c.lance"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert (report["indexed"], len(report["quarantine"])) == (2, 1)
