"""``unisono doctor``: what it prints, draws and returns."""

from __future__ import annotations

import json
import subprocess
import sys
from math import log
from pathlib import Path

import pytest

from unisono.cli import main
from unisono.towers.training.run_log import (
    EndRecord,
    SetSigns,
    SetValidation,
    StartRecord,
    StepRecord,
    ValidationRecord,
    append,
)


def write_run(folder: Path, *, waited: float = 0.02, shared: int = 0, records: int = 30) -> Path:
    """A run that learns well but for what is asked for."""
    folder.mkdir(parents=True)
    works = tuple(f"work {i}" for i in range(shared))
    append(folder, StartRecord("only", 900, 100, works, shared, ("audio",), (), {"sounds": 64}))
    for i in range(1, records + 1):
        signs = SetSigns(0.2, 0.9, 0.9, 0.5, 0.0, 0.8, 0.0)
        step = StepRecord(
            stage="only",
            step=10 * i,
            seconds=6.0 * i,
            pairs_per_s=107.0,
            waited_share=waited,
            learning_rate=1e-3,
            losses={"sounds": 4 / i},
            collapsed={"sounds": log(64)},
            inverse_temperatures={"sounds": 14 + i},
            gradients={"audio": 1.0, "text": 1.0},
            signs={"sounds": signs},
        )
        append(folder, step)
        if i % 5 == 0:
            found = SetValidation(0.02 * i, 0.02 * i, 0.01, 4 / i, 0.5, 0.2, 100)
            append(folder, ValidationRecord("only", 10 * i, {"sounds": found}, 0.02 * i))
    append(folder, EndRecord("only", 10 * records, "finished"))
    return folder


def doctor(capsys, *words):
    code = main(["doctor", *map(str, words)])
    out, err = capsys.readouterr()
    return code, out, err


def test_a_healthy_run_is_0_with_its_facts_and_a_plot(tmp_path, capsys):
    run = write_run(tmp_path / "runs" / "covers")
    code, out, err = doctor(capsys, run)
    assert (code, err) == (0, "")
    for fact in (
        "300 in 3.0 minutes",
        "107 pairs a second, 2 % waiting",
        "900 trained on, 100 to validate",
        "finished",
        "no ailment found",
        "doctor.svg",
    ):
        assert fact in out
    row = next(line for line in out.splitlines() if line.startswith("sounds"))
    assert row.split() == ["sounds", "10.0", "%", "60.0", "%", "60.0", "%", "1.0", "%", "100"]
    assert "covers" in (run / "doctor.svg").read_text()


def test_ailments_are_1_with_numbers_and_advice(tmp_path, capsys):
    run = write_run(tmp_path / "run", waited=0.5, shared=2)
    code, out, _ = doctor(capsys, run)
    assert code == 1
    assert "2 ailments" in out
    assert out.index("severe: leak") < out.index("moderate: starvation")
    assert "work 0, work 1" in out and "50 % of the time" in out
    assert "workers" in out and "no ailment" not in out
    assert max(map(len, out.splitlines())) <= 100


def test_json_prints_its_promise(tmp_path, capsys):
    run = write_run(tmp_path / "run", shared=1)
    plot = tmp_path / "run.png"
    code, out, _ = doctor(capsys, run, "--json", "--plot", plot)
    found = json.loads(out)
    assert code == 1
    assert list(found) == ["run", "facts", "too_short", "ailments", "plot"]
    assert [one["name"] for one in found["ailments"]] == ["leak"]
    assert set(found["ailments"][0]) == {
        *("name", "severity", "sentence", "evidence", "advice", "about")
    }
    assert found["facts"]["sets"]["sounds"]["last"] == pytest.approx(0.6)
    assert found["plot"] == str(plot) and plot.read_bytes().startswith(b"\x89PNG")
    assert not (run / "doctor.svg").exists()


def test_a_run_of_few_steps_is_too_short_and_0(tmp_path, capsys):
    run = write_run(tmp_path / "run", records=3)
    code, out, _ = doctor(capsys, run)
    assert code == 0
    assert "too short to judge (3 records" in out and "no ailment found" not in out
    assert "no validation yet" in out
    facts = json.loads(doctor(capsys, run, "--json")[1])
    assert "too short" in facts["too_short"] and facts["ailments"] == []


def test_a_run_that_was_killed_is_judged_and_its_half_line_told(tmp_path, capsys):
    run = write_run(tmp_path / "run")
    with (run / "log.jsonl").open("a") as file:
        file.write('{"kind": "st')
    code, out, _ = doctor(capsys, run)
    assert code == 0 and "1 damaged line of the log was left out" in out


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir()])
def test_a_folder_without_a_run_is_2_in_one_line(make, tmp_path, capsys):
    make(tmp_path / "run")
    code, out, err = doctor(capsys, tmp_path / "run")
    assert (code, out) == (2, "")
    assert err.startswith("unisono: ") and err.count("\n") == 1
    assert "give the folder that a training run writes to" in err


def test_plots_that_cannot_be_are_refused_before_anything(tmp_path, capsys):
    run = write_run(tmp_path / "run")
    code, out, err = doctor(capsys, run, "--plot", "run.pdf")
    assert (code, out, err) == (
        2,
        "",
        "unisono: --plot run.pdf: the name must end in .svg or .png\n",
    )
    code, _, err = doctor(capsys, run, "--plot", tmp_path / "none" / "run.svg")
    assert code == 2 and "no such file" in err and err.count("\n") == 1


def test_a_folder_that_takes_no_plot_is_diagnosed_all_the_same(tmp_path, capsys):
    run = write_run(tmp_path / "run")
    (run / "doctor.svg").mkdir()
    code, out, err = doctor(capsys, run)
    assert code == 0 and "no ailment found" in out and "plot" not in out
    assert err.startswith("unisono: no plot: ") and "give --plot FILE" in err


def test_the_doctor_needs_no_torch(tmp_path):
    run = write_run(tmp_path / "run")
    code = (
        "import sys\nfrom unisono.cli import main\n"
        f"code = main(['doctor', {str(run)!r}])\n"
        "heavy = [n for n in ('torch', 'transformers', 'numba', 'lancedb') if n in sys.modules]\n"
        "sys.exit(' '.join(heavy) or code)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
