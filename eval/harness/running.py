"""Run tasks one after the other and keep everything that someone needs who runs them again."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from unisono.eval.harness.task import (
    EvalError,
    EvalSettings,
    Outcome,
    Progress,
    ResultRow,
    Score,
    Task,
    TaskFacts,
)
from unisono.towers.space import Space

FORMAT = 1
_LIBRARIES = ("unisono", "numpy", "torch", "soxr", "soundfile", "opencv-python-headless", "verovio")


@dataclass(frozen=True)
class TaskRun:
    """A task that was run: its facts, its settings, what it found, in how many seconds."""

    facts: TaskFacts
    settings: EvalSettings
    outcome: Outcome
    seconds: float


@dataclass(frozen=True)
class Report:
    """Runs of tasks on one space, and the command that made them."""

    space: str
    fingerprint: str
    command: str
    versions: Mapping[str, str]
    runs: tuple[TaskRun, ...] = ()

    def with_run(self, run: TaskRun) -> Report:
        """The same with one more."""
        return replace(self, runs=(*self.runs, run))

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "format": FORMAT,
            "command": self.command,
            "space": {"name": self.space, "fingerprint": self.fingerprint},
            "versions": dict(self.versions),
            "runs": [_run_json(run) for run in self.runs],
        }


def run_tasks(
    tasks: Sequence[Task], space: Space, settings: EvalSettings, progress: Progress, command: str
) -> Iterator[Report]:
    """The report after every task. Raises EvalError and ReadError."""
    report = Report(space.name, space.fingerprint, command, versions())
    for task in tasks:
        began = time.monotonic()
        outcome = task.run(space, settings, progress)
        seconds = round(time.monotonic() - began, 1)
        report = report.with_run(TaskRun(task.facts, settings, outcome, seconds))
        yield report


def versions() -> dict[str, str]:
    """Of Python and of the libraries that numbers depend on."""
    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def write_report(report: Report, path: Path) -> None:
    """Write as JSON, whole or not at all."""
    text = json.dumps(report.to_json(), indent=1, ensure_ascii=False)
    write_text(path, text + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a file, whole or not at all."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_text(text, "utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def read_report(path: Path) -> Report:
    """Read what ``write_report`` wrote; raises EvalError for anything else."""
    try:
        facts = json.loads(path.read_text("utf-8"))
        if facts["format"] != FORMAT:
            raise EvalError(f"{path}: of format {facts['format']}, not {FORMAT}; run it again")
        space = facts["space"]
        runs = tuple(_run_of(run) for run in facts["runs"])
        found = (space["name"], space["fingerprint"], facts["command"], facts["versions"])
        return Report(*found, runs)
    except FileNotFoundError as error:
        raise EvalError(f"{path}: there is no such file") from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, EvalError):
            raise
        raise EvalError(f"{path}: not what unisono eval --json writes") from error


def _run_json(run: TaskRun) -> dict[str, Any]:
    settings = {
        name: str(value) if isinstance(value, Path) else value
        for name, value in asdict(run.settings).items()
    }
    rows = []
    for row in run.outcome.rows:
        plain = asdict(row)
        del plain["curve"]  # for plots only
        plain["scores"] = {name: _score_json(score) for name, score in row.scores.items()}
        plain["by_group"] = {name: round(share, 4) for name, share in row.by_group.items()}
        rows.append(plain)
    return {
        "task": asdict(run.facts),
        "settings": settings,
        "seconds": run.seconds,
        "counts": dict(run.outcome.counts),
        "notes": list(run.outcome.notes),
        "rows": rows,
    }


def _score_json(score: Score) -> dict[str, float]:
    parts = {"value": score.value, "low": score.low, "high": score.high}
    return {name: round(part, 5) for name, part in parts.items() if part is not None}


def _run_of(facts: Mapping[str, Any]) -> TaskRun:
    task = TaskFacts(**{**facts["task"], "options": tuple(facts["task"]["options"])})
    paths = {"data", "pairs", "cache"}
    settings: dict[str, Any] = {
        name: Path(value) if name in paths and value is not None else value
        for name, value in facts["settings"].items()
    }
    rows = tuple(
        ResultRow(**{**row, "scores": {n: Score(**score) for n, score in row["scores"].items()}})
        for row in facts["rows"]
    )
    outcome = Outcome(rows, facts["counts"], tuple(facts["notes"]))
    return TaskRun(task, EvalSettings(**settings), outcome, facts["seconds"])
