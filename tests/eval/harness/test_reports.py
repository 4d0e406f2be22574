"""What a run leaves: JSON, Markdown, pictures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from unisono.eval import tables
from unisono.eval.harness.paired_rows import Direction, chance_rows, measured_rows
from unisono.eval.harness.plotting import draw_run, run_sheet
from unisono.eval.harness.running import Report, TaskRun, read_report, versions, write_report
from unisono.eval.harness.showing import cells, run_markdown, settings_line, table, to_markdown
from unisono.eval.harness.task import (
    EvalError,
    EvalSettings,
    Outcome,
    ResultRow,
    Score,
    TaskFacts,
)

FACTS = TaskFacts(
    "toy", "toys find toys", "a box", "by box", "toy against toy", "R@1", "A. Author, 2020",
    options=("pages", "pairs"),
)  # fmt: skip


def made_run(**settings) -> TaskRun:
    lost = np.zeros(4, bool)
    vectors = np.eye(4)
    there = Direction("audio", "sheet", vectors, vectors, lost)
    back = Direction("sheet", "audio", vectors, np.roll(vectors, 1, axis=0), lost)
    rows = measured_rows("this space", "measured", [there, back], ["a", "a", "b", "b"], 0)
    chance = chance_rows(4, [("audio", "sheet"), ("sheet", "audio")])
    other = ResultRow(
        "Someone 2020", "published", "all 4 pairs", "audio", "sheet", 4, 4,
        {"R@1": Score(0.5), "MRR": Score(0.625)}, source="a paper",
    )  # fmt: skip
    outcome = Outcome((*rows, *chance, other), {"pairs": 4}, ("beware",))
    return TaskRun(FACTS, EvalSettings(**settings), outcome, 1.5)


def made_report(*runs: TaskRun) -> Report:
    return Report("space", "abc", "unisono eval toy", versions(), runs)


def test_rows_of_one_direction_stand_together_with_the_space_first() -> None:
    header, rows = cells(made_run().outcome.rows)
    assert header[:5] == ["candidates", "direction", "", "R@1 %", "95%"]
    assert header[-2:] == ["MRR", "median rank"]
    assert [row[2] for row in rows] == [
        "this space", "chance", "Someone 2020 (published)", "this space", "chance",
    ]  # fmt: skip
    assert [row[1] for row in rows] == ["audio to sheet", "", "", "sheet to audio", ""]
    assert rows[0][3:5] == ["100.0", "100.0 to 100.0"]
    assert rows[1][3:5] == ["25.0", ""]
    assert rows[2][3:] == ["50.0", "", "", "", "", "0.625", ""]
    assert rows[3][3:5] == ["0.0", "0.0 to 0.0"]


def test_more_than_two_thousand_pairs_are_measured_twice() -> None:
    vectors = np.random.default_rng(0).standard_normal((2500, 8))
    way = Direction("audio", "sheet", vectors, vectors, np.zeros(2500, bool))
    some, every = measured_rows("this space", "measured", [way], ["a"] * 2500, 0)
    assert (some.condition, some.candidates, some.main) == ("2,000 pairs", 2000, False)
    assert (every.condition, every.candidates, every.main) == ("all 2,500 pairs", 2500, True)


def test_json_holds_every_row_and_can_be_read_again(tmp_path: Path) -> None:
    report = made_report(made_run(data=tmp_path, pages="scan"))
    path = tmp_path / "report.json"
    write_report(report, path)
    facts = json.loads(path.read_text())
    assert list(facts) == ["format", "command", "space", "versions", "runs"]
    assert facts["space"] == {"name": "space", "fingerprint": "abc"}
    assert {"python", "numpy", "torch", "unisono"} <= set(facts["versions"])
    (run,) = facts["runs"]
    assert run["settings"]["pages"] == "scan" and run["settings"]["data"] == str(tmp_path)
    assert run["task"]["citation"] == "A. Author, 2020"
    assert len(run["rows"]) == 5
    first = run["rows"][0]
    assert first["scores"]["R@1"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert first["by_group"] == {"a": 1.0, "b": 1.0}
    again = read_report(path)
    assert to_markdown(again) == to_markdown(report)
    assert again.runs[0].settings == report.runs[0].settings
    assert not list(tmp_path.glob("*.partial")) and not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("text", ["{}", "[1]", "no JSON", '{"format": 1, "space": 3}'])
def test_another_file_is_no_report(text, tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text(text)
    with pytest.raises(EvalError, match="not what unisono eval --json writes"):
        read_report(path)


def test_a_report_of_another_format_or_none_is_told(tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    with pytest.raises(EvalError, match="no such file"):
        read_report(path)
    path.write_text('{"format": 99}')
    with pytest.raises(EvalError, match="of format 99"):
        read_report(path)


def test_markdown_says_protocol_settings_sources_and_notes() -> None:
    text = run_markdown(made_run(pages="scan", seed=3, soundfont="unheeded"))
    for words in (
        "## toy", "Toys find toys: toy against toy.", "pages scan, seed 3.", "Beware.", "Pairs: 4",
        "- Someone 2020: a paper", "Protocol of A. Author, 2020.", "| --- | --- | --- | ---: |",
    ):  # fmt: skip
        assert words in text
    assert "unheeded" not in text
    widths = {line.count("|") for line in text.splitlines() if line.startswith("|")}
    assert len(widths) == 1


def test_defaults_are_called_defaults() -> None:
    assert settings_line(made_run()) == "settings: the defaults"
    assert settings_line(made_run(pairs=Path("lists/some.parquet"))) == (
        "settings: pairs some.parquet"
    )


def test_documents_get_their_tables_from_what_was_written(tmp_path: Path, monkeypatch) -> None:
    plain, scanned = made_run(pairs=Path("l/pairs_valid.parquet")), made_run(pages="scan")
    write_report(made_report(plain), tmp_path / "a.json")
    write_report(made_report(scanned), tmp_path / "b.json")
    names = ("toy pairs_valid", "toy pages=scan", "results", "toy")
    text = "".join(f"<!-- {name}:begin -->\nold\n<!-- {name}:end -->\n" for name in names)
    document = tmp_path / "README.md"
    document.write_text(text)
    words = ["tables", document, "--results", tmp_path / "a.json", tmp_path / "b.json"]
    monkeypatch.setattr("sys.argv", list(map(str, words)))
    tables.main()
    parts = document.read_text().split(":begin -->\n")
    shown = table(plain.outcome.rows)
    assert parts[1].startswith(shown) and parts[2].startswith(shown)
    assert parts[4].startswith("old")
    lines = parts[3].splitlines()
    assert lines[2] == (
        "| toy | pairs pairs_valid.parquet | all 4 pairs | audio to sheet | R@1 100.0 | "
        "100.0 to 100.0 | 50.0 | 25.0 |"
    )
    assert "| toy | pages scan | all 4 pairs | sheet to audio | R@1 0.0 |" in lines[5]


def test_curves_are_drawn_for_each_direction(tmp_path: Path) -> None:
    run = made_run()
    sheet = run_sheet(run)
    assert [panel.title for panel in sheet.panels] == [
        "audio to sheet, all 4 pairs",
        "sheet to audio, all 4 pairs",
    ]
    assert sheet.panels[0].lines[0].points[0] == (1, 1.0)
    # on the way back the right one is never first, and among four it is found in the end
    assert sheet.panels[1].lines[0].points[0] == (1, 0.0)
    assert sheet.panels[1].lines[0].points[3] == (4, 1.0)
    assert sheet.panels[0].lines[1].points == ((1, 0.5),)
    svg, png = draw_run(run, tmp_path)
    assert "Someone" not in svg.name and svg.read_text().startswith("<svg")
    assert png.read_bytes().startswith(b"\x89PNG")


def test_a_task_without_curves_is_not_drawn(tmp_path: Path) -> None:
    run = TaskRun(FACTS, EvalSettings(), Outcome(tuple(chance_rows(4, [("a", "b")]))), 1.0)
    assert draw_run(run, tmp_path) == [] and not list(tmp_path.iterdir())
