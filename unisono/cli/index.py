"""Add files and folders to a catalogue: audio, MIDI, MusicXML, pages, PDFs, covers, .txt.

What the catalogue already holds is skipped, found by its content; files that cannot be used are
listed at the end with the reason. Stop at any time: the same command goes on from there.

examples:
  unisono index ~/Music
  unisono index ~/Music scores/ notes.txt --catalogue music.lance
  unisono index ~/Music --json > report.json

--json prints {"indexed", "skipped", "quarantine": [{"path", "reason"}]}.
Exit code 1 says that no file could be used.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from unisono.cli.arguments import add_bundle, add_catalogue, add_json
from unisono.cli.table import printable, shown_path, table

if TYPE_CHECKING:
    from unisono.alignment.catalogue import IndexReport
    from unisono.cli.entry import Load

AFTER_STOP = "; what was indexed is kept, and the same command goes on from there"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("paths", nargs="+", metavar="PATH", help="files and folders")
    add_catalogue(parser)
    add_bundle(parser)
    add_json(parser)


def run(arguments: argparse.Namespace, load: Load) -> int:
    """Index and report."""
    from unisono.alignment.catalogue import Catalogue
    from unisono.cli.entry import UsageError

    named = [Path(path).expanduser() for path in arguments.paths]
    missing = [path for path in named if not path.exists() and not path.is_symlink()]
    if missing:
        raise UsageError(f"{printable(str(missing[0]))}: there is no such file or folder")
    catalogue = Catalogue(arguments.catalogue, load(arguments.bundle))
    report = catalogue.add(named, progress=True)
    if arguments.json:
        print(json.dumps(report_json(report), ensure_ascii=False, indent=2))
    else:
        print_report(report, arguments.catalogue)
    return 0 if report.indexed or report.skipped else 1


def report_json(report: IndexReport) -> dict[str, object]:
    """The report as JSON promises it."""
    return {
        "indexed": report.indexed,
        "skipped": report.skipped,
        "quarantine": [
            {"path": printable(str(path)), "reason": printable(reason)}
            for path, reason in report.quarantine
        ],
    }


def print_report(report: IndexReport, catalogue: str) -> None:
    """Print counts, and a table of the files that could not be used."""
    if report.quarantine:
        rows = [(shown_path(path), reason) for path, reason in report.quarantine]
        print(table(("could not be used", "reason"), rows, shrink=(0, 1)))
        print()
    if not (report.indexed or report.skipped or report.quarantine):
        print("unisono: there are no files to index", file=sys.stderr)
        return
    print(
        f"{report.indexed} indexed, {report.skipped} skipped (already there), "
        f"{len(report.quarantine)} not usable; catalogue: {catalogue}"
    )
