"""Say which work a recording, a page or a MIDI file is, where in it, and how sure that is.

Passages of the query vote for the works whose passages they resemble, and the works with most
votes are lined up with it. What comes out is a probability; where none of the works reaches one
half, the answer is that it is none of these.

examples:
  unisono identify take.mp3
  unisono identify photo_of_page.png -c scores.lance
  unisono identify sketch.mid --want sheet -k 3
  unisono identify concert.flac --from 90 --to 120
  unisono identify take.mp3 -c home.lance -c archive.lance --explain why.html
  unisono identify take.mp3 --json | jq '.answers[0].title'

"from" and "to" are where the query lies in the work: the first and the last place that met.
A work is what has one composer and title, or one folder and name; its versions answer together,
and the one that fits best is shown. The very file that asks may answer, unless --not-itself.
--json prints {"identified", "none", "modality", "works", "passages", "answers"}; each answer has
  {"rank", "probability", "title", "composer", "modality", "path", "place", "asked", "evidence"}
with "place" in the work and "asked" in the query {"start_s", "end_s"}, or on pages {"from", "to"},
each {"page", "system", "x0", "x1"}, or null, and "evidence"
  {"votes", "gain", "by_chance", "consistent", "margin", "passages"}.
Exit code 1 says that it is none of the works in the catalogue.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
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
from unisono.cli.table import clock, place_json, printable, shown_path, shown_place, table

if TYPE_CHECKING:
    from unisono.alignment.identifying.identify import Answer, Identification
    from unisono.alignment.identifying.stretches import Stretch
    from unisono.cli.entry import Load


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("query", help="a recording, a page or pages of music, or a MIDI file")
    add_catalogues(parser)
    parser.add_argument("-k", type=positive, default=5, help="how many answers (default: 5)")
    parser.add_argument(
        "--want",
        action="append",
        default=[],
        metavar="MODALITY",
        help="what may answer: audio, sheet, midi; repeated or with commas",
    )
    parser.add_argument("--from", type=_seconds, dest="start_s", metavar="S", help="ask from here")
    parser.add_argument("--to", type=_seconds, dest="end_s", metavar="S", help="and up to here")
    parser.add_argument(
        "--not-itself", action="store_true", help="the very file that asks is no answer"
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
    query = item(arguments.query)
    if not isinstance(query, Path):
        raise UsageError(
            f"{arguments.query}: there is no such file; name a recording, a page or a MIDI file"
        )
    want = _wanted(arguments.want)
    start_s, end_s = arguments.start_s, arguments.end_s
    if end_s is not None and end_s <= (start_s or 0.0):
        raise UsageError(f"--to {end_s:g} is not after --from {start_s or 0:g}")
    drawing = picture_file(arguments.explain)

    from unisono.alignment.catalogue import Catalogue
    from unisono.alignment.identifying.identify import identify

    space = load(arguments.bundle)
    catalogues = [Catalogue(where, space) for where in places(arguments)]
    found = identify(
        catalogues,
        query,
        k=arguments.k,
        want=want or None,
        start_s=start_s,
        end_s=end_s,
        itself=not arguments.not_itself,
    )
    if drawing is not None and found.answers:
        from unisono.report.explanation import explain_answers

        explain_answers(query, found, drawing)
    if arguments.json:
        print(json.dumps(identification_json(found), ensure_ascii=False, indent=2))
    elif found.answers:
        print(answers_table(found))
    if found.best is None:
        print(f"unisono: {none_of_these(found)}", file=sys.stderr)
    return 0 if found.best is not None else 1


def none_of_these(found: Identification) -> str:
    """One sentence for a query that is most likely not in the catalogue."""
    if not found.answers:
        return "none of these: nothing in the catalogue resembles it"
    first = found.answers[0]
    return printable(
        f"none of these, as far as can be heard and seen: the nearest of {found.works} works, "
        f"{first.title}, is it with {_percent(first.probability)} only"
    )


def identification_json(found: Identification) -> dict[str, object]:
    """All of it as JSON promises it."""
    return {
        "identified": found.best is not None,
        "none": round(found.none, 4),
        "modality": str(found.modality),
        "works": found.works,
        "passages": found.passages,
        "answers": [answer_json(answer) for answer in found.answers],
    }


def answer_json(answer: Answer) -> dict[str, object]:
    """One answer as JSON promises it."""
    grounds = answer.grounds
    return {
        "rank": answer.rank,
        "probability": round(answer.probability, 4),
        "title": answer.title,
        "composer": answer.composer,
        "modality": str(answer.modality),
        "path": answer.path,
        "place": _stretch_json(answer.place),
        "asked": _stretch_json(answer.asked),
        "evidence": {
            "votes": round(grounds.votes, 4),
            "gain": round(grounds.gain, 4),
            "by_chance": round(grounds.by_chance, 4),
            "consistent": round(grounds.consistent, 4),
            "margin": round(grounds.margin, 4),
            "passages": grounds.passages,
        },
    }


def answers_table(found: Identification) -> str:
    """The answers as a table."""
    rows = [
        (
            str(answer.rank),
            _percent(answer.probability),
            answer.title,
            answer.composer or "",
            str(answer.modality),
            shown_path(answer.path),
            *_ends(answer.place),
        )
        for answer in found.answers
    ]
    header = ("rank", "sure", "title", "composer", "modality", "path", "from", "to")
    return table(header, rows, right=(0, 1), shrink=(5, 2, 3))


def _ends(place: Stretch | None) -> tuple[str, str]:
    if place is None:
        return "", ""
    if place.span is not None:
        return clock(place.span.start_s), clock(place.span.end_s)
    return shown_place(place.first), shown_place(place.last)


def _stretch_json(place: Stretch | None) -> dict[str, object] | None:
    if place is None:
        return None
    if place.span is not None:
        return dict(place_json(place.span) or {})
    return {"from": place_json(place.first), "to": place_json(place.last)}


def _percent(probability: float) -> str:
    if probability < 0.01:
        return "< 1 %"
    return "> 99 %" if probability > 0.99 else f"{100 * probability:.0f} %"


def _wanted(values: list[str]) -> list[str]:
    from unisono.data.modality import Modality

    wanted = modalities(values)
    for modality in wanted:
        if modality in (Modality.TEXT, Modality.COVER):
            raise UsageError(
                f"--want {modality}: it has no passages; audio, sheet and midi may answer"
            )
    return [str(modality) for modality in wanted]


def _seconds(word: str) -> float:
    number = float(word)
    if not (math.isfinite(number) and number >= 0):
        raise argparse.ArgumentTypeError(f"{word} is no time; give seconds from the beginning")
    return number
