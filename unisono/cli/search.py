"""Ask catalogues with texts and files; items of every modality answer.

An argument that names an existing file is a file, anything else a text. Scores are standard
deviations above unrelated pairs of the same two modalities, so they compare across modalities.
The moment is where in the item the best match lies.

examples:
  unisono search "calm solo piano, minor key"
  unisono search photo_of_page.png --want audio
  unisono search take.mp3 --and "with strings" --want audio
  unisono search --more like_this.mp3 --less not_like_that.mp3
  unisono search take.mp3 --want midi,sheet -k 5
  unisono search "string quartet" --where "composer = 'Haydn' AND duration_s > 120"
  unisono search "waltz" -c home.lance -c archive.lance
  unisono search page.png --want audio --explain why.html
  unisono search "slow" --json | jq '.[0].path'

--and asks for several things together. --more and --less give examples: an item's score is the
weighted sum of its scores for all of them, 1 shared by what is asked for, 0.75 shared by --more,
-0.5 shared by --less, over the root of the sum of the squares, so that it keeps its unit.
A work answers once in each modality: items with the same composer and title, or in one folder
under one name; --all-versions shows all.
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

from unisono.cli.arguments import (
    add_bundle,
    add_catalogues,
    add_json,
    item,
    modalities,
    picture_file,
    places,
    positive,
)
from unisono.cli.entry import UsageError
from unisono.cli.table import place_json, shown_path, shown_place, table

if TYPE_CHECKING:
    from unisono.alignment.searching.search import Hit
    from unisono.cli.entry import Load


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("query", nargs="?", help="a text, or a file of any modality")
    parser.add_argument(
        "--and", action="append", default=[], dest="also", metavar="QUERY", help="ask for this too"
    )
    parser.add_argument(
        "--more", action="append", default=[], metavar="QUERY", help="a text or file to be like"
    )
    parser.add_argument(
        "--less", action="append", default=[], metavar="QUERY", help="a text or file to be unlike"
    )
    add_catalogues(parser)
    parser.add_argument(
        "--want",
        action="append",
        default=[],
        metavar="MODALITY",
        help="what may answer: audio, text, cover, sheet, midi; repeated or with commas",
    )
    parser.add_argument("-k", type=positive, default=10, help="how many answers (default: 10)")
    parser.add_argument("--where", metavar="SQL", help="a condition on the items' columns")
    parser.add_argument("--text", action="store_true", help="take queries as texts in any case")
    parser.add_argument(
        "--itself", action="store_true", help="let the very file that asks be an answer"
    )
    parser.add_argument(
        "--all-versions", action="store_true", help="let a work answer more than once"
    )
    parser.add_argument(
        "--explain",
        metavar="FILE",
        help="draw what met what in the best answers, into an .html or .png file",
    )
    add_bundle(parser)
    add_json(parser)


def run(arguments: argparse.Namespace, load: Load) -> int:
    """Print the answers."""
    named = [] if arguments.query is None else [arguments.query]
    asked, more, less = (
        [item(word, text=arguments.text) for word in words]
        for words in (named + arguments.also, arguments.more, arguments.less)
    )
    if not asked and not more:
        raise UsageError("there is nothing to look for; give a text or a file, or --more")
    want = modalities(arguments.want)
    picture = picture_file(arguments.explain)

    from concurrent.futures import ThreadPoolExecutor

    from unisono.alignment.catalogue import Catalogue
    from unisono.alignment.searching.search import Options, encode, search
    from unisono.data.modality import Modality

    space = load(arguments.bundle)
    texts = [word for word in (*asked, *more, *less) if isinstance(word, str)]
    with ThreadPoolExecutor(1) as pool:
        # The text model opens while LanceDB is imported; each takes a good part of a second.
        opened = pool.submit(space.encode, texts) if texts else None
        catalogues = [Catalogue(where, space) for where in places(arguments)]
        if opened is not None:
            opened.result()
    terms = encode(catalogues, asked, more, less)
    options = Options(
        want=want or tuple(Modality),
        k=arguments.k,
        where=arguments.where,
        itself=arguments.itself,
        all_versions=arguments.all_versions,
    )
    hits = search(catalogues, terms, options)
    for catalogue in catalogues:
        if advice := catalogue.index_advice():
            print(f"unisono: {advice}", file=sys.stderr)
    if picture is not None and hits:
        from unisono.report.explanation import explain_hits

        explain_hits(space, catalogues, terms.pointing, hits, picture)
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
