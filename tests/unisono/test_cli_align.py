"""`unisono align`: what it writes where, and what it says when that cannot be."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

sys.path.insert(0, str(Path(__file__).parents[1] / "alignment" / "outputs"))

import known

import unisono.alignment.time
from unisono.cli import main


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a command on a recording and a score whose alignment is known."""
    alignment, _ = known.engraved(tmp_path, low=[(7.0, 9.0)])
    soundfile.write(tmp_path / "take.wav", np.zeros(12 * 8000), 8000)
    (tmp_path / "page.png").write_bytes(b"\x89PNG no picture")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(unisono.alignment.time, "align", lambda *names, **settings: alignment)

    def command(*words):
        code = main(["align", "take.wav", *words], load=lambda where: None)
        return code, *capsys.readouterr()

    return command


def test_endings_say_what_is_written(run):
    files = ["a.csv", "a.json", "a.measures.csv", "a.beats.csv", "a.mid", "a.txt", "a.map.json"]
    code, out, err = run("score.musicxml", *(word for file in files for word in ("-o", file)))
    assert (code, out) == (0, "")
    assert all(file in err for file in files)
    assert Path("a.mid").read_bytes().startswith(b"MThd")
    assert Path("a.measures.csv").read_text().startswith("recording_s,end_s,measure")
    assert len(json.loads(Path("a.map.json").read_text())["notes"]) == 8
    assert json.loads(Path("a.json").read_text())["uncertain"]


def test_a_format_is_printed_or_overrules_the_ending(run):
    printed = run("score.musicxml", "--format", "labels")[1]
    assert printed.startswith("2.000000\t6.000000\tmeasure 1\n")
    run("score.musicxml", "--format", "labels", "-o", "labels.dat")
    assert Path("labels.dat").read_text() == printed


def test_a_player_is_written_by_option_and_by_ending(run):
    assert run("score.musicxml", "--player", "one.html")[:2] == (0, "")
    assert run("score.musicxml", "-o", "two.html")[0] == 0
    assert Path("one.html").read_text() == Path("two.html").read_text()
    assert "take.wav" in Path("one.html").read_text()[:600]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("score.musicxml", "-o", "a.xyz"), "a.xyz: no such output format"),
        (("score.musicxml", "-o", "no/a.csv"), "no/a.csv: there is no folder"),
        (("score.musicxml", "-o", "take.wav", "--format", "csv"), "would overwrite"),
        (("score.musicxml", "--format", "midi"), "name a file with -o"),
        (("score.musicxml", "--player", "a.csv"), "ends in .html"),
        (("score.musicxml", "--video", "a.avi"), "ends in .mp4"),
        (("page.png", "-o", "a.mid"), "page.png: midi needs a score as MIDI or MusicXML"),
    ],
)
def test_what_cannot_be_written_is_said_in_a_line(run, words, says):
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert says in err and err.count("\n") == 1
