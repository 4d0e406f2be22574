"""What of a collection must be there, what is there, and its parquet tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from unisono.data.sources.entry import Media, Role, SourceFacts
from unisono.data.sources.tables import is_there, missing


def check_layout(root: Path, facts: SourceFacts, needed: Sequence[str]) -> None:
    """Raise SourceLayoutError where ``root`` or a needed path below it is missing."""
    lacking = [name for name in needed if not (root / name).exists()]
    if lacking:
        raise missing(root, facts, " and no ".join(lacking))


def found(
    *,
    audio: Sequence[Path] = (),
    midi: Sequence[Path] = (),
    performance: Sequence[Path] = (),
    score: Sequence[Path] = (),
    page: Sequence[Path] = (),
) -> dict[Role, tuple[Media, ...]]:
    """Role -> those of its files that are there; roles of which nothing is there are left out."""
    named: dict[Role, Sequence[Path]] = {
        "audio": audio,
        "midi": midi,
        "performance": performance,
        "score": score,
        "page": page,
    }
    there = {role: tuple(Media(p) for p in paths if is_there(p)) for role, paths in named.items()}
    return {role: media for role, media in there.items() if media}


def parquet_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a parquet table, with None where a cell is empty."""
    import pyarrow.parquet as parquet

    rows: list[dict[str, Any]] = parquet.read_table(path).to_pylist()
    return rows
