"""Make a large catalogue quick to search: join its pieces, build an index, measure its recall.

Up to some 100,000 vectors every question is answered exactly and an index would only lose
answers; larger tables get one. Its recall is measured against exact search on stored vectors. Run
it again after adding much: what was added since is searched exactly.

examples:
  unisono optimise
  unisono optimise --catalogue music.lance --json

--json prints a list of {"table", "vectors", "recall_at_10", "seconds", "bytes"}; recall_at_10 is
null where nothing was built.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from unisono.cli.arguments import add_bundle, add_catalogue, add_json

if TYPE_CHECKING:
    from unisono.alignment.store.vector_index import IndexFacts
    from unisono.cli.entry import Load

AFTER_STOP = "; the catalogue is as good as before"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_catalogue(parser)
    add_bundle(parser)
    add_json(parser)


def run(arguments: argparse.Namespace, load: Load) -> int:
    """Build and report."""
    from unisono.alignment.catalogue import Catalogue

    catalogue = Catalogue(arguments.catalogue, load(arguments.bundle))
    facts = catalogue.build_index(lambda step: print(f"unisono: {step}", file=sys.stderr))
    if arguments.json:
        print(json.dumps([facts_json(one) for one in facts], indent=2))
    else:
        for one in facts:
            print(sentence(one))
    return 0


def facts_json(facts: IndexFacts) -> dict[str, object]:
    """One table as JSON promises it."""
    return {
        "table": facts.table,
        "vectors": facts.vectors,
        "recall_at_10": None if facts.recall is None else round(facts.recall, 4),
        "seconds": round(facts.seconds, 1),
        "bytes": facts.bytes,
    }


def sentence(facts: IndexFacts) -> str:
    """One table in words."""
    if facts.recall is None:
        return f"{facts.vectors:,} {facts.table}: searched exactly; an index would not help yet"
    size = "" if facts.bytes is None else f", {facts.bytes / 1e6:.1f} MB"
    return (
        f"{facts.vectors:,} {facts.table}: indexed in {facts.seconds:.0f} s{size}; "
        f"recall@10 {facts.recall:.1%} of exact search"
    )
