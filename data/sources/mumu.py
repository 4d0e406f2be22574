"""MuMu: 31,471 albums with genres from Amazon, mapped to 147,295 songs of the Million Song Dataset.

Layout: ``MuMu_dataset_multi-label.csv`` and ``amazon_metadata_MuMu.json`` (in ``MuMu_dataset`` or
the root). Covers and audio are not in the download: covers that were fetched by the addresses in
the JSON are found below the root as ``<amazon_id>.jpg``, songs as ``<MSD_track_id>.mp3``. The
makers' splits of albums (``items_index_train_MuMu-albums.tsv``, ``val``, ``test``, of the download
for the library Tartarus) are used where they lie below the root. The customers' reviews are not
read. No loader of ``mirdata`` or of the Hub by its makers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unisono.data.sources.entry import Entry, Media, Role, SourceFacts, SourceLayoutError
from unisono.data.sources.tables import (
    AUDIO_SUFFIXES,
    IMAGE_SUFFIXES,
    Row,
    by_stem,
    checked_rows,
    one_of,
    read_lines,
)

FACTS = SourceFacts(
    name="mumu",
    title="MuMu",
    homepage="https://doi.org/10.5281/zenodo.831189",
    licence="not stated in its README; covers and audio are not part of it",
    citation=(
        "S. Oramas, O. Nieto, F. Barbieri, X. Serra: Multi-label music genre classification from "
        "audio, text, and images using deep features, ISMIR 2017"
    ),
    revision="Zenodo record 831189",
    layout=(
        "MuMu_dataset/MuMu_dataset_multi-label.csv, MuMu_dataset/amazon_metadata_MuMu.json and "
        "covers named <amazon_id>.jpg in any folder below"
    ),
    gives=("cover", "audio", "tags"),
)

_SPLITS = {"train": "train", "val": "valid", "test": "test"}


@dataclass(frozen=True)
class MuMu:
    """Albums with cover and songs; ``work`` is the album."""

    facts: SourceFacts = FACTS

    def entries(self, root: Path) -> Iterator[Entry]:
        """Every album with a cover or a song that is there, in the table's order."""
        name = "MuMu_dataset_multi-label.csv"
        table = one_of(root, self.facts, f"MuMu_dataset/{name}", name)
        albums = self._albums(table)
        described = _described(table.with_name("amazon_metadata_MuMu.json"))
        files = by_stem(root, AUDIO_SUFFIXES | IMAGE_SUFFIXES)
        return self._entries(albums, described, files, _splits(root))

    def _albums(self, table: Path) -> dict[str, list[Row]]:
        albums: dict[str, list[Row]] = {}
        for row in checked_rows(table, self.facts, "amazon_id", "MSD_track_id", "genres"):
            if row["amazon_id"]:
                albums.setdefault(row["amazon_id"], []).append(row)
        return albums

    def _entries(
        self,
        albums: Mapping[str, list[Row]],
        described: Mapping[str, Mapping[str, Any]],
        files: Mapping[str, Path],
        splits: Mapping[str, str],
    ) -> Iterator[Entry]:
        for album, rows in albums.items():
            media = _media(files, album, [row["MSD_track_id"] for row in rows])
            if not media:
                continue
            words = described.get(album, {})
            artist, label = _word(words, "artist"), _word(words, "label")
            related = {
                "artist": artist or rows[0].get("artist_mbid", ""),
                "album": rows[0].get("album_mbid", "") or album,
                "label": label,
            }
            yield Entry(
                identifier=album,
                work=album,
                split=splits.get(album, ""),
                title=_word(words, "title"),
                artist=artist,
                media=media,
                tags=tuple(
                    dict.fromkeys(g.strip() for g in rows[0]["genres"].split(",") if g.strip())
                ),
                related={kind: (value,) for kind, value in related.items() if value},
            )


def _media(
    files: Mapping[str, Path], album: str, songs: list[str]
) -> Mapping[Role, tuple[Media, ...]]:
    cover = files.get(album)
    found = [files[song] for song in dict.fromkeys(songs) if song in files]
    audio = tuple(Media(path) for path in found if path.suffix.lower() in AUDIO_SUFFIXES)
    media: dict[Role, tuple[Media, ...]] = {}
    if cover and cover.suffix.lower() in IMAGE_SUFFIXES:
        media["cover"] = (Media(cover),)
    if audio:
        media["audio"] = audio
    return media


def _described(path: Path) -> dict[str, Mapping[str, Any]]:
    """What Amazon says of each album; nothing where the file is not there."""
    if not path.is_file():
        return {}
    try:
        listed = json.loads(path.read_bytes())
    except ValueError as error:
        raise SourceLayoutError(f"{path}: is no JSON ({error}); download it again") from error
    return {str(item.get("amazon_id", "")): item for item in listed if isinstance(item, dict)}


def _splits(root: Path) -> dict[str, str]:
    return {
        line.strip(): split
        for word, split in _SPLITS.items()
        for path in sorted(root.rglob(f"items_index_{word}_MuMu-albums.tsv"))
        for line in read_lines(path)
    }


def _word(words: Mapping[str, Any], name: str) -> str:
    value = words.get(name)
    return value.strip() if isinstance(value, str) else ""


SOURCE = MuMu()
