"""Song Describer: 1,106 sentences that people wrote about 706 tracks of MTG-Jamendo.

Layout: ``song_describer.csv`` and ``audio/<nn>/<id>.2min.mp3`` (the archive's folders, also where
it was unpacked into one more ``audio``), ``audio_licenses.txt``. Made for evaluation alone, so that
every entry is of the split "test"; the tracks are of the test part of MTG-Jamendo's split-0 and
share the names of works with that source. The makers give no loader.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from unisono.data.sources.entry import Entry, Media, SourceFacts
from unisono.data.sources.mtg_jamendo import licences_of, tag_words, work_of
from unisono.data.sources.tables import Row, checked_rows, media_of, missing, one_of

FACTS = SourceFacts(
    name="song_describer",
    title="Song Describer Dataset",
    homepage="https://doi.org/10.5281/zenodo.10072001",
    licence="CC BY-SA 4.0; audio per item (Creative Commons)",
    citation=(
        "I. Manco, B. Weck, S. Doh, M. Won, Y. Zhang, D. Bogdanov, Y. Wu, K. Chen, P. Tovstogan, "
        "E. Benetos, E. Quinton, G. Fazekas, J. Nam: The Song Describer dataset: a corpus of audio "
        "captions for music-and-language evaluation, Machine Learning for Audio Workshop, "
        "NeurIPS 2023"
    ),
    revision="Zenodo record 10072001",
    layout="song_describer.csv and audio/<nn>/<id>.2min.mp3",
    gives=("audio", "text", "tags"),
)

_TAG_COLUMNS = ("genre", "instrument", "mood/theme")


@dataclass(frozen=True)
class SongDescriber:
    """Tracks with all their sentences; ``work`` is the track.

    valid_only: the validated sentences alone, 746 of 546 tracks.
    """

    facts: SourceFacts = FACTS
    valid_only: bool = False

    def entries(self, root: Path) -> Iterator[Entry]:
        """Every track with a sentence whose file is there, in the table's order."""
        table = one_of(root, self.facts, "song_describer.csv")
        folders = [f for f in (root / "audio", root / "audio" / "audio") if any(f.glob("[0-9]*"))]
        if not folders:
            raise missing(root, self.facts, "audio/00 and so on")
        return self._entries(root, table, folders)

    def _entries(self, root: Path, table: Path, folders: list[Path]) -> Iterator[Entry]:
        licences = licences_of(root / "audio_licenses.txt")
        for rows in self._tracks(table).values():
            first = rows[0]
            place = first["path"]
            audio = _audio(folders, place)
            if not audio:
                continue
            yield Entry(
                identifier=first["track_id"],
                work=work_of(place),
                split="test",
                licence=licences.get(place, ""),
                media={"audio": audio},
                texts=tuple(row["caption"].strip() for row in rows),
                tags=_tags(first),
                related={
                    kind: (f"{kind}_{int(first[f'{kind}_id']):06d}",)
                    for kind in ("artist", "album")
                    if first.get(f"{kind}_id", "").isdecimal()
                },
            )

    def _tracks(self, table: Path) -> dict[str, list[Row]]:
        """Rows by track; a row without a sentence is left out."""
        tracks: dict[str, list[Row]] = {}
        for row in checked_rows(table, self.facts, "track_id", "caption", "path"):
            wanted = not self.valid_only or row.get("is_valid_subset") == "True"
            if wanted and row["caption"].strip():
                tracks.setdefault(row["track_id"], []).append(row)
        return tracks


def _audio(folders: list[Path], place: str) -> tuple[Media, ...]:
    stem = place.removesuffix(".mp3")
    for folder in folders:
        found = media_of(folder / f"{stem}.2min.mp3") or media_of(folder / place)
        if found:
            return found
    return ()


def _tags(row: Row) -> tuple[str, ...]:
    """Words of the columns that later versions of the table have, lists in Python's writing."""
    words: list[str] = []
    for column in _TAG_COLUMNS:
        try:
            listed = ast.literal_eval(row.get(column, "") or "[]")
        except (ValueError, SyntaxError):
            listed = [row[column]]
        words.extend(str(word) for word in listed)
    return tag_words(words)


SOURCE = SongDescriber()
