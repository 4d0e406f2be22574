"""Say in words what is wrong with a training run, and draw how it went.

Looks for: losses and gradients that are not numbers, a collapsed space, towers that get no
gradient, losses above a collapsed space's, validation at chance level, works in both training
and validation, copies among the negatives, overfitting, a modality gap that does not close,
clumps, hubs, temperatures at their bound, and waiting for data. The run may still be going on.

examples:
  unisono doctor runs/covers
  unisono doctor runs/covers --plot covers.png
  unisono doctor runs/covers --json | jq '.ailments[].name'

Exit codes: 0 no ailment found; 1 there are ailments; 2 the run cannot be read. A run with fewer
than 5 records of steps is too short to judge, which is no ailment.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from unisono.cli.arguments import add_json
from unisono.cli.table import printable, shown_path, table, terminal_width

if TYPE_CHECKING:
    from unisono.cli.entry import Load
    from unisono.eval.doctor import Ailment, RunFacts
    from unisono.towers.training.run_log import RunLog

PLOT_NAME = "doctor.svg"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("run_folder", metavar="RUN_DIR", help="folder that a training run wrote")
    parser.add_argument(
        "--plot",
        metavar="FILE",
        help=f"where to draw the run, .svg or .png (default: RUN_DIR/{PLOT_NAME})",
    )
    add_json(parser)


def run(arguments: argparse.Namespace, load: Load) -> int:
    """Diagnose, draw and print."""
    from unisono.cli.entry import UsageError
    from unisono.eval.doctor import diagnose, facts_of, too_short
    from unisono.towers.training.run_log import read

    if arguments.plot and Path(arguments.plot).suffix.lower() not in (".svg", ".png"):
        raise UsageError(f"--plot {arguments.plot}: the name must end in .svg or .png")
    folder = Path(arguments.run_folder).expanduser()
    log = read(folder)
    ailments, facts, short = diagnose(log), facts_of(log), too_short(log)
    plot = _drawn(log, folder, arguments.plot)
    if arguments.json:
        found = {
            "run": str(folder),
            "facts": asdict(facts),
            "too_short": short or None,
            "ailments": [asdict(ailment) for ailment in ailments],
            "plot": str(plot) if plot else None,
        }
        print(json.dumps(_strict(found), ensure_ascii=False, indent=2))
    else:
        parts = [_described(facts), _recalls(facts), _diagnosis(ailments, short)]
        if log.damaged_lines:
            parts.append(_damage(log.damaged_lines))
        parts.append(f"plot: {shown_path(plot)}" if plot else "")
        print(printable("\n\n".join(part for part in parts if part)))
    return 1 if ailments else 0


def _drawn(log: RunLog, folder: Path, asked: str | None) -> Path | None:
    """Where the run was drawn; None, with a message, where its own folder takes no file."""
    from unisono.eval.doctor_plot import draw_run

    name = folder.resolve().name if folder.suffix != ".jsonl" else folder.resolve().parent.name
    if asked:
        path = Path(asked).expanduser()
        draw_run(log, path, name)
        return path
    path = (folder if folder.suffix != ".jsonl" else folder.parent) / PLOT_NAME
    try:
        draw_run(log, path, name)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        print(f"unisono: no plot: {path}: {reason}; give --plot FILE", file=sys.stderr)
        return None
    return path


def _described(facts: RunFacts) -> str:
    rows = [
        ("steps", f"{facts.steps:,} in {facts.minutes:.1f} minutes"),
        ("speed", _speed(facts)),
        ("works", f"{facts.train_works:,} trained on, {facts.validation_works:,} to validate"),
        ("ended", facts.ended or "not yet, or killed"),
    ]
    if len(facts.stages) > 1:
        rows.insert(0, ("stages", ", ".join(facts.stages)))
    return "\n".join(f"{name:<6}  {value}" for name, value in rows if value)


def _speed(facts: RunFacts) -> str:
    if not math.isfinite(facts.pairs_per_s):
        return ""
    return f"{facts.pairs_per_s:,.0f} pairs a second, {100 * facts.waited_share:.0f} % waiting"


def _recalls(facts: RunFacts) -> str:
    if not facts.sets:
        return "no validation yet"
    cells = [
        [
            name,
            *(f"{100 * share:.1f} %" for share in (one.first, one.best, one.last, one.chance)),
            f"{one.candidates:,}",
        ]
        for name, one in facts.sets.items()
    ]
    header = ["R@1 of", "first", "best", "last", "chance", "candidates"]
    return table(header, cells, right=(1, 2, 3, 4, 5), shrink=(0,))


def _diagnosis(ailments: Sequence[Ailment], short: str) -> str:
    heading = f"{len(ailments)} ailment{'s' if len(ailments) > 1 else ''}"
    parts = [heading] if ailments else [] if short else ["no ailment found"]
    for ailment in ailments:
        about = f" ({ailment.about})" if ailment.about else ""
        lines = [
            f"{ailment.severity}: {ailment.name}{about}",
            _wrapped(ailment.sentence),
            _wrapped(f"What to do: {ailment.advice}"),
        ]
        parts.append("\n".join(lines))
    if short:
        parts.append(_wrapped(short, indent=""))
    return "\n\n".join(parts)


def _damage(lines: int) -> str:
    if lines == 1:
        return "1 damaged line of the log was left out"
    return f"{lines} damaged lines of the log were left out"


def _wrapped(text: str, indent: str = "  ") -> str:
    width = min(terminal_width() or 100, 100)
    return textwrap.fill(text, width, initial_indent=indent, subsequent_indent=indent)


def _strict(value: object) -> object:
    """The value with null for numbers that JSON does not know."""
    if isinstance(value, dict):
        return {key: _strict(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_strict(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
