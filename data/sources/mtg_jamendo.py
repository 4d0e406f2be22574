"""MTG-Jamendo: 55,000 whole tracks with tags of genre, instrument, mood and theme.

Layout: a clone of the repository (``data/splits/split-0/autotagging-train.tsv`` ...,
``data/raw.meta.tsv``, ``audio_licenses.txt``) and the unpacked audio, ``<nn>/<id>.mp3`` or, in the
low quality, ``<nn>/<id>.low.mp3``, in one of AUDIO_FOLDERS. ``mirdata`` has only the mood/theme
subset of it, without artists' names, titles and the five splits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from unisono.data.sources.entry import Entry, Media, SourceFacts
from unisono.data.sources.tables import is_there, missing, one_of, read_lines, read_unquoted

FACTS = SourceFacts(
    name="mtg_jamendo",
    title="MTG-Jamendo",
    homepage="https://github.com/MTG/mtg-jamendo-dataset",
    licence="per item (Creative Commons); metadata CC BY-NC-SA 4.0",
    citation=(
        "D. Bogdanov, M. Won, P. Tovstogan, A. Porter, X. Serra: The MTG-Jamendo dataset for "
        "automatic music tagging, Machine Learning for Music Discovery Workshop, ICML 2019"
    ),
    revision="1b4fa8c32e076c73b5175c1703ae805b4109309d",
    layout=(
        "data/splits/split-0/autotagging-{train,validation,test}.tsv of the repository and the "
        "unpacked audio (00/...mp3 to 99/...mp3) in raw_30s/audio, audio, audio-low or the root"
    ),
    gives=("audio", "tags"),
    checksums={
        "raw_30s_audio-00.tar": (
            "sha256:c569f4b7264995c06de93eb6c20138d9355274508dde37085ed992fc990d930b"
        ),
        "raw_30s_audio-low-00.tar": (
            "sha256:c89826f7fa271a1c6c8f3b63786462cd72a97ec02531ca2f566310418dace88b"
        ),
    },
)
"""Checksums of all archives and tracks lie in the repository's ``data/download``."""

AUDIO_FOLDERS = (
    *("raw_30s/audio", "raw_30s/audio-low", "autotagging_moodtheme/audio"),
    *("autotagging_moodtheme/audio-low", "audio", "audio-low", ""),
)

Subset = Literal["", "genre", "instrument", "moodtheme", "top50tags"]


@dataclass(frozen=True)
class Jamendo:
    """Tracks of a published split, which keeps an artist on one side; ``work`` is the track.

    number: 0 to 4, which of the five splits. subset: the tags of one kind alone, or all.
    """

    facts: SourceFacts = FACTS
    number: int = 0
    subset: Subset = ""

    def entries(self, root: Path) -> Iterator[Entry]:
        """Every track whose file is there: train, valid, test, in the tables' order."""
        set_name = "autotagging" + (f"_{self.subset}" if self.subset else "")
        tables = {
            split: one_of(
                root, self.facts, f"data/splits/split-{self.number}/{set_name}-{word}.tsv"
            )
            for split, word in (("train", "train"), ("valid", "validation"), ("test", "test"))
        }
        folders = [root / name for name in AUDIO_FOLDERS if any((root / name).glob("[0-9][0-9]"))]
        if not folders:
            raise missing(root, self.facts, "folder 00 to 99 of audio")
        return self._entries(root, tables, folders)

    def _entries(self, root: Path, tables: dict[str, Path], folders: list[Path]) -> Iterator[Entry]:
        names = _names(root / "data" / "raw.meta.tsv")
        licences = licences_of(root / "audio_licenses.txt")
        for split, table in tables.items():
            rows = read_unquoted(table)
            next(rows, None)
            for track, artist, album, place, _, *tags in (row for row in rows if len(row) >= 6):
                audio = _audio(folders, place)
                if not audio:
                    continue
                title, artist_name, year = names.get(track, ("", "", None))
                yield Entry(
                    identifier=track,
                    work=work_of(place),
                    split=split,
                    title=title,
                    artist=artist_name,
                    year=year,
                    licence=licences.get(place, ""),
                    media={"audio": audio},
                    tags=tag_words(tags),
                    related={"artist": (artist,), "album": (album,)},
                )


def work_of(place: str) -> str:
    """The name of a track's work from its path, the same in every set made of Jamendo's tracks."""
    return f"jamendo:{Path(place).name.partition('.')[0]}"


def tag_words(tags: list[str]) -> tuple[str, ...]:
    """Tags without their kinds: "genre---rock" is "rock"; each once, in order."""
    words = (tag.strip().rpartition("---")[2] for tag in tags)
    return tuple(dict.fromkeys(word for word in words if word))


def licences_of(path: Path) -> dict[str, str]:
    """Licence of every path: the third line of its block in ``audio_licenses.txt``."""
    if not is_there(path):
        return {}
    licences: dict[str, str] = {}
    block: list[str] = []
    for line in (*read_lines(path), ""):
        if line.strip():
            block.append(line.strip())
            continue
        if len(block) >= 3:
            licences[block[0]] = block[2]
        block = []
    return licences


def _audio(folders: list[Path], place: str) -> tuple[Media, ...]:
    low = f"{place.removesuffix('.mp3')}.low.mp3"
    for folder in folders:
        for name in (place, low):
            if is_there(folder / name):
                return (Media(folder / name),)
    return ()


def _names(path: Path) -> dict[str, tuple[str, str, int | None]]:
    """Title, artist and year of release of each track; quotation marks there are letters."""
    if not is_there(path):
        return {}
    named = {}
    for row in read_unquoted(path):
        if len(row) >= 8 and row[0].startswith("track_"):
            artist, _, date, _ = row[-4:]  # from the end: some titles are followed by a stray tab
            named[row[0]] = (row[3], artist, int(date[:4]) if date[:4].isdecimal() else None)
    return named


SOURCE = Jamendo()
