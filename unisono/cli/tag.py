"""Say how well words fit a file (or a text): zero-shot tags with probabilities.

Each tag is judged by itself, so several may fit, or none.

examples:
  unisono tag take.mp3 --tags fugue,waltz,march,sad
  unisono tag *.mid --tags "solo piano" --tags "string quartet"
  unisono tag "a slow dance in three" --text --tags waltz,march --json

--json prints {"path", "tags": [{"tag", "probability"}]}, best first; for several files a list
of these.
"""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from unisono.cli.arguments import add_bundle, add_json, item, words
from unisono.cli.table import printable, shown_path, table

if TYPE_CHECKING:
    from unisono.cli.entry import Load


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("items", nargs="+", metavar="ITEM", help="files, or a text")
    parser.add_argument(
        "--tags",
        action="append",
        required=True,
        help="the words to judge by; repeated or with commas",
    )
    parser.add_argument("--text", action="store_true", help="take the items as text in any case")
    add_bundle(parser)
    add_json(parser)


def run(arguments: argparse.Namespace, load: Load) -> int:
    """Print the tags of each item."""
    from unisono.alignment.tags import tag
    from unisono.cli.entry import UsageError

    tags = words(arguments.tags)
    if not tags:
        raise UsageError("--tags names no words")
    items = [item(word, text=arguments.text) for word in arguments.items]
    space = load(arguments.bundle)
    found = [(one, tag(space, one, tags)) for one in items]
    if arguments.json:
        objects = [
            {
                "path": printable(str(one)),
                "tags": [{"tag": word, "probability": round(p, 4)} for word, p in judged],
            }
            for one, judged in found
        ]
        shown = objects[0] if len(objects) == 1 else objects
        print(json.dumps(shown, ensure_ascii=False, indent=2))
        return 0
    for number, (one, judged) in enumerate(found):
        if len(found) > 1:
            print(f"{'' if number == 0 else chr(10)}{_shown(one)}")
        rows = [(word, f"{p:.2f}", "#" * round(20 * p)) for word, p in judged]
        print(table(("tag", "probability", ""), rows, right=(1,), shrink=(0,)))
    return 0


def _shown(one: object) -> str:
    return printable(one) if isinstance(one, str) else shown_path(str(one))
