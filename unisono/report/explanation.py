"""Why these answers: which places of a query met which places of the best answers, as pictures."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from unisono.alignment.searching.evidence import Evidence, evidence
from unisono.data.modality import Modality
from unisono.data.places import Place
from unisono.report.agreement_drawing import TEXT, draw_agreement
from unisono.report.lettering import font, plain
from unisono.report.marks import LABELS
from unisono.report.places import spoken_place, spoken_stretch
from unisono.report.side_drawing import PAPER, draw_side

if TYPE_CHECKING:
    from unisono.alignment.catalogue import Catalogue
    from unisono.alignment.identifying.identify import Answer, Identification
    from unisono.alignment.searching.question import Term
    from unisono.alignment.searching.search import Hit
    from unisono.towers.space import Space

MOST_HITS = 3
WIDTH = 1000
_SIDE_HEIGHT, _PAGE_HEIGHT, _TEXT_ROW, _ASKED_ROW = 90, 420, 70, 4
_HITS = (
    "Each cell of a matrix compares a passage that asks with one of the answer: the darker, the "
    "more alike, counted in standard deviations above unrelated passages of the same two kinds. "
    "The framed part is the moment that search names; the numbers say which places met."
)
_ANSWERS = (
    "Each cell of a matrix compares a passage that asks with one of the answer: the darker, the "
    "more alike, counted in standard deviations above what the passage that asks has in common "
    "with all stored passages. The framed part is the place that was found, the boxes are the "
    "windows that met one after the other; the numbers say which places they are."
)
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:1000px;padding:0 1rem;"
    "color:#20262e;background:#fff}img{max-width:100%;height:auto}h2{margin-top:2.5rem}"
    "table{border-collapse:collapse}td,th{padding:.2rem 1.2rem .2rem 0;text-align:left}"
    "p.how{color:#4a525c}"
)


@dataclass(frozen=True)
class _Shown:
    """An answer as it is drawn: heading, file, where in it, and what speaks for it."""

    heading: str
    path: Path
    modality: Modality
    where: str
    evidence: Evidence | None


@dataclass(frozen=True)
class _Asking:
    """What asked: its name, its modality, and its file where it is one."""

    name: str
    modality: Modality
    file: Path | None


def explain_hits(
    space: Space, catalogues: Sequence[Catalogue], term: Term, hits: Sequence[Hit], path: Path
) -> None:
    """Write the best hits with what speaks for them to an .html or .png file.

    term: the part of the question whose places are shown, ``Question.pointing``.
    """
    file = term.source if isinstance(term.source, Path) else None
    asking = _Asking(file.name if file else f"\u201c{term.source}\u201d", term.query.modality, file)
    shown = []
    for hit in hits[:MOST_HITS]:
        catalogue = next(one for one in catalogues if one.where == hit.catalogue)
        stored = catalogue.passages([hit.id]).get(hit.id)
        found = evidence(space, term.query, hit.modality, stored)
        place = spoken_place(hit.moment)
        said = f"score {hit.score:.1f}" + (f", {place}" if place else "")
        heading = f"{hit.rank}. {_utf8(hit.title)} ({LABELS[hit.modality]}), {said}"
        shown.append(_Shown(heading, Path(hit.path), hit.modality, place, found))
    _write(asking, shown, f"Why these answers to {asking.name}?", _HITS, path)


def explain_answers(query: Path, found: Identification, path: Path) -> None:
    """Write the best answers of an identification to an .html or .png file."""
    asking = _Asking(query.name, found.modality, query)
    shown = [_shown_answer(answer) for answer in found.answers[:MOST_HITS]]
    _write(asking, shown, f"Which work is {query.name}?", _ANSWERS, path)


def _shown_answer(answer: Answer) -> _Shown:
    place = spoken_stretch(answer.place)
    sure = f"{100 * answer.probability:.0f}" if answer.probability <= 0.99 else "over 99"
    said = f"{sure} % sure" + (f", {place}" if place else "")
    by = f"{answer.composer}: " if answer.composer else ""
    heading = f"{answer.rank}. {_utf8(by + answer.title)} ({LABELS[answer.modality]}), {said}"
    return _Shown(heading, Path(answer.path), answer.modality, place, answer.evidence)


def _write(asking: _Asking, shown: Sequence[_Shown], title: str, how: str, path: Path) -> None:
    as_page = path.suffix.lower() == ".html"
    pictures = [_picture(asking, one, not as_page) for one in shown]
    if not as_page:
        _stacked(pictures).save(path)
        return
    sections = "".join(_section(one, picture) for one, picture in zip(shown, pictures, strict=True))
    path.write_text(
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">"
        f"<title>unisono: why</title><style>{_STYLE}</style></head><body>"
        f"<h1>{escape(_utf8(title))}</h1>"
        f'<p class="how">{escape(how)}</p>'
        f"{sections}</body></html>\n",
        encoding="utf-8",
    )


def _picture(asking: _Asking, one: _Shown, titled: bool) -> Image.Image:
    parts = [_line(one.heading, 18)] if titled else []
    if one.evidence is None:
        parts.append(_line("compared as a whole: it has no places", 14))
        if one.modality is Modality.COVER:
            parts.append(draw_side(one.path, one.modality, (), WIDTH, _PAGE_HEIGHT))
        return _stacked(parts)
    met = one.evidence.meetings()
    if asking.file is not None:
        parts.append(_line(f"asked: {_utf8(asking.file.name)}", 14))
        parts.append(_side(asking.file, asking.modality, [meeting.asked for meeting in met]))
    rows = len(one.evidence.agreement)
    height = 48 + (min(320, max(120, _ASKED_ROW * rows)) if rows > 1 else _TEXT_ROW)
    parts.append(draw_agreement(one.evidence, WIDTH, height))
    parts.append(_line(f"answer: {_utf8(one.path.name)}, {one.where}", 14))
    parts.append(_side(one.path, one.modality, [meeting.found for meeting in met]))
    return _stacked(parts)


def _side(path: Path, modality: Modality, marked: Sequence[Place | None]) -> Image.Image:
    height = _PAGE_HEIGHT if modality is Modality.SHEET else _SIDE_HEIGHT
    return draw_side(path, modality, marked, WIDTH, height)


def _section(one: _Shown, picture: Image.Image) -> str:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    content = base64.b64encode(buffer.getvalue()).decode("ascii")
    rows = "".join(
        f"<tr><td>{number}</td><td>{spoken_place(met.asked) or 'the text'}</td>"
        f"<td>{spoken_place(met.found)}</td><td>{met.score:.1f}</td></tr>"
        for number, met in enumerate(one.evidence.meetings() if one.evidence else (), start=1)
    )
    table = (
        f"<table><thead><tr><th></th><th>asked</th><th>met</th><th>score</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
        if rows
        else ""
    )
    title = escape(one.heading)
    return (
        f"<section><h2>{title}</h2><p>{escape(_utf8(str(one.path)))}</p>"
        f'<img alt="Agreement of the query with {title}" src="data:image/png;base64,{content}">'
        f"{table}</section>"
    )


def _line(text: str, size: int) -> Image.Image:
    image = Image.new("RGB", (WIDTH, size + 12), PAPER)
    ImageDraw.Draw(image).text((4, 6), plain(text), TEXT, font(size))
    return image


def _stacked(parts: Sequence[Image.Image]) -> Image.Image:
    """Pictures one below the other."""
    image = Image.new("RGB", (WIDTH, sum(part.height for part in parts) + 16), PAPER)
    y = 0
    for part in parts:
        image.paste(part, (0, y))
        y += part.height
    return image


def _utf8(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
