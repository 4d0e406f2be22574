"""Pictures made for music, some with the music that belongs to them: one parquet table.

Read in place. Pictures of songs are mostly for one musician; those of a game's levels have the
level's own music.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unisono.data.sources.entry import Entry, Media, Role, SourceFacts
from unisono.data.sources.layout import check_layout, parquet_rows
from unisono.data.sources.tables import media_of

FACTS = SourceFacts(
    name="covers",
    title="Pictures of songs and game levels with their music",
    homepage=(
        "https://github.com/UltraStar-Deluxe/songs and https://supertuxkart.net, "
        "as the table's column source says"
    ),
    licence="per item, of the picture and of the music each",
    citation="per item: image_author, artist, title, licence and source in the table",
    revision="as the table's columns source and source_file say",
    layout="covers.parquet, images/*.jpg and audio/*.opus",
    gives=("cover", "audio", "tags"),
)


@dataclass(frozen=True)
class Covers:
    """Pictures; ``work`` is the group that the split keeps together: an author's, or a music's."""

    facts: SourceFacts = FACTS

    def entries(self, root: Path) -> Iterator[Entry]:
        """Every picture that is there, in the table's order."""
        check_layout(root, self.facts, ["covers.parquet"])
        return self._entries(root)

    def _entries(self, root: Path) -> Iterator[Entry]:
        for row in parquet_rows(root / "covers.parquet"):
            media = _media(root, row)
            if not media:
                continue
            artist, genre = row["artist"] or "", (row["genre"] or "").replace("_", " ")
            yield Entry(
                identifier=Path(row["file"]).stem,
                work=row["split_group"],
                split=row["split"],
                title=row["title"] or "",
                artist=artist,
                licence=_licence(row, "audio" in media),
                media=media,
                tags=(genre,) if genre else (),
                related={"artist": (artist,)} if artist else {},
            )


def _media(root: Path, row: Mapping[str, Any]) -> Mapping[Role, tuple[Media, ...]]:
    found: dict[Role, tuple[Media, ...]] = {
        "cover": media_of(root / row["file"]),
        "audio": media_of(root / row["audio_file"]) if row["audio_file"] else (),
    }
    return {role: media for role, media in found.items() if media}


def _licence(row: Mapping[str, Any], with_music: bool) -> str:
    """The picture's, and the music's where it is another."""
    picture, music = row["licence"] or "", (row["music_licence"] or "") if with_music else ""
    return f"{picture}; music {music}" if music and music != picture else picture


SOURCE = Covers()
