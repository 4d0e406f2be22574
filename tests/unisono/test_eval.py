"""``unisono eval``: what it prints, writes and returns."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "eval" / "harness"))

from tiny_scores import SpaceOfBars, click, write_pairs, write_scores

from unisono.cli import main
from unisono.eval.harness import rendered_sound


@pytest.fixture
def material(tmp_path, monkeypatch):
    """Folder of scores, and the words that every run of them needs."""
    monkeypatch.setattr(rendered_sound, "synthesise", click)
    soundfont = tmp_path / "MuseScore_General_Full.sf3"
    soundfont.write_bytes(b"a soundfont")
    data = write_scores(tmp_path / "msmd")
    return ["--data", str(data), "--soundfont", str(soundfont), "--cache", str(tmp_path / "cache")]


def evaluate(capsys, *words):
    code = main(["eval", *map(str, words)], load=lambda where: SpaceOfBars())
    out, err = capsys.readouterr()
    return code, out, err


def test_the_list_gives_the_facts_of_every_task(capsys):
    code, out, err = evaluate(capsys, "--list")
    assert (code, err) == (0, "")
    for words in ("sheet-retrieval: ", "audio-midi-retrieval: ", "sheet-midi-retrieval: "):
        assert words in out
    for label in ("data", "split", "protocol", "main score", "heeds", "from"):
        assert out.count(f"\n  {label}") == len(re.findall(r"^[a-z-]+: ", out, re.MULTILINE))
    assert max(map(len, out.splitlines())) <= 98


def test_a_task_prints_its_table_beside_chance_and_baseline(material, capsys):
    code, out, _ = evaluate(capsys, "sheet-retrieval", *material)
    assert code == 0
    assert "space bars, bars-1" in out
    assert "main score: R@1 with all pairs as candidates" in out
    line = next(line for line in out.splitlines() if "audio to sheet" in line)
    assert "all 20 pairs" in line and "this space" in line and "100.0 to 100.0" in line
    assert "density and height" in out and "chance" in out
    assert "pairs: 20; pieces: 2" in out
    assert "published" not in out


def test_everything_is_written_where_it_is_asked_for(material, tmp_path, capsys):
    report, table, plots = tmp_path / "out.json", tmp_path / "out.md", tmp_path / "new" / "plots"
    outputs = ["--json", report, "--markdown", table, "--plots", plots]
    task = "sheet-midi-retrieval"
    shared = [word for word in material if "soundfont" not in word and "MuseScore" not in word]
    code, out, _ = evaluate(capsys, task, *shared, "--pages", "scan", "--seed", "5", *outputs)
    assert code == 0 and f"{task}.png" in out
    facts = json.loads(report.read_text())
    assert facts["space"]["fingerprint"] == "bars-1"
    (run,) = facts["runs"]
    assert run["task"]["name"] == task
    assert (run["settings"]["pages"], run["settings"]["seed"]) == ("scan", 5)
    kinds = [row["kind"] for row in run["rows"]]
    assert kinds == ["measured"] * 2 + ["baseline"] * 2 + ["chance"] * 2
    text = table.read_text()
    assert "pages scan, seed 5" in text
    assert sum(line.startswith("| ---") for line in text.splitlines()) == 1
    assert {path.suffix for path in plots.iterdir()} == {".svg", ".png"}


def test_two_tasks_make_one_report(material, tmp_path, capsys):
    report = tmp_path / "out.json"
    words = ["sheet-retrieval", "audio-midi-retrieval", "sheet-retrieval"]
    code, out, _ = evaluate(capsys, *words, *material, "--json", report)
    assert code == 0 and out.count("space bars") == 1
    names = [run["task"]["name"] for run in json.loads(report.read_text())["runs"]]
    assert names == ["sheet-retrieval", "audio-midi-retrieval"]


def test_a_limit_takes_the_first_pieces_and_says_so(material, capsys):
    code, out, _ = evaluate(capsys, "sheet-retrieval", *material, "--limit", "1")
    assert code == 0 and "pieces: 1" in out
    assert "only the first 1 pieces" in out


def test_ctrl_c_keeps_the_tasks_that_were_finished(material, tmp_path, capsys, monkeypatch):
    from unisono.eval.tasks import audio_midi_retrieval

    def stop(space, settings, progress):
        raise KeyboardInterrupt

    monkeypatch.setattr(audio_midi_retrieval, "run", stop)
    report = tmp_path / "out.json"
    words = ["sheet-retrieval", "audio-midi-retrieval", *material, "--json", report]
    code, _, err = evaluate(capsys, *words)
    assert code == 130 and err.count("\n") == 1 and "rendered sound is kept" in err
    (run,) = json.loads(report.read_text())["runs"]
    assert run["task"]["name"] == "sheet-retrieval"


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ([], "name a task; unisono eval --list shows what there is"),
        (["sheet-retreival"], "there is no task sheet-retreival; did you mean sheet-retrieval"),
        (["sheet-retrieval"], "this task needs --data"),
        (["sheet-retrieval", "--data", "none"], "none: there is no such folder"),
        (["audio-midi-retrieval", "--pages", "scan"], "has no use for --pages"),
        (["sheet-retrieval", "--json", "none/out.json"], "name a file in a folder that is there"),
        (["sheet-retrieval", "--markdown", "."], "name a file in a folder that is there"),
    ],
)
def test_what_cannot_be_is_2_in_one_line(words, fault, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = evaluate(capsys, *words)
    assert (code, out) == (2, "")
    assert err.startswith("unisono: ") and err.count("\n") == 1
    assert fault in err and "Traceback" not in err


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"piece": "first", "onset_s": 2.5}, "no column page, x, y"),
        ({"piece": "third", "onset_s": 2.5, "page": 0, "x": 1.0, "y": 1.0}, "holds no piece third"),
        ({"piece": "first", "onset_s": 2.5, "page": 9, "x": 1.0, "y": 1.0}, "page 9 of first"),
        ({"piece": "first", "onset_s": None, "page": 0, "x": 1.0, "y": 1.0}, "onset_s"),
    ],
)
def test_bad_pairs_are_2_in_one_line(row, fault, material, tmp_path, capsys):
    pairs = write_pairs(tmp_path / "pairs.parquet", [row])
    code, out, err = evaluate(capsys, "sheet-retrieval", *material, "--pairs", pairs)
    assert (code, out) == (2, "")
    assert fault in err and err.count("\n") == 1


def test_a_soundfont_that_is_not_there_is_2_in_one_line(material, capsys):
    words = ["none.sf2" if "MuseScore" in word else word for word in material]
    code, _, err = evaluate(capsys, "sheet-retrieval", *words)
    assert code == 2 and "none.sf2: there is no such soundfont" in err and err.count("\n") == 1


def test_the_list_needs_no_torch():
    code = (
        "import sys\nfrom unisono.cli import main\nmain(['eval', '--list'])\n"
        "heavy = [n for n in ('torch', 'scipy.signal', 'pandas', 'verovio', 'cv2', 'lancedb')"
        " if n in sys.modules]\nsys.exit(' '.join(heavy) or 0)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
