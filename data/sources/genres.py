"""Clips of free game and library music in nine genres, and a few more: one parquet table.

Read in place. ``label_source`` in the table says how firm each genre is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from unisono.data.sources.clips import GENRE_WORDS
from unisono.data.sources.entry import Entry, SourceFacts
from unisono.data.sources.layout import check_layout, parquet_rows
from unisono.data.sources.tables import media_of

FACTS = SourceFacts(
    name="genres",
    title="Clips of free game and library music with a genre",
    homepage="https://packages.debian.org/bookworm/ (game music) and repositories in the table",
    licence="per item",
    citation="per item: artist, title, licence and source in the table",
    revision="Debian bookworm; repositories as the table's column source says",
    layout="clips.parquet and audio/*.opus",
    gives=("audio", "text", "tags"),
)


@dataclass(frozen=True)
class Genres:
    """Clips with the genre as tag and the phrases for it as texts; ``work`` is the track.

    The published split is by artist for some genres, by track for the others.
    core_only: the nine genres with enough tracks to be scored alone.
    """

    facts: SourceFacts = FACTS
    core_only: bool = False

    def entries(self, root: Path) -> Iterator[Entry]:
        """Every clip whose file is there, in the table's order."""
        check_layout(root, self.facts, ["clips.parquet"])
        return self._entries(root)

    def _entries(self, root: Path) -> Iterator[Entry]:
        for row in parquet_rows(root / "clips.parquet"):
            audio = media_of(root / row["file"])
            if not audio or (self.core_only and not row["core"]):
                continue
            genre, *phrases = GENRE_WORDS.get(row["genre"], (row["genre"].replace("_", " "),))
            artist = row["artist"] or ""
            yield Entry(
                identifier=Path(row["file"]).stem,
                work=row["track_id"],
                split=row["split"],
                title=row["title"] or "",
                artist=artist,
                licence=row["licence"],
                media={"audio": audio},
                texts=tuple(phrases),
                tags=(genre,),
                related={"artist": (artist,)} if artist else {},
            )


SOURCE = Genres()
