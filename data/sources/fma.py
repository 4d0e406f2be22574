"""FMA: 106,574 tracks of the Free Music Archive with genres, artists and albums.

Layout: ``fma_metadata/tracks.csv`` (three rows of header), ``fma_metadata/genres.csv``, and at
least one of ``fma_full``, ``fma_large``, ``fma_medium``, ``fma_small`` with ``000/000002.mp3`` (all
but fma_full are clips of 30 s). The split is the published one, which keeps an artist on one side.
``mirdata`` has only ``fma_keys``, and no loader on the Hub is the makers'.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from unisono.data.sources.entry import Entry, SourceFacts
from unisono.data.sources.tables import media_of, missing, one_of, read_rows, read_table

FACTS = SourceFacts(
    name="fma",
    title="FMA",
    homepage="https://github.com/mdeff/fma",
    licence="per item (mostly Creative Commons); metadata CC BY 4.0",
    citation=(
        "M. Defferrard, K. Benzi, P. Vandergheynst, X. Bresson: FMA: a dataset for music analysis, "
        "ISMIR 2017"
    ),
    revision="rc1, 2017-05-09",
    layout=(
        "fma_metadata/tracks.csv, fma_metadata/genres.csv and one of fma_full, fma_large, "
        "fma_medium, fma_small with 000/000002.mp3 and so on"
    ),
    gives=("audio", "tags"),
    checksums={
        "fma_metadata.zip": "sha1:f0df49ffe5f2a6008d7dc83c6915b31835dfe733",
        "fma_small.zip": "sha1:ade154f733639d52e35e32f5593efe5be76c6d70",
        "fma_medium.zip": "sha1:c67b69ea232021025fca9231fc1c7c1a063ab50b",
        "fma_large.zip": "sha1:497109f4dd721066b5ce5e5f250ec604dc78939e",
        "fma_full.zip": "sha1:0f0ace23fbe9ba30ecb7e95f763e435ea802b8ab",
    },
)

AUDIO_FOLDERS = ("fma_full", "fma_large", "fma_medium", "fma_small")
"""From the one that holds most to the one that holds least; the first with the file is taken."""

_SPLITS = {"training": "train", "validation": "valid", "test": "test"}
_NEEDED = (("set", "split"), ("track", "genres"), ("track", "title"), ("artist", "name"))

Cells = Mapping[tuple[str, str], str]


@dataclass(frozen=True)
class Fma:
    """Tracks with the names of their genres as tags; ``work`` is the track."""

    facts: SourceFacts = FACTS

    def entries(self, root: Path) -> Iterator[Entry]:
        """Every track whose file is there, in the table's order."""
        tracks = one_of(root, self.facts, "fma_metadata/tracks.csv")
        genres = one_of(root, self.facts, "fma_metadata/genres.csv")
        folders = [root / name for name in AUDIO_FOLDERS if (root / name).is_dir()]
        if not folders:
            raise missing(root, self.facts, "folder " + " or ".join(AUDIO_FOLDERS))
        names = {row["genre_id"]: row["title"] for row in read_rows(genres)}
        return self._entries(tracks, names, folders)

    def _entries(
        self, table: Path, genres: Mapping[str, str], folders: list[Path]
    ) -> Iterator[Entry]:
        for track, cells in self._rows(table):
            name = f"{track:06d}"
            places = (folder / name[:3] / f"{name}.mp3" for folder in folders)
            audio = next(filter(None, map(media_of, places)), ())
            if not audio:
                continue
            artist, album = cells["artist", "name"], cells.get(("album", "title"), "")
            yield Entry(
                identifier=name,
                work=name,
                split=_SPLITS.get(cells["set", "split"], ""),
                title=cells["track", "title"],
                composer=cells.get(("track", "composer"), ""),
                artist=artist,
                year=_year(cells),
                licence=cells.get(("track", "license"), ""),
                media={"audio": audio},
                tags=_genres(cells, genres),
                related={
                    kind: (value,)
                    for kind, value in (
                        ("artist", cells.get(("artist", "id"), "") or artist),
                        ("album", cells.get(("album", "id"), "") or album),
                    )
                    if value
                },
            )

    def _rows(self, table: Path) -> Iterator[tuple[int, Cells]]:
        """Number of each track and its cells by both rows of header; the third names the index."""
        rows = read_table(table)
        upper, lower = next(rows, []), next(rows, [])
        header = list(zip(upper, lower, strict=False))
        lacking = [f"{group}.{name}" for group, name in _NEEDED if (group, name) not in header]
        if lacking:
            raise missing(table, self.facts, f"the column {' and '.join(lacking)}")
        for row in rows:
            if row[0].isdecimal():
                yield int(row[0]), dict(zip(header, row + [""] * len(header), strict=False))


def _genres(cells: Cells, names: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the genres that the artist gave, and of the one at the top of their tree."""
    try:
        numbers = json.loads(cells["track", "genres"] or "[]")
    except json.JSONDecodeError:
        numbers = []
    words = [cells.get(("track", "genre_top"), ""), *(names.get(str(n), "") for n in numbers)]
    return tuple(dict.fromkeys(word for word in words if word))


def _year(cells: Cells) -> int | None:
    for column in (("track", "date_recorded"), ("album", "date_released")):
        year = cells.get(column, "")[:4]
        if year.isdecimal():
            return int(year)
    return None


SOURCE = Fma()
