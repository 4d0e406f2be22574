"""OpenScore's string quartets: MusicXML, split by composer."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from unisono.data.corpus import PieceFacts
from unisono.data.sources.entry import Entry, SourceFacts
from unisono.data.sources.layout import check_layout, found, parquet_rows
from unisono.data.sources.openscore import load_piece
from unisono.data.sources.works import work_key

LICENCE = "CC0 1.0"


class QuartetsSource:
    """One entry a score: a whole quartet or a movement."""

    facts = SourceFacts(
        name="quartets",
        title="OpenScore String Quartets",
        homepage="https://github.com/OpenScore/StringQuartets",
        licence=LICENCE,
        citation="OpenScore String Quartets, https://github.com/OpenScore/StringQuartets",
        revision="2c723a5b7b4ea5420826116dfa912956c6a022c2",
        layout="quartets.parquet, scores/<id>.mxl",
        gives=("score", "tags"),
    )

    def entries(self, root: Path) -> Iterator[Entry]:
        """Every score in order of id; raises SourceLayoutError."""
        check_layout(root, self.facts, ["quartets.parquet"])
        return self._entries(root)

    def _entries(self, root: Path) -> Iterator[Entry]:
        for row in sorted(parquet_rows(root / "quartets.parquet"), key=lambda row: str(row["id"])):
            media = found(score=[root / "scores" / f"{row['id']}.mxl"])
            if not media:
                continue
            family, _, given = row["composer"].partition(", ")
            composer = f"{given} {family}".strip()
            work = work_key(row["composer"], row["work"])
            facts = PieceFacts("quartets", row["id"], row["work"], composer, LICENCE, (), work=work)
            yield Entry(
                identifier=row["id"],
                work=work,
                split=row["split"],
                title=row["work"],
                composer=composer,
                licence=LICENCE,
                media=media,
                tags=("string quartet",),
                load_piece=partial(load_piece, root, facts),
            )


SOURCE = QuartetsSource()
