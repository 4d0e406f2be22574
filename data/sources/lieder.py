"""OpenScore's songs for voice and piano: MusicXML with lyrics, split by set."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from unisono.data.corpus import PieceFacts
from unisono.data.sources.entry import Entry, SourceFacts
from unisono.data.sources.layout import check_layout, found, parquet_rows
from unisono.data.sources.openscore import load_piece
from unisono.data.sources.works import composer_key, work_key

LICENCE = "CC0 1.0"


class LiederSource:
    """One entry a song; ``related`` holds its set, its poet and the poem that it sets."""

    facts = SourceFacts(
        name="lieder",
        title="OpenScore Lieder",
        homepage="https://github.com/OpenScore/Lieder",
        licence=LICENCE,
        citation="M. Gotham, P. Jonas: The OpenScore Lieder Corpus, Music Encoding Conference "
        "2021, doi 10.17613/1my2-dm23",
        revision="bca122458de6da362abe62dd6aec62e25d7759b1",
        layout="songs.parquet, scores/<id>.mxl",
        gives=("score", "tags"),
    )

    def entries(self, root: Path) -> Iterator[Entry]:
        """Every song in order of id; raises SourceLayoutError."""
        check_layout(root, self.facts, ["songs.parquet"])
        return self._entries(root)

    def _entries(self, root: Path) -> Iterator[Entry]:
        for row in sorted(parquet_rows(root / "songs.parquet"), key=lambda row: str(row["id"])):
            media = found(score=[root / "scores" / f"{row['id']}.mxl"])
            if not media:
                continue
            work = _work(row)
            facts = PieceFacts(
                "lieder", row["id"], row["title"], row["composer"], LICENCE, (), work=work
            )
            yield Entry(
                identifier=row["id"],
                work=work,
                split=row["split"],
                title=row["title"],
                composer=row["composer"],
                licence=LICENCE,
                media=media,
                tags=("song", "voice", "piano"),
                related=_related(row),
                load_piece=partial(load_piece, root, facts),
            )


def _work(row: dict[str, Any]) -> str:
    """The set where a song is in one: its songs are parts of a work, as the splits have it."""
    opus = f"Op. {row['opus']}" if row["opus"].isdigit() else row["opus"]
    key = work_key(row["composer"], f"{row['set'] or row['title']} {opus}")
    return key if key != composer_key(row["composer"]) else f"{key} {row['id']}"


def _related(row: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    named = {"set": row["set"] and row["group"], "lyricist": row["lyricist"], "poem": row["lyrics"]}
    return {kind: (value,) for kind, value in named.items() if value}


SOURCE = LiederSource()
