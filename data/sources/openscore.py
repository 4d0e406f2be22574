"""OpenScore's songs and string quartets (MusicXML), engraved with a layout of their own each."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

from unisono.data.corpus import Piece, PieceFacts, piece_from_engraving
from unisono.data.engraving import draw_layout, engrave
from unisono.data.readers.musicxml import read_musicxml

random_layout = draw_layout
"""The layout of a piece; kept under this name for those who draw one beside these sources."""

_FAMILIES = (  # the first that fits: a violoncello is no violon, a harpsichord no harp
    ("piano", ("piano", "klavier", "pf", "clav", "harpsichord", "cembalo")),
    ("cello", ("cello", "violoncel", "vc")),
    ("violin", ("violin", "geige", "violon")),
    ("viola", ("viola", "bratsche", "alto (")),
    ("flute", ("flute", "flöte", "flauto")),
    ("oboe", ("oboe",)),
    ("clarinet", ("clarinet", "klarinette")),
    ("horn", ("horn",)),
    ("organ", ("organ", "orgel")),
    ("guitar", ("guitar", "gitarre", "lute", "harp")),
)


def songs(root: Path, split: str) -> Iterator[PieceFacts]:
    """Facts of every song of a split of the lieder folder."""
    import pyarrow.parquet as parquet

    for row in parquet.read_table(root / "songs.parquet").to_pylist():
        if row["split"] == split:
            yield PieceFacts(
                collection="lieder",
                identifier=row["id"],
                title=row["title"],
                composer=row["composer"],
                licence="CC0 1.0",
                instruments=(),
            )


def quartets(root: Path, split: str) -> Iterator[PieceFacts]:
    """Facts of every quartet of a split of the quartets folder."""
    import pyarrow.parquet as parquet

    for row in parquet.read_table(next(root.glob("*.parquet"))).to_pylist():
        if row["split"] == split:
            family, _, given = row["composer"].partition(", ")
            yield PieceFacts(
                collection="quartets",
                identifier=row["id"],
                title=row["work"],
                composer=f"{given} {family}".strip(),
                licence="CC0 1.0",
                instruments=(),
            )


def load_piece(root: Path, facts: PieceFacts, *, seed: int = 0) -> Piece:
    """Engrave one score with a layout drawn from its name and ``seed``."""
    xml = read_musicxml(root / "scores" / f"{facts.identifier}.mxl")
    layout = draw_layout(random.Random(f"{facts.identifier} {seed}"))
    engraving = engrave(xml, layout, name=facts.identifier)
    named = replace(facts, instruments=staff_instruments(xml))
    return piece_from_engraving(engraving, named)


def staff_instruments(xml: str) -> tuple[str, ...]:
    """Instrument word of each staff from the top, by part names; ``voice`` where none fits."""
    root = ElementTree.fromstring(xml)
    names = {
        part.get("id", ""): part.findtext("part-name") or "" for part in root.iter("score-part")
    }
    words: list[str] = []
    for part in root.iter("part"):
        staves = max((int(s.text or 1) for s in part.iter("staves")), default=1)
        words.extend([_family(names.get(part.get("id", ""), ""))] * staves)
    return tuple(words)


def _family(name: str) -> str:
    lowered = name.lower()
    for word, marks in _FAMILIES:
        if any(mark in lowered for mark in marks):
            return word
    return "voice"
