"""List the collections that can be built, or tell all that is known of one.

`unisono data list NAME` says which files its folder must hold, where to get them, and how to cite
it.
"""

from __future__ import annotations

import argparse
import json

from unisono.cli.arguments import add_json
from unisono.cli.table import table


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="a collection")
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print a table of all, or the facts of one."""
    from unisono.data.sources.registry import open_source, source_names

    if arguments.name:
        return _tell(arguments.name, arguments.json)
    every = [open_source(name).facts for name in source_names()]
    if arguments.json:
        print(json.dumps([_json(one) for one in every], ensure_ascii=False, indent=1))
        return 0
    rows = [(one.name, one.title, ", ".join(one.gives), one.licence, one.homepage) for one in every]
    print(table(("name", "title", "gives", "licence", "homepage"), rows, shrink=(4, 1, 2, 3)))
    return 0


def _tell(name: str, as_json: bool) -> int:
    from unisono.data.sources.registry import open_source

    facts = open_source(name).facts
    if as_json:
        print(json.dumps(_json(facts), ensure_ascii=False, indent=1))
        return 0
    print(f"{facts.name}: {facts.title}")
    for word in ("homepage", "licence", "revision", "citation"):
        print(f"{word}: {getattr(facts, word) or 'unknown'}")
    print(f"gives: {', '.join(facts.gives)}")
    print(f"layout:\n  {facts.layout.strip().replace(chr(10), chr(10) + '  ')}")
    for path, checksum in facts.checksums.items():
        print(f"{checksum}  {path}")
    print(f"next: unisono data build {facts.name} --from FOLDER --out DIR")
    return 0


def _json(facts: object) -> dict[str, object]:
    return {
        name: dict(value) if name == "checksums" else value for name, value in vars(facts).items()
    }
