"""Check a built dataset: counts, leaks between splits, silence, empty pages, duplicates.

A leak is a work that stands on two sides, or the same notes or recording under two works on two
sides. exit code 1: something is wrong; notes do not count.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from unisono.cli.arguments import add_json
from unisono.cli.table import table

if TYPE_CHECKING:
    from unisono.data.building.check import Checked

_MOST_TOLD = 40
_ROLES = ("audio", "midi", "performance", "score", "page", "cover", "text", "tags")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="what unisono data build made")
    parser.add_argument("--no-sound", action="store_true", help="do not listen to recordings")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print counts and findings."""
    from tqdm import tqdm

    from unisono.data.building.built import BuiltFolder
    from unisono.data.building.check import check

    bar = tqdm(unit="", file=sys.stderr, disable=None, leave=False)

    def advance(done: int, total: int) -> None:
        bar.total = total
        bar.n = done
        bar.refresh()

    built = BuiltFolder(arguments.folder.expanduser())
    checked = check(built, sounds=not arguments.no_sound, advance=advance)
    bar.close()
    if arguments.json:
        print(json.dumps(_json(checked), ensure_ascii=False))
    else:
        _tell(checked)
    return 1 if checked.errors else 0


def _tell(checked: Checked) -> None:
    shown = [role for role in _ROLES if any(c[role] for c in checked.counts.values())]
    header = ("source", "split", "entries", "works", "pieces", "notes", "hours", *shown)
    rows = [
        (
            source,
            split,
            *(f"{counter[what]:,}" for what in ("entries", "works", "pieces", "notes")),
            f"{counter['seconds'] / 3600:.1f}",
            *(f"{counter[role]:,}" for role in shown),
        )
        for (source, split), counter in sorted(checked.counts.items())
    ]
    print(table(header, rows, right=range(2, len(header))))
    if checked.findings:
        print()
        found = sorted(checked.findings, key=lambda one: (one.level, one.kind, one.where))
        cells = [(one.level, one.kind, one.where, one.what) for one in found[:_MOST_TOLD]]
        print(table(("level", "kind", "where", "what"), cells, shrink=(2,)))
        if len(found) > _MOST_TOLD:
            print(f"and {len(found) - _MOST_TOLD} more (--json has all)")
    errors = len(checked.errors)
    print(f"\n{errors} errors, {len(checked.findings) - errors} notes")


def _json(checked: Checked) -> dict[str, object]:
    return {
        "counts": [
            {"source": source, "split": split, **counter}
            for (source, split), counter in sorted(checked.counts.items())
        ],
        "findings": [vars(one) for one in checked.findings],
        "errors": len(checked.errors),
    }
