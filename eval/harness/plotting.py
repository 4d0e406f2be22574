"""Results as pictures: recall over the length of the list, beside chance and baseline."""

from __future__ import annotations

from pathlib import Path

from unisono.eval.chart import Line, Panel, Sheet, draw
from unisono.eval.drawing import save
from unisono.eval.harness.running import TaskRun
from unisono.eval.harness.showing import settings_line
from unisono.eval.harness.task import ResultRow


def draw_run(run: TaskRun, folder: Path) -> list[Path]:
    """Write ``<task>.svg`` and ``.png``; nothing for a task without curves. Gives the paths."""
    sheet = run_sheet(run)
    if not sheet.panels:
        return []
    drawing = draw(sheet)
    paths = [folder / f"{run.facts.name}{suffix}" for suffix in (".svg", ".png")]
    for path in paths:
        save(drawing, path)
    return paths


def run_sheet(run: TaskRun) -> Sheet:
    """A panel for each condition and direction."""
    rows = run.outcome.rows
    places = dict.fromkeys((r.condition, r.asks, r.answers) for r in rows if r.curve)
    panels = []
    for condition, asks, answers in places:
        here = [r for r in rows if (r.condition, r.asks, r.answers) == (condition, asks, answers)]
        lines = [line for row in here if (line := _line(row))]
        panels.append(
            Panel(
                f"{asks} to {answers}, {condition}",
                tuple(lines),
                "dots: published R@1" if any(len(line.points) == 1 for line in lines) else "",
                low=0.0,
                high=1.0,
                percent=True,
            )
        )
    about = f"{run.facts.main_score}; {settings_line(run)}"
    return Sheet(f"{run.facts.name}: recall at k", about, tuple(panels), "k")


def _line(row: ResultRow) -> Line | None:
    if row.curve:
        return Line(row.who, tuple((k, share) for k, share in enumerate(row.curve, start=1)))
    if row.kind == "published" and "R@1" in row.scores:
        return Line(row.who, ((1, row.scores["R@1"].value),))
    return None
