"""Add files and folders to a catalogue: audio, MIDI, MusicXML, pages, PDFs, covers, .txt.

What the catalogue already holds is skipped, found by its content; files that cannot be used are
listed at the end with the reason. Stop at any time: the same command goes on from there. Files
are read by worker processes, so that one that crashes or hangs its decoder costs only itself.

examples:
  unisono index ~/Music
  unisono index ~/Music scores/ notes.txt --catalogue music.lance
  unisono index ~/Music --prune                  also forget files that were deleted
  unisono index ~/Music --watch --prune          go on following the folder, until Ctrl-C
  unisono index ~/Music --workers 8 --time-limit 600
  unisono index ~/Music --json > report.json
  unisono index /shared/music --ray --ray-address auto --catalogue /shared/music.lance
  unisono index s3://bucket/music --ray --catalogue s3://bucket/music.lance

--json prints {"indexed", "skipped", "quarantine": [{"path", "reason"}]}, with --prune also
"pruned"; with --watch one such line for each look that found something. --log FILE gets a line
{"path", "state", "reason"} for each file that is dealt with: "indexed", "skipped" or "unusable".
What is said to be indexed is written, and is there after any crash. With --ray rows are written
by many processes and committed once, or every --commit-every files; Ctrl-C commits what is done.
Exit code 1 says that no file could be used.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from unisono.cli.arguments import add_bundle, add_catalogue, add_json
from unisono.cli.index_arguments import (
    add_ray,
    add_workers,
    limits_of,
    logging_to,
    positive_number,
    ray_options_of,
)
from unisono.cli.table import printable, shown_path, table

if TYPE_CHECKING:
    from unisono.alignment.catalogue import Catalogue
    from unisono.alignment.indexing.index_report import IndexReport, OnDone
    from unisono.cli.entry import Load

AFTER_STOP = "; what was indexed is kept, and the same command goes on from there"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("paths", nargs="+", metavar="PATH", help="files and folders")
    add_catalogue(parser)
    add_bundle(parser)
    add_json(parser)
    parser.add_argument(
        "--prune", action="store_true", help="remove items below PATH whose file is gone"
    )
    parser.add_argument(
        "--watch", action="store_true", help="then follow the folders, until Ctrl-C"
    )
    parser.add_argument(
        "--every",
        type=positive_number,
        default=5.0,
        metavar="S",
        help="with --watch: seconds between two looks (5)",
    )
    add_workers(parser)
    add_ray(parser)


def run(arguments: argparse.Namespace, load: Load) -> int:
    """Index and report."""
    from unisono.alignment.catalogue import Catalogue
    from unisono.cli.entry import UsageError

    over_ray = ray_options_of(arguments)
    stored = [path for path in arguments.paths if over_ray and "://" in path]
    named = [Path(path).expanduser() for path in arguments.paths if path not in stored]
    missing = [path for path in named if not path.exists() and not path.is_symlink()]
    if missing:
        raise UsageError(f"{printable(str(missing[0]))}: there is no such file or folder")
    if stored and arguments.prune:
        raise UsageError("--prune looks for files on a disk; it cannot for those of a store")
    catalogue = Catalogue(arguments.catalogue, load(arguments.bundle))
    with logging_to(arguments.log) as on_done:
        if arguments.watch:
            _watch(catalogue, named, arguments, on_done)
            return 0
        limits = limits_of(arguments)
        if over_ray:
            from unisono.alignment.indexing.ray_indexing import add_over_ray

            report = add_over_ray(
                catalogue,
                [*named, *stored],
                over_ray,
                progress=True,
                on_done=on_done,
                limits=limits,
            )
        else:
            report = catalogue.add(
                named, progress=True, on_done=on_done, workers=arguments.workers, limits=limits
            )
        if arguments.prune:
            report.pruned = len(catalogue.prune(named))
    if arguments.json:
        facts = report_json(report, arguments.prune)
        print(json.dumps(facts, ensure_ascii=False, indent=2))
    else:
        print_report(report, arguments.catalogue)
    return 0 if report.indexed or report.skipped else 1


def _watch(
    catalogue: Catalogue, named: list[Path], arguments: argparse.Namespace, on_done: OnDone | None
) -> None:
    from unisono.alignment.indexing.watching import watch

    def show(report: IndexReport) -> None:
        if arguments.json:
            line = json.dumps(report_json(report, arguments.prune), ensure_ascii=False)
            print(line, flush=True)
        else:
            print_report(report, arguments.catalogue)
            sys.stdout.flush()

    watch(
        catalogue,
        named,
        every_s=arguments.every,
        prune=arguments.prune,
        workers=arguments.workers,
        limits=limits_of(arguments),
        progress=True,
        on_done=on_done,
        on_look=show,
        on_fault=lambda sentence: print(f"unisono: {sentence}", file=sys.stderr),
    )


def report_json(report: IndexReport, pruned: bool = False) -> dict[str, object]:
    """The report as JSON promises it."""
    facts: dict[str, object] = {
        "indexed": report.indexed,
        "skipped": report.skipped,
        "quarantine": [
            {"path": printable(str(path)), "reason": printable(reason)}
            for path, reason in report.quarantine
        ],
    }
    return facts | ({"pruned": report.pruned} if pruned else {})


def print_report(report: IndexReport, catalogue: str) -> None:
    """Print counts, and a table of the files that could not be used."""
    if report.quarantine:
        rows = [(shown_path(path), reason) for path, reason in report.quarantine]
        print(table(("could not be used", "reason"), rows, shrink=(0, 1)))
        print()
    if not (report.indexed or report.skipped or report.quarantine or report.pruned):
        print("unisono: there are no files to index", file=sys.stderr)
        return
    pruned = f", {report.pruned} removed (gone)" if report.pruned else ""
    print(
        f"{report.indexed} indexed, {report.skipped} skipped (already there), "
        f"{len(report.quarantine)} not usable{pruned}; "
        f"catalogue: {catalogue}"
    )
