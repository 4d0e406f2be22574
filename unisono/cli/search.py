"""Ask a catalogue with a text or a file; items of every modality answer.

An argument that names an existing file is a file, anything else a text. Scores are standard
deviations above unrelated pairs of the same two modalities, so they compare across modalities.
The moment is where in the item the best match lies.

examples:
  unisono search "calm solo piano, minor key"
  unisono search photo_of_page.png --want audio
  unisono search take.mp3 --want midi,sheet -k 5
  unisono search "string quartet" --where "composer = 'Haydn' AND duration_s > 120"
  unisono search "slow" --json | jq '.[0].path'

--json prints a list, best first, of
  {"rank", "score", "modality", "title", "path", "moment"}
with the moment {"start_s", "end_s"}, {"page", "system", "x0", "x1"} or null.
--where knows the columns path, modality, title, composer, artist, album, year, duration_s.
Exit code 1 says that nothing was found.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from unisono.cli.arguments import add_bundle, add_catalogue, add_json, item, modalities, positive
from unisono.cli.table import place_json, shown_path, shown_place, table

if TYPE_CHECKING:
    from unisono.alignment.search import Hit
    from unisono.cli.entry import Load


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("query", help="a text, or a file of any modality")
    add_catalogue(parser)
    parser.add_argument(
        "--want",
        action="append",
        default=[],
        metavar="MODALITY",
        help="what may answer: audio, text, cover, sheet, midi; repeated or with commas",
    )
    parser.add_argument("-k", type=positive, default=10, help="how many answers (default: 10)")
    parser.add_argument("--where", metavar="SQL", help="a condition on the items' columns")
    parser.add_argument("--text", action="store_true", help="take the query as text in any case")
    parser.add_argument(
        "--itself", action="store_true", help="let the very file that asks be an answer"
    )
    add_bundle(parser)
    add_json(parser)


def run(arguments: argparse.Namespace, load: Load) -> int:
    """Print the answers."""
    query = item(arguments.query, text=arguments.text)
    want = modalities(arguments.want)

    from concurrent.futures import ThreadPoolExecutor

    from unisono.alignment.catalogue import Catalogue

    space = load(arguments.bundle)
    with ThreadPoolExecutor(1) as pool:
        # The text model opens while LanceDB is imported; each takes a good part of a second.
        opened = pool.submit(space.encode, [query]) if isinstance(query, str) else None
        catalogue = Catalogue(arguments.catalogue, space)
        if opened is not None:
            opened.result()
    hits = catalogue.search(
        query,
        want=want or None,
        k=arguments.k,
        where=arguments.where,
        itself=arguments.itself,
    )
    if arguments.json:
        print(json.dumps([hit_json(hit) for hit in hits], ensure_ascii=False, indent=2))
    elif hits:
        print(hits_table(hits))
    else:
        print("unisono: nothing in the catalogue answers that", file=sys.stderr)
    return 0 if hits else 1


def hit_json(hit: Hit) -> dict[str, object]:
    """One answer as JSON promises it."""
    return {
        "rank": hit.rank,
        "score": round(hit.score, 4),
        "modality": str(hit.modality),
        "title": hit.title,
        "path": hit.path,
        "moment": place_json(hit.moment),
    }


def hits_table(hits: list[Hit]) -> str:
    """The answers as a table."""
    rows = [
        (
            str(hit.rank),
            f"{hit.score:.2f}",
            str(hit.modality),
            hit.title,
            shown_path(hit.path),
            shown_place(hit.moment),
        )
        for hit in hits
    ]
    header = ("rank", "score", "modality", "title", "path", "moment")
    return table(header, rows, right=(0, 1), shrink=(4, 3))
