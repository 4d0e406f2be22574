"""Five real recordings of Bach for solo violin, with scores and the time of every note.

Published as the Bach Violin Dataset; here in the layout of two parquet tables. The note times come
from an alignment, good to 50 to 100 ms. Score times are in the tempo that the score names, with its
repeats unfolded as played.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from unisono.data.sources.entry import Alignment, Entry, SourceFacts
from unisono.data.sources.layout import check_layout, found, parquet_rows
from unisono.data.sources.moments import same_moments, seconds_per_quarter
from unisono.data.sources.works import work_key

_TICKS_PER_QUARTER = 24


class ViolinSource:
    """One entry a recording."""

    facts = SourceFacts(
        name="violin",
        title="Bach for solo violin, from the Bach Violin Dataset",
        homepage="https://github.com/salu133445/bach-violin-dataset",
        licence="per item",
        citation="H.-W. Dong, C. Zhou, T. Berg-Kirkpatrick, J. McAuley: Deep Performer: "
        "Score-to-Audio Music Performance Synthesis, ICASSP 2022",
        revision="36d687439a",
        layout="recordings.parquet, notes.parquet, audio/*.opus, scores/*.mxl",
        gives=("audio", "score", "tags"),
    )

    def entries(self, root: Path) -> Iterator[Entry]:
        """Every recording in order of file name; raises SourceLayoutError."""
        check_layout(root, self.facts, ["recordings.parquet", "notes.parquet"])
        return self._entries(root)

    def _entries(self, root: Path) -> Iterator[Entry]:
        notes = defaultdict(list)
        for note in parquet_rows(root / "notes.parquet"):
            notes[note["file"]].append(note)
        for row in sorted(parquet_rows(root / "recordings.parquet"), key=lambda row: row["file"]):
            media = found(audio=[root / row["file"]], score=[root / row["score"]])
            if "audio" in media:
                yield _entry(row, media, notes[row["file"]])


def _entry(row: dict[str, Any], media: Any, notes: list[dict[str, Any]]) -> Entry:
    alignments: tuple[Alignment, ...] = ()
    if "score" in media:
        second = seconds_per_quarter(media["score"][0].path) / _TICKS_PER_QUARTER
        ticks = [note["onset_tick"] * second for note in notes]
        aligned = same_moments("score", ticks, "audio", [note["start_s"] for note in notes])
        alignments = (aligned,) if aligned else ()
    return Entry(
        identifier=Path(row["file"]).stem,
        work=work_key("Bach", row["work"]),
        title=f"{row['work_title']}: {row['movement']}",
        composer="Johann Sebastian Bach",
        artist=row["violinist"],
        licence=row["licence"],
        media=media,
        tags=("violin", "solo"),
        related={"artist": (row["violinist"],)},
        alignments=alignments,
    )


SOURCE = ViolinSource()
