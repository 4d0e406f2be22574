"""List collections, build a dataset from one, check it, pack it for another machine.

examples:
  unisono data list
  unisono data build lieder --from ~/Music/lieder --out built
  unisono data build ~/Music/scores --out built --layouts 3
  unisono data check built --json
  unisono data pack built pack.tar
  unisono data show built fur-elise --out page.png

`unisono data COMMAND --help` explains one of them.
"""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unisono.cli.entry import Load

_COMMANDS = (
    ("list", "collections that can be built, or all facts of one"),
    ("build", "from a collection or a folder of scores to a dataset"),
    ("check", "counts, leaks between splits, silence, empty pages, duplicates"),
    ("pack", "what training needs on a bare machine, as one small file"),
    ("show", "a picture of a piece: page, notes, spectrogram, caption"),
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the commands and their arguments."""
    commands = parser.add_subparsers(dest="data_command", metavar="COMMAND", required=True)
    for name, summary in _COMMANDS:
        module = import_module(f"unisono.cli.data_{name}")
        one = commands.add_parser(
            name, help=summary, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        one.description, _, one.epilog = (module.__doc__ or "").partition("\n\n")
        module.configure(one)
        one.set_defaults(run_data=module.run, after_stop=getattr(module, "AFTER_STOP", ""))


def run(arguments: argparse.Namespace, load: Load) -> int:
    """Run the command that was asked for; none needs a space."""
    return int(arguments.run_data(arguments))
