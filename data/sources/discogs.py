"""A table of tracks with artist, album and label, as Discogs has them, beside one's own audio.

The works that learn from Discogs' metadata (see the citation) hold audio that may not be given
away, so that there is no download; this is a plain table for the same associations.

Layout: ``tracks.tsv`` (tabs) or ``tracks.csv`` (commas) with a row of column names. Needed:
``path`` (relative to the table), ``artist``, ``album``, ``label``. Taken where there: ``track`` (an
identifier; rows of one track are one work, such as two files of one recording), ``title``,
``year``, ``style``, ``split`` (train, valid, test). Several artists, labels or styles in a cell
stand apart by ``;``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from unisono.data.sources.entry import Entry, SourceFacts
from unisono.data.sources.tables import Row, checked_rows, media_of, one_of

FACTS = SourceFacts(
    name="discogs",
    title="a table in the manner of Discogs",
    homepage="https://data.discogs.com (metadata; the audio is one's own)",
    licence="Discogs' data CC0; audio per item",
    citation=(
        "P. Alonso-Jiménez, X. Serra, D. Bogdanov: Music representation learning based on "
        "editorial metadata from Discogs, ISMIR 2022"
    ),
    revision="none: the table is one's own",
    layout="tracks.tsv or tracks.csv with the columns path, artist, album and label",
    gives=("audio", "tags"),
)


@dataclass(frozen=True)
class Discogs:
    """Tracks with what they are related by; ``work`` is the track."""

    facts: SourceFacts = FACTS

    def entries(self, root: Path) -> Iterator[Entry]:
        """Every row whose file is there, in the table's order."""
        return self._entries(root, one_of(root, self.facts, "tracks.tsv", "tracks.csv"))

    def _entries(self, root: Path, table: Path) -> Iterator[Entry]:
        delimiter = "\t" if table.suffix == ".tsv" else ","
        columns = ("path", "artist", "album", "label")
        for row in checked_rows(table, self.facts, *columns, delimiter=delimiter):
            audio = media_of(root / row["path"]) if row["path"] else ()
            if audio:
                yield Entry(
                    identifier=row["path"],
                    work=row.get("track") or row["path"],
                    split=row.get("split", ""),
                    title=row.get("title", ""),
                    artist=row["artist"],
                    year=int(row["year"]) if row.get("year", "").isdecimal() else None,
                    media={"audio": audio},
                    tags=several(row.get("style", "")),
                    related=_related(row),
                )


def several(cell: str) -> tuple[str, ...]:
    """The values of a cell, apart by ``;``, each once."""
    return tuple(dict.fromkeys(word.strip() for word in cell.split(";") if word.strip()))


def _related(row: Row) -> dict[str, tuple[str, ...]]:
    """An album is known by its artist too, as many have the same name."""
    album = f"{row['artist']} - {row['album']}" if row["album"].strip() else ""
    related = {
        "artist": several(row["artist"]),
        "album": (album,) if album else (),
        "label": several(row["label"]),
        "track": (row["track"],) if row.get("track") else (),
    }
    return {kind: values for kind, values in related.items() if values}


SOURCE = Discogs()
