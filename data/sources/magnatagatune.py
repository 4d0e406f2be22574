"""MagnaTagATune: some 26,000 clips of 29 s from Magnatune with tags that players of a game gave.

Layout: ``annotations_final.csv`` and ``clip_info_final.csv`` (both with tabs) and the folders
``0`` to ``f`` of MP3 files, in the root or in ``mp3``. The split is the common one by folder,
12:1:3: 0 to b train, c valid, d to f test. No loader of ``mirdata`` or of the Hub by its makers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from unisono.data.sources.entry import Entry, SourceFacts
from unisono.data.sources.tables import Row, checked_rows, media_of, one_of, read_rows

FACTS = SourceFacts(
    name="magnatagatune",
    title="MagnaTagATune",
    homepage="https://mirg.city.ac.uk/codeapps/the-magnatagatune-dataset",
    licence="CC BY-NC-SA",
    citation=(
        "E. Law, K. West, M. Mandel, M. Bay, J. S. Downie: Evaluation of algorithms using games: "
        "the case of music tagging, ISMIR 2009"
    ),
    revision="annotations_final, 2009",
    layout="annotations_final.csv, clip_info_final.csv and the folders 0 to f of MP3 files",
    gives=("audio", "tags"),
)

TOP_50 = (
    *("guitar", "classical", "slow", "techno", "strings", "drums", "electronic", "rock", "fast"),
    *("piano", "ambient", "beat", "violin", "vocal", "synth", "female", "indian", "opera", "male"),
    *("singing", "vocals", "no vocals", "harpsichord", "loud", "quiet", "flute", "woman"),
    *("male vocal", "no vocal", "pop", "soft", "sitar", "solo", "man", "classic", "choir", "voice"),
    *("new age", "dance", "male voice", "female vocal", "beats", "harp", "cello", "no voice"),
    *("weird", "country", "female voice", "metal", "choral"),
)
"""The fifty tags that are given most often, on which results are usually reported."""

_SPLITS = {**dict.fromkeys("0123456789ab", "train"), "c": "valid", **dict.fromkeys("def", "test")}


@dataclass(frozen=True)
class MagnaTagATune:
    """Clips with their tags; ``work`` is the recording that clips are cut from.

    The split keeps the clips of a recording together, but not the recordings of an artist.
    top_only: tags of TOP_50 alone, otherwise all 188.
    """

    facts: SourceFacts = FACTS
    top_only: bool = True

    def entries(self, root: Path) -> Iterator[Entry]:
        """Every clip whose file is there, in the table's order; three in the download are empty."""
        annotations = one_of(root, self.facts, "annotations_final.csv")
        infos = one_of(root, self.facts, "clip_info_final.csv")
        one_of(root, self.facts, *"0123456789abcdef", *(f"mp3/{d}" for d in "0123456789abcdef"))
        return self._entries(root, annotations, {r["clip_id"]: r for r in read_rows(infos, "\t")})

    def _entries(self, root: Path, table: Path, infos: dict[str, Row]) -> Iterator[Entry]:
        for row in checked_rows(table, self.facts, "clip_id", "mp3_path", delimiter="\t"):
            place = row["mp3_path"]
            audio = media_of(root / place) or media_of(root / "mp3" / place)
            if not place or not audio:
                continue
            info = infos.get(row["clip_id"], {})
            recording = _recording(place)
            yield Entry(
                identifier=row["clip_id"],
                work=recording,
                split=_SPLITS.get(place[0], ""),
                title=info.get("title", ""),
                artist=info.get("artist", ""),
                licence=self.facts.licence,
                media={"audio": audio},
                tags=self._tags(row),
                related={
                    kind: (value,)
                    for kind, value in (
                        ("artist", info.get("artist", "")),
                        ("album", info.get("album", "")),
                        ("track", recording),
                    )
                    if value
                },
            )

    def _tags(self, row: Row) -> tuple[str, ...]:
        names = TOP_50 if self.top_only else [n for n in row if n not in ("clip_id", "mp3_path")]
        return tuple(name for name in names if row.get(name) == "1")


def _recording(place: str) -> str:
    """The path of a clip without the seconds at which it starts and ends."""
    stem = place.removesuffix(".mp3")
    parts = stem.rsplit("-", 2)
    return parts[0] if len(parts) == 3 and parts[1].isdecimal() and parts[2].isdecimal() else stem


SOURCE = MagnaTagATune()
