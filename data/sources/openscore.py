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

_INSTRUMENTS = (  # the first that fits: a violoncello is no violon, a harpsichord no harp
    ("harpsichord", ("harpsichord", "cembalo", "clavecin")),
    ("piano", ("piano", "klavier", "pf", "clav")),
    ("cello", ("cello", "violoncel", "vc")),
    ("double bass", ("double bass", "contrabass", "kontrabass", "contrebasse")),
    ("violin", ("violin", "geige", "violon")),
    ("viola", ("viola", "bratsche", "alto (")),
    ("recorder", ("recorder", "blockfl")),
    ("flute", ("flute", "flûte", "flöte", "flauto", "piccolo")),
    ("oboe", ("oboe", "hautbois")),
    ("clarinet", ("clarinet", "klarinette", "basset horn")),
    ("bassoon", ("bassoon", "fagott", "basson")),
    ("english horn", ("english horn", "cor anglais", "englischhorn")),
    ("saxophone", ("saxo",)),
    ("trumpet", ("trumpet", "trompet", "tromba")),
    ("trombone", ("trombone", "posaune")),
    ("tuba", ("tuba",)),
    ("horn", ("horn", "corno")),
    ("timpani", ("timpani", "pauken")),
    ("organ", ("organ", "orgel", "orgue")),
    ("guitar", ("guitar", "gitarre", "chitarra")),
    ("lute", ("lute", "laute")),
    ("harp", ("harp", "harfe")),
    ("voice", ("voice", "vocal", "singstimme", "gesang", "canto", "chant", "sopran", "tenor")),
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
    """Instrument word of each staff from the top, by part names.

    A part of another name is a voice if it has words to sing, else "".
    """
    root = ElementTree.fromstring(xml)
    names = {
        part.get("id", ""): part.findtext("part-name") or "" for part in root.iter("score-part")
    }
    words: list[str] = []
    for part in root.iter("part"):
        staves = max((int(s.text or 1) for s in part.iter("staves")), default=1)
        named = _instrument(names.get(part.get("id", ""), ""))
        sung = "voice" if next(part.iter("lyric"), None) is not None else ""
        words.extend([named or sung] * staves)
    return tuple(words)


def _instrument(name: str) -> str:
    lowered = name.lower()
    return next((w for w, marks in _INSTRUMENTS if any(m in lowered for m in marks)), "")
