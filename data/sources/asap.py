"""ASAP with its tables as parquet: piano scores and human performances, beats of both aligned.

As downloaded, without the parquet tables, it is ``asap_original``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from unisono.data.sources.entry import Alignment, Entry, SourceFacts
from unisono.data.sources.layout import check_layout, found, parquet_rows
from unisono.data.sources.moments import same_moments
from unisono.data.sources.works import work_key


class AsapSource:
    """One entry a performance that is there, with the score it follows."""

    facts = SourceFacts(
        name="asap",
        title="ASAP: aligned scores and performances, tables as parquet",
        homepage="https://github.com/fosfrancesco/asap-dataset",
        licence="CC BY-NC-SA 4.0",
        citation="F. Foscarin, A. McLeod, P. Rigaux, F. Jacquemard, M. Sakai: ASAP: a dataset of "
        "aligned scores and performances for piano transcription, ISMIR 2020, pp. 534-541",
        revision="afc815c75c42e83a79c03feb6da8a35e77d4c6b8",
        layout="metadata.parquet, annotations.parquet, Composer/Work/...: xml_score.mxl, "
        "midi_score.mid, performances as MIDI",
        gives=("performance", "midi", "score", "tags"),
    )

    def entries(self, root: Path) -> Iterator[Entry]:
        """Every performance in order of path; raises SourceLayoutError."""
        check_layout(root, self.facts, ["metadata.parquet", "annotations.parquet"])
        return self._entries(root)

    def _entries(self, root: Path) -> Iterator[Entry]:
        beats = {row["performance"]: row for row in parquet_rows(root / "annotations.parquet")}
        rows = [row for row in parquet_rows(root / "metadata.parquet") if row["kept"]]
        for row in sorted(rows, key=lambda row: str(row["midi_performance"])):
            media = found(
                performance=[root / row["midi_performance"]],
                midi=[root / row["midi_score"]],
                score=[root / row["xml_score"]] if row["xml_score"] else [],
            )
            if "performance" in media:
                annotated = beats.get(row["midi_performance"]) if "midi" in media else None
                yield performance_entry(row, media, beats_aligned(annotated))


def performance_entry(
    row: Any, media: Any, alignments: tuple[Alignment, ...], licence: str = "CC BY-NC-SA 4.0"
) -> Entry:
    """The entry of a row of ASAP's metadata."""
    return Entry(
        identifier=row["midi_performance"].removesuffix(".mid"),
        work=work_key(row["composer"], row["title"]),
        title=row["title"].replace("_", " "),
        composer=row["composer"],
        licence=licence,
        media=media,
        tags=("piano",),
        related={"piece": (f"{row['composer']} {row['title']}",)},
        alignments=alignments,
    )


def beats_aligned(row: Any) -> tuple[Alignment, ...]:
    """The beats of the score's MIDI and of the performance, where each has its counterpart."""
    if row is None or not row["score_and_performance_aligned"]:
        return ()
    aligned = same_moments("midi", row["score_beats"], "performance", row["performance_beats"])
    return (aligned,) if aligned else ()


SOURCE = AsapSource()
