"""The words on a page that Verovio drew, which Skia's SVG module does not draw.

Letters are drawn by Skia in a serif; notes among words (a metronome mark) are glyphs of the music
font, which are put back into the SVG as shapes.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from unisono.data.scores.typeface import serif

_TEXT = re.compile(r"<text ([^>]*)>(.*?)</text>", re.S)
_SPAN = re.compile(r'font-size="([\d.]+)px"[^>]*>([^<]+)<')
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
_HAS_PLACE = re.compile(r'(?:^|\s)[xy]="')
_PLACED_SPAN = re.compile(r'<tspan ([^>]*\b[xy]="[^>]*)>')
_GLYPH_OUTLINE = re.compile(r' d="([^"]*)"')
_MUSIC = re.compile("[\ue000-\uf8ff]")
_RUNS = re.compile("[\ue000-\uf8ff]|[^\ue000-\uf8ff]+")
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'"}
_WARNING = "\u26a0"  # which Verovio puts where a Humdrum file marks a problem of its source
_FALLBACK_FONTS = ("Leipzig", "Bravura")
_WIDE_FAMILY, _NARROWED = "DejaVu", 0.86  # Verovio keeps room for letters as wide as Times'


@dataclass(frozen=True, slots=True)
class TextRun:
    """Letters of one size, or one glyph of music; x, y, size in the page's internal units."""

    content: str
    x: float
    y: float
    size: float

    @property
    def is_music(self) -> bool:
        """Whether it is a glyph of the music font."""
        return _MUSIC.match(self.content) is not None


def text_runs(svg: str, music_font: str) -> list[TextRun]:
    """Everything in ``<text>``, placed.

    Raises NoTypefaceError where there are words and no font to draw them with.
    """
    return [
        run
        for match in _TEXT.finditer(svg)
        for attributes, content in _placed(match[1], match[2])
        for run in _runs(attributes, content, music_font)
    ]


def letters(size: float) -> Any:
    """The ``skia.Font`` for words."""
    import skia

    typeface = serif()
    font = skia.Font(typeface, size)
    if typeface.getFamilyName().startswith(_WIDE_FAMILY):
        font.setScaleX(_NARROWED)
    return font


def glyph_shape(run: TextRun, music_font: str) -> str:
    """A music glyph as an SVG path; nothing where no font has it."""
    outline, _ = _glyph(run.content, music_font)
    if not outline:
        return ""
    scale = run.size / 1000
    place = f"translate({run.x:.0f},{run.y:.0f}) scale({scale:.3f},{-scale:.3f})"
    return f'<path transform="{place}" d="{outline}"/>'


def _placed(attributes: str, content: str) -> list[tuple[str, str]]:
    """Attributes that name a place, and what stands there: titles name it further in.

    A coordinate that is 0 is not written.
    """
    if _HAS_PLACE.search(attributes):
        return [(attributes, content)]
    spans = list(_PLACED_SPAN.finditer(content))
    ends = [span.start() for span in spans[1:]] + [len(content)]
    return [(span[1], content[span.end() : end]) for span, end in zip(spans, ends, strict=True)]


def _runs(attributes: str, content: str, music_font: str) -> Iterator[TextRun]:
    found = dict(_ATTRIBUTE.findall(attributes))
    spans = _SPAN.findall(content)
    pieces = [
        (piece, float(size))
        for size, span in spans
        for piece in _RUNS.findall(_printable(_unescape(span)))
    ]
    widths = [_width(piece, size, music_font) for piece, size in pieces]
    anchor = found.get("text-anchor")
    back = {"end": 1.0, "middle": 0.5}.get(anchor or "", 0.0)
    x = float(found.get("x", 0)) - back * sum(widths)
    for (piece, size), width in zip(pieces, widths, strict=True):
        yield TextRun(piece, x, float(found.get("y", 0)), size)
        x += width


def _width(piece: str, size: float, music_font: str) -> float:
    if _MUSIC.match(piece):
        return _glyph(piece, music_font)[1] * size / 1000
    return float(letters(size).measureText(piece))


@lru_cache(maxsize=512)
def _glyph(character: str, music_font: str) -> tuple[str, float]:
    """Outline and advance width of a glyph, 1000 to the em; nothing where no font has it."""
    code = f"{ord(character):04X}"
    specification = importlib.util.find_spec("verovio")
    folders = (specification and specification.submodule_search_locations) or []
    for font in dict.fromkeys((music_font, *_FALLBACK_FONTS)):
        for folder in folders:
            drawn = Path(folder, "data", font, f"{code}.xml")
            if drawn.is_file():
                outline = _GLYPH_OUTLINE.search(drawn.read_text())
                table = Path(folder, "data", f"{font}.xml").read_text()
                advance = re.search(rf'<g c="{code}"[^>]* h-a-x="([\d.]+)"', table)
                return (outline[1] if outline else ""), (float(advance[1]) if advance else 0.0)
    return "", 0.0


def _printable(text: str) -> str:
    """Without editors' warning signs, and without what would be an empty box in this typeface."""
    typeface = serif()
    return "".join(
        character
        for character in text
        if _MUSIC.match(character)
        or (character != _WARNING and typeface.unicharToGlyph(ord(character)))
    )


def _unescape(text: str) -> str:
    for entity, character in _ENTITIES.items():
        text = text.replace(entity, character)
    return text
