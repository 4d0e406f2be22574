"""Measure a space on tasks, beside chance, a baseline and what others published.

A task is a protocol: what is compared with what, and what counts as right. Its table has 95%
intervals by resampling whole pieces. Scores are made to sound once and kept.

examples:
  unisono eval --list
  unisono eval sheet-retrieval --data msmd --pairs msmd/pairs_valid.parquet --json valid.json
  unisono eval sheet-retrieval --data msmd --pages scan --systems found --audio room
  unisono eval audio-midi-retrieval sheet-midi-retrieval --data msmd --limit 3
  unisono eval sheet-retrieval --data msmd --bundle runs/default/bundle --markdown table.md

--json holds every row with its settings, the recall of every piece, the fingerprint of the space,
the command and the versions of what numbers depend on.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from unisono.cli.arguments import add_bundle, positive
from unisono.cli.table import printable, shown_path, table

if TYPE_CHECKING:
    from unisono.cli.entry import Load
    from unisono.eval.harness.running import Report, TaskRun
    from unisono.eval.harness.task import EvalSettings, Item, Task

AFTER_STOP = "; rendered sound is kept, and --json and --markdown have the tasks that were finished"

_FOLDERS, _OUTPUTS = ("data", "pairs", "cache", "others"), ("json", "markdown", "plots")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    from unisono.eval.harness.task import AUDIO, PAGES, SYSTEMS

    parser.add_argument("tasks", nargs="*", metavar="TASK", help="as --list names them")
    parser.add_argument("--list", action="store_true", help="what tasks there are, and their facts")
    add_bundle(parser)
    parser.add_argument("--data", metavar="DIR", help="the material; --list says what it must hold")
    parser.add_argument("--limit", type=positive, metavar="N", help="only the first N pieces")
    parser.add_argument("--seed", type=int, metavar="N", help="of all that is drawn (default 0)")
    parser.add_argument(
        "--cache", metavar="DIR", help="for rendered sound (default ~/.cache/unisono/eval)"
    )
    written = parser.add_argument_group("what to write")
    written.add_argument("--json", metavar="FILE", help="everything, for other programs")
    written.add_argument("--markdown", metavar="FILE", help="the tables, with their protocols")
    written.add_argument("--plots", metavar="DIR", help="a picture of each task, .svg and .png")
    passages = parser.add_argument_group("passages of scores")
    passages.add_argument(
        "--pairs", metavar="TABLE", help="parquet: piece, onset_s, page from 0, x, y"
    )
    passages.add_argument("--split", metavar="NAME", help="folder of the data (default valid)")
    passages.add_argument(
        "--soundfont", metavar="FILE", help="default MuseScore_General_Full.sf3, for measuring only"
    )
    passages.add_argument("--pages", choices=PAGES, help="what becomes of pages (default clean)")
    passages.add_argument("--audio", choices=AUDIO, help="and of recordings (default clean)")
    passages.add_argument(
        "--systems", choices=SYSTEMS, help="of pages: given, or found by the page reader"
    )
    passages.add_argument(
        "--phases",
        type=positive,
        metavar="N",
        help="shifted copies that are encoded to centre windows (default 4)",
    )
    parser.add_argument(
        "--others", metavar="DIR", help="MIDI files to be told from the right one, for real files"
    )


def run(arguments: argparse.Namespace, load: Load) -> int:
    """List the tasks, or run those that are named and print a table of each."""
    from unisono.cli.entry import UsageError
    from unisono.eval.harness.registry import open_task
    from unisono.eval.harness.running import run_tasks

    if arguments.list:
        print(_listed())
        return 0
    if not arguments.tasks:
        raise UsageError("name a task; unisono eval --list shows what there is")
    tasks = [open_task(name) for name in dict.fromkeys(arguments.tasks)]
    settings = _settings(arguments, tasks)
    _check_outputs(arguments)
    space = load(arguments.bundle)
    command = shlex.join(["unisono", *sys.argv[1:]])
    for report in run_tasks(tasks, space, settings, _progress, command):
        if len(report.runs) == 1:
            print(f"space {report.space}, {report.fingerprint}")
        print(printable(f"\n{_shown(report.runs[-1])}"), flush=True)
        _write(report, arguments)
    return 0


def _listed() -> str:
    import textwrap

    from unisono.eval.harness.registry import open_task, task_names

    parts = []
    for name in task_names():
        facts = open_task(name).facts
        lines = [f"{facts.name}: {facts.summary}"]
        for label, text in (
            ("data", facts.data),
            ("split", facts.split),
            ("protocol", facts.protocol),
            ("main score", facts.main_score),
            ("heeds", ", ".join(f"--{option}" for option in facts.options)),
            ("from", facts.citation),
        ):
            indent = f"  {label:<11} "
            lines.append(textwrap.fill(text, 98, initial_indent=indent, subsequent_indent=" " * 14))
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _settings(arguments: argparse.Namespace, tasks: Sequence[Task]) -> EvalSettings:
    """The defaults with what was said; raises UsageError for what a task does not heed."""
    from dataclasses import fields

    from unisono.cli.entry import UsageError
    from unisono.eval.harness.task import EvalSettings

    said = {
        field.name: getattr(arguments, field.name)
        for field in fields(EvalSettings)
        if getattr(arguments, field.name) is not None
    }
    for task in tasks:
        foreign = [n for n in said if n not in ("data", "limit", "seed", "cache")]
        for name in foreign:
            if name not in task.facts.options:
                raise UsageError(f"{task.facts.name} has no use for --{name}; leave it out")
    for name in _FOLDERS:
        if name in said:
            said[name] = Path(said[name]).expanduser()
    return EvalSettings(**said)


def _check_outputs(arguments: argparse.Namespace) -> None:
    """Minutes of work must not be lost to a folder that is not there."""
    from unisono.cli.entry import UsageError

    for name in _OUTPUTS:
        if not (value := getattr(arguments, name)):
            continue
        path = Path(value).expanduser()
        if name == "plots":
            path.mkdir(parents=True, exist_ok=True)
        elif path.is_dir() or not path.parent.is_dir():
            raise UsageError(f"--{name} {value}: name a file in a folder that is there")
        if not os.access(path if name == "plots" else path.parent, os.W_OK):
            raise UsageError(f"--{name} {value}: cannot be written")


def _progress(items: Sequence[Item], unit: str) -> Iterable[Item]:
    from tqdm import tqdm

    shown: Iterable[Item] = tqdm(items, unit=unit, disable=None, leave=False, file=sys.stderr)
    return shown


def _shown(run: TaskRun) -> str:
    from unisono.eval.harness.showing import cells, counts_line, settings_line

    header, rows = cells(run.outcome.rows)
    numbers = range(3, len(header))
    parts = [
        f"{run.facts.name}: {run.facts.summary}",
        f"main score: {run.facts.main_score}; {settings_line(run)}",
        "",
        table(header, rows, right=numbers, shrink=(2,)),
        "",
        counts_line(run),
        *(f"note: {note}" for note in run.outcome.notes),
    ]
    return "\n".join(parts)


def _write(report: Report, arguments: argparse.Namespace) -> None:
    from unisono.eval.harness.plotting import draw_run
    from unisono.eval.harness.running import write_report, write_text
    from unisono.eval.harness.showing import to_markdown

    if arguments.json:
        write_report(report, Path(arguments.json).expanduser())
    if arguments.markdown:
        write_text(Path(arguments.markdown).expanduser(), to_markdown(report))
    if arguments.plots:
        for path in draw_run(report.runs[-1], Path(arguments.plots).expanduser()):
            print(f"plot: {shown_path(path)}")
