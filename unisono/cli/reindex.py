"""Embed the files of a catalogue anew, with another space.

Every item is embedded from its file into a new catalogue beside the old one, which then takes its
place in one step. Until then the old one can be searched. Stop at any time: the same command goes
on from there. Files that are gone are listed, and are not in the new catalogue.

examples:
  unisono reindex --catalogue music.lance
  unisono reindex --catalogue music.lance --bundle runs/mine/bundle
  unisono reindex --catalogue music.lance --json

--json prints {"indexed", "gone": [path], "quarantine": [{"path", "reason"}]}.
"""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from unisono.cli.arguments import add_bundle, add_catalogue, add_json
from unisono.cli.index_arguments import add_workers, limits_of, logging_to
from unisono.cli.table import printable, shown_path, table

if TYPE_CHECKING:
    from unisono.cli.entry import Load

AFTER_STOP = "; the catalogue is as it was, and the same command goes on from there"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_catalogue(parser)
    add_bundle(parser)
    add_json(parser)
    add_workers(parser)


def run(arguments: argparse.Namespace, load: Load) -> int:
    """Embed anew and report."""
    from unisono.alignment.indexing.reindexing import reindex

    space = load(arguments.bundle)
    with logging_to(arguments.log) as on_done:
        report = reindex(
            arguments.catalogue,
            space,
            progress=True,
            on_done=on_done,
            workers=arguments.workers,
            limits=limits_of(arguments),
        )
    count = report.indexed.indexed + report.indexed.skipped
    if arguments.json:
        facts = {
            "indexed": count,
            "gone": [printable(path) for path in report.gone],
            "quarantine": [
                {"path": printable(str(path)), "reason": printable(reason)}
                for path, reason in report.indexed.quarantine
            ],
        }
        print(json.dumps(facts, ensure_ascii=False, indent=2))
        return 0
    if report.already:
        print(f"{arguments.catalogue} is of the space {space.name} already; nothing to do")
        return 0
    lost = [(path, "the file is gone") for path in report.gone]
    lost += [(str(path), reason) for path, reason in report.indexed.quarantine]
    if lost:
        rows = [(shown_path(path), reason) for path, reason in lost]
        print(table(("not in the new catalogue", "reason"), rows, shrink=(0, 1)))
        print()
    print(
        f"{count} embedded with the space {space.name}, {len(report.gone)} gone, "
        f"{len(report.indexed.quarantine)} not usable; catalogue: {arguments.catalogue}"
    )
    return 0
