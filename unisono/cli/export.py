"""Hand a space on: its text side for sentence-transformers, a copy of the bundle, or the Hub.

--text writes a folder that sentence_transformers.SentenceTransformer opens without unisono, and
whose vectors are those of the space. --copy writes the bundle itself: safetensors, JSON and the
tokenizers of foreign towers. --hub puts it, with a model card, under a name on the Hub, from where
`--bundle owner/name` fetches it; log in before with: hf auth login. More than one may be given.

examples:
  unisono export --text text_model/
  unisono export --copy my_copy/
  unisono export --bundle my_space/ --hub owner/my-space --private

--json prints {"name", "fingerprint", "text", "copy", "hub"}, null for what was not asked for.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from unisono.cli.arguments import add_bundle, add_json

if TYPE_CHECKING:
    from unisono.cli.entry import Load


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--text", metavar="FOLDER", help="a model of sentence-transformers")
    parser.add_argument("--copy", metavar="FOLDER", help="a copy of the bundle")
    parser.add_argument("--hub", metavar="OWNER/NAME", help="a repository on the Hub")
    parser.add_argument("--private", action="store_true", help="make the repository private")
    add_bundle(parser)
    add_json(parser)


def run(arguments: argparse.Namespace, load: Load) -> int:
    """Write what was asked for, one after the other."""
    from unisono.cli.entry import UsageError

    if not (arguments.text or arguments.copy or arguments.hub):
        raise UsageError("nothing to do; give --text FOLDER, --copy FOLDER or --hub OWNER/NAME")
    if arguments.private and not arguments.hub:
        raise UsageError("--private is for --hub OWNER/NAME")
    text, copy = (_folder(word) for word in (arguments.text, arguments.copy))
    if copy is not None and copy.exists() and (copy.is_file() or any(copy.iterdir())):
        raise UsageError(f"{copy}: there is something already; name a new folder")
    space = load(arguments.bundle)
    done: dict[str, str | None] = {"text": None, "copy": None, "hub": None}
    if text is not None:
        space.save_text_model(text)
        done["text"] = str(text)
    if copy is not None:
        space.save(copy)
        done["copy"] = str(copy)
    if arguments.hub:
        done["hub"] = space.push_to_hub(arguments.hub, private=arguments.private)
    if arguments.json:
        facts = {"name": space.name, "fingerprint": space.fingerprint, **done}
        print(json.dumps(facts, ensure_ascii=False, indent=2))
        return 0
    for what, where in done.items():
        if where is not None:
            print(f"{what:<4}  {where}")
    return 0


def _folder(word: str | None) -> Path | None:
    return Path(word).expanduser() if word else None
