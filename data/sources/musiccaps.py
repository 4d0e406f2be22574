"""MusicCaps: 5,521 clips of ten seconds, each with a musician's sentences and aspects.

Layout: ``musiccaps-public.csv`` as the Hub and Kaggle have it, or the Hub's set as
``datasets.load_dataset("google/MusicCaps").save_to_disk(root)`` writes it. There is no public
audio; what downloaders cut from the videos may lie in any folder below the root under one of the
names of ``clip_names``. Rows without audio are given as well: their words are the point.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unisono.data.sources.entry import Entry, Media, SourceFacts, SourceLayoutError
from unisono.data.sources.tables import AUDIO_SUFFIXES, Row, by_stem, check_columns, checked_rows

FACTS = SourceFacts(
    name="musiccaps",
    title="MusicCaps",
    homepage="https://huggingface.co/datasets/google/MusicCaps",
    licence="CC BY-SA 4.0; the audio is that of videos, each with its own terms",
    citation=(
        "A. Agostinelli, T. I. Denk, Z. Borsos, J. Engel, M. Verzetti, A. Caillon, Q. Huang, "
        "A. Jansen, A. Roberts, M. Tagliasacchi, M. Sharifi, N. Zeghidour, C. Frank: MusicLM: "
        "generating music from text, arXiv:2301.11325, 2023"
    ),
    revision="musiccaps-public.csv, 2023",
    layout="musiccaps-public.csv or the Hub's set by save_to_disk; below it audio named by ytid",
    gives=("audio", "text", "tags"),
)

_COLUMNS = ("ytid", "start_s", "end_s", "aspect_list", "caption")


@dataclass(frozen=True)
class MusicCaps:
    """Sentences, aspects and, where it is there, audio; ``work`` is the video.

    The split is AudioSet's: "test" is of its evaluation part, "train" of the rest.
    balanced_only: the thousand rows with balanced genres alone.
    """

    facts: SourceFacts = FACTS
    balanced_only: bool = False

    def entries(self, root: Path) -> Iterator[Entry]:
        """Every row with a sentence, in the table's order, with or without audio."""
        table = root / "musiccaps-public.csv"
        if table.is_file():
            rows = checked_rows(table, self.facts, *_COLUMNS)
        elif (root / "dataset_info.json").is_file() or (root / "dataset_dict.json").is_file():
            rows = _saved_rows(root, self.facts)
        else:
            raise SourceLayoutError(
                f"{root}: has no musiccaps-public.csv; it must hold {self.facts.layout}; get it at "
                f"{self.facts.homepage}"
            )
        return self._entries(rows, by_stem(root, AUDIO_SUFFIXES))

    def _entries(self, rows: Iterator[Row], audio: dict[str, Path]) -> Iterator[Entry]:
        for row in rows:
            if self.balanced_only and row.get("is_balanced_subset") != "True":
                continue
            if row["ytid"] and row["caption"].strip():
                clip = next((audio[name] for name in clip_names(row) if name in audio), None)
                yield caption_entry(row, clip)


def caption_entry(row: Row, clip: Path | None = None) -> Entry:
    """The entry of a row; ``clip`` is its ten seconds alone."""
    return Entry(
        identifier=row["ytid"],
        work=row["ytid"],
        split="test" if row.get("is_audioset_eval") == "True" else "train",
        licence="CC BY-SA 4.0",
        media={"audio": (Media(clip),)} if clip else {},
        texts=(row["caption"].strip(),),
        tags=aspects(row["aspect_list"]),
    )


def aspects(written: str) -> tuple[str, ...]:
    """The phrases of an aspect list in Python's writing, each once; none where it is damaged."""
    try:
        listed = ast.literal_eval(written)
    except (ValueError, SyntaxError):
        return ()
    words = (str(word).strip() for word in listed) if isinstance(listed, (list, tuple)) else ()
    return tuple(dict.fromkeys(word for word in words if word))


def clip_names(row: Row) -> tuple[str, ...]:
    """Names without suffix that downloaders give to a row's clip, the plainest first."""
    video, start, end = row["ytid"], row["start_s"], row["end_s"]
    return (
        video,
        f"[{video}]-[{start}-{end}]",
        f"{video}_{start}_{end}",
        f"{video}_{start}-{end}",
        f"{video}-{start}-{end}",
        f"{video}_{start}",
        f"{video}_{start}000_{end}000",
        f"{video}_{start}000",
        f"Y{video}",
    )


def _saved_rows(root: Path, facts: SourceFacts) -> Iterator[Row]:
    """Rows of the Hub's set on disk, their values as words."""
    try:
        import datasets
    except ImportError as error:
        raise SourceLayoutError(
            f"{root} needs the library datasets; install it with pip install unisono[data]"
        ) from error
    loaded: Any = datasets.load_from_disk(str(root))
    for part in loaded.values() if isinstance(loaded, datasets.DatasetDict) else [loaded]:
        check_columns(root, dict.fromkeys(part.column_names, ""), facts, *_COLUMNS)
        rows: Iterator[Mapping[str, Any]] = iter(part)
        for row in rows:
            yield {name: "" if value is None else str(value) for name, value in row.items()}


SOURCE = MusicCaps()
