"""First editions of Chopin as Humdrum kern: several editions of a piece, some single parts."""

from __future__ import annotations

import random
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from unisono.data.corpus import Piece, PieceFacts, piece_from_engraving
from unisono.data.engraving import engrave
from unisono.data.errors import ReadError
from unisono.data.sources.entry import Entry, Media, SourceFacts
from unisono.data.sources.layout import check_layout, parquet_rows
from unisono.data.sources.openscore import random_layout
from unisono.data.sources.works import work_key

LICENCE = "CC BY 4.0"

_PARTS = {"violoncello": "cello", "violin": "violin"}
"""How file names of ensemble works name a part -> instrument word; the other files are piano."""


class ChopinSource:
    """One entry an edition of a piece, or a part of it; ``related["piece"]`` joins editions."""

    facts = SourceFacts(
        name="chopin",
        title="Chopin first editions of the Fryderyk Chopin Institute",
        homepage="https://github.com/pl-wnifc/humdrum-chopin-first-editions",
        licence=LICENCE,
        citation="The Fryderyk Chopin Institute, https://chopinscores.org",
        revision="95dfb105c1669c72d10b04088566154f12d3dc1c",
        layout="kern.zip, editions.parquet",
        gives=("score", "tags"),
    )

    def entries(self, root: Path) -> Iterator[Entry]:
        """Every edition in order of file name; raises SourceLayoutError."""
        check_layout(root, self.facts, ["kern.zip", "editions.parquet"])
        return self._entries(root)

    def _entries(self, root: Path) -> Iterator[Entry]:
        with zipfile.ZipFile(root / "kern.zip") as archive:
            members = set(archive.namelist())
        rows = parquet_rows(root / "editions.parquet")
        for row in sorted(rows, key=lambda row: str(row["file"])):
            if row["file"] not in members:
                continue
            identifier = row["file"].removesuffix(".krn")
            instrument = part_instrument(identifier)
            work = _work(row["work"], _piece(row["file"]))
            facts = PieceFacts(
                collection="chopin",
                identifier=identifier,
                title=row["title"],
                composer="Frédéric Chopin",
                licence=LICENCE,
                instruments=(instrument,),
                work=work,
            )
            yield Entry(
                identifier=identifier,
                work=work,
                split=row["split"],
                title=row["title"] or row["opus"] or identifier,
                composer=facts.composer,
                licence=LICENCE,
                media={"score": (Media(root / "kern.zip", member=row["file"]),)},
                tags=(instrument,),
                related=_related(row),
                load_piece=partial(load_piece, root / "kern.zip", row["file"], facts),
            )


def load_piece(archive: Path, member: str, facts: PieceFacts, *, seed: int = 0) -> Piece:
    """Engrave a kern file with a layout drawn from its name and ``seed``; raises ReadError."""
    try:
        with zipfile.ZipFile(archive) as opened:
            kern = opened.read(member).decode("utf-8")
    except (KeyError, zipfile.BadZipFile, UnicodeDecodeError) as error:
        raise ReadError(archive, f"has no readable {member}", "download it again") from error
    layout = random_layout(random.Random(f"{facts.identifier} {seed}"))
    engraving = engrave(kern, layout, name=f"{archive}/{member}")
    staves = max(len(system.staves) for system in engraving.systems)
    return piece_from_engraving(engraving, replace(facts, instruments=facts.instruments * staves))


def part_instrument(identifier: str) -> str:
    """The instrument whose part a file of an ensemble work is; otherwise piano."""
    for mark, instrument in _PARTS.items():
        if mark in identifier.lower():
            return instrument
    return "piano"


def _work(number: str, piece: str) -> str:
    """The opus, or for works without one what stands before the edition in the file's name."""
    if number.isdigit():
        return work_key("Chopin", f"Op. {int(number)} No. {int(piece)}")
    return f"chopin {number.split('-')[0].lower()}"


def _piece(file: str) -> str:
    """The number of a piece or movement within its opus: the last three figures of its file."""
    figures = re.search(r"-(\d{3})(?=[-.])", file)
    return figures.group(1) if figures else "001"


def _related(row: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    piece = f"{row['work']}-{_piece(row['file'])}"
    return {"piece": (piece,), **({"publisher": (row["publisher"],)} if row["publisher"] else {})}


SOURCE = ChopinSource()
