"""Why these answers: which places of a query met which places of the best answers, as pictures."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
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
from unisono.report.places import spoken_place
from unisono.report.side_drawing import PAPER, draw_side

if TYPE_CHECKING:
    from unisono.alignment.catalogue import Catalogue
    from unisono.alignment.searching.question import Term
    from unisono.alignment.searching.search import Hit
    from unisono.towers.space import Space

MOST_HITS = 3
WIDTH = 1000
_SIDE_HEIGHT, _PAGE_HEIGHT, _TEXT_ROW, _ASKED_ROW = 90, 420, 70, 4
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:1000px;padding:0 1rem;"
    "color:#20262e;background:#fff}img{max-width:100%;height:auto}h2{margin-top:2.5rem}"
    "table{border-collapse:collapse}td,th{padding:.2rem 1.2rem .2rem 0;text-align:left}"
    "p.how{color:#4a525c}"
)


def explain_hits(
    space: Space, catalogues: Sequence[Catalogue], term: Term, hits: Sequence[Hit], path: Path
) -> None:
    """Write the best hits with what speaks for them to an .html or .png file.

    term: the part of the question whose places are shown, ``Question.pointing``.
    """
    shown = hits[:MOST_HITS]
    found = [_evidence_of(space, catalogues, term, hit) for hit in shown]
    as_page = path.suffix.lower() == ".html"
    pictures = [
        _picture(term, hit, one, not as_page) for hit, one in zip(shown, found, strict=True)
    ]
    if not as_page:
        _stacked(pictures).save(path)
        return
    sections = "".join(
        _section(hit, one, picture)
        for hit, one, picture in zip(shown, found, pictures, strict=True)
    )
    asked = term.source.name if isinstance(term.source, Path) else f"\u201c{term.source}\u201d"
    path.write_text(
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">"
        f"<title>unisono: why</title><style>{_STYLE}</style></head><body>"
        f"<h1>Why these answers to {escape(_utf8(asked))}?</h1>"
        '<p class="how">Each cell of a matrix compares a passage that asks with one of the '
        "answer: the darker, the more alike, counted in standard deviations above unrelated "
        "passages of the same two kinds. The framed part is the moment that search names; the "
        "numbers say which places met.</p>"
        f"{sections}</body></html>\n",
        encoding="utf-8",
    )


def _evidence_of(
    space: Space, catalogues: Sequence[Catalogue], term: Term, hit: Hit
) -> Evidence | None:
    catalogue = next(one for one in catalogues if one.where == hit.catalogue)
    stored = catalogue.passages([hit.id]).get(hit.id)
    return evidence(space, term.query, hit.modality, stored)


def _picture(term: Term, hit: Hit, found: Evidence | None, titled: bool) -> Image.Image:
    parts = [_line(f"{hit.rank}. {_title(hit)}", 18)] if titled else []
    if found is None:
        parts.append(_line("compared as a whole: it has no places", 14))
        if hit.modality is Modality.COVER:
            parts.append(draw_side(Path(hit.path), hit.modality, (), WIDTH, _PAGE_HEIGHT))
        return _stacked(parts)
    met = found.meetings()
    if isinstance(term.source, Path):
        asked = [meeting.asked for meeting in met]
        parts.append(_line(f"asked: {_utf8(term.source.name)}", 14))
        parts.append(_side(term.source, term.query.modality, asked))
    rows = len(found.agreement)
    height = 48 + (min(320, max(120, _ASKED_ROW * rows)) if rows > 1 else _TEXT_ROW)
    parts.append(draw_agreement(found, WIDTH, height))
    parts.append(_line(f"answer: {_utf8(Path(hit.path).name)}, {spoken_place(hit.moment)}", 14))
    parts.append(_side(Path(hit.path), hit.modality, [meeting.found for meeting in met]))
    return _stacked(parts)


def _side(path: Path, modality: Modality, marked: Sequence[Place | None]) -> Image.Image:
    height = _PAGE_HEIGHT if modality is Modality.SHEET else _SIDE_HEIGHT
    return draw_side(path, modality, marked, WIDTH, height)


def _section(hit: Hit, found: Evidence | None, picture: Image.Image) -> str:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    content = base64.b64encode(buffer.getvalue()).decode("ascii")
    rows = "".join(
        f"<tr><td>{number}</td><td>{spoken_place(met.asked) or 'the text'}</td>"
        f"<td>{spoken_place(met.found)}</td><td>{met.score:.1f}</td></tr>"
        for number, met in enumerate(found.meetings() if found else (), start=1)
    )
    table = (
        f"<table><thead><tr><th></th><th>asked</th><th>met</th><th>score</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
        if rows
        else ""
    )
    title = escape(_utf8(_title(hit)))
    return (
        f"<section><h2>{hit.rank}. {title}</h2><p>{escape(_utf8(hit.path))}</p>"
        f'<img alt="Agreement of the query with {title}" src="data:image/png;base64,{content}">'
        f"{table}</section>"
    )


def _title(hit: Hit) -> str:
    place = spoken_place(hit.moment)
    where = f", {place}" if place else ""
    return f"{_utf8(hit.title)} ({LABELS[hit.modality]}), score {hit.score:.1f}{where}"


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
