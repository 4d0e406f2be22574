"""Short real recordings of various instruments, some with a score: one parquet table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from unisono.data.sources.entry import Entry, SourceFacts
from unisono.data.sources.layout import check_layout, found, parquet_rows
from unisono.data.sources.works import work_key


class RecordingsSource:
    """One entry a recording."""

    facts = SourceFacts(
        name="recordings",
        title="Short real recordings from free software and data sets for music research",
        homepage="https://github.com/librosa/data and the others named in the table",
        licence="per item",
        citation="per item: the columns source_repo and original name where each is from",
        revision="per item: the column commit",
        layout="recordings.parquet, audio/*.opus, scores/*.mxl",
        gives=("audio", "score", "tags"),
    )

    def entries(self, root: Path) -> Iterator[Entry]:
        """Every recording in order of file name; raises SourceLayoutError."""
        check_layout(root, self.facts, ["recordings.parquet"])
        return self._entries(root)

    def _entries(self, root: Path) -> Iterator[Entry]:
        for row in sorted(parquet_rows(root / "recordings.parquet"), key=lambda row: row["file"]):
            scores = [root / row["score"]] if row["score"] else []
            media = found(audio=[root / row["file"]], score=scores)
            if "audio" not in media:
                continue
            composer = "" if row["composer"] == "unknown" else row["composer"]
            yield Entry(
                identifier=Path(row["file"]).stem,
                work=work_key(composer, row["title"]),
                title=row["title"],
                composer=composer,
                artist=row["performer"],
                licence=row["licence"],
                media=media,
                tags=tuple(dict.fromkeys((row["instrument"], row["ensemble"]))),
                related={"artist": (row["performer"],)},
            )


SOURCE = RecordingsSource()
