"""What of a collection must be there, what is there, and its parquet tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from unisono.data.sources.entry import Media, Role, SourceFacts, SourceLayoutError
from unisono.data.sources.tables import is_there, missing

_AS_PUBLISHED = {"asap": "asap_original", "captions": "musiccaps", "msmd": "msmd_original"}
"""Sources of a prepared copy -> those that read what the publisher gives."""


def check_layout(root: Path, facts: SourceFacts, needed: Sequence[str]) -> None:
    """Raise SourceLayoutError where ``root`` or a needed path below it is missing.

    Parquet tables are those of a prepared copy: the error says what to do with a clone.
    """
    lacking = [name for name in needed if not (root / name).exists()]
    if not lacking:
        return
    what = " and no ".join(lacking)
    if any(name.endswith(".parquet") for name in needed):
        raise _no_prepared_copy(root, facts, what)
    raise missing(root, facts, what)


def _no_prepared_copy(root: Path, facts: SourceFacts, what: str) -> SourceLayoutError:
    folder = root.absolute() if root.is_dir() else "FOLDER"
    ways = []
    if facts.name in _AS_PUBLISHED:
        published = _AS_PUBLISHED[facts.name]
        ways.append(f"unisono data build {published} --from {folder} --out DIR")
    if {"score", "page", "audio", "midi"} & {*facts.gives}:
        ways.append(f"unisono data build {folder} --out DIR, as a folder of your own")
    fault = f"has no {what}" if root.is_dir() else f"is no folder with {what}"
    return SourceLayoutError(
        f"{root}: {fault}; {facts.name} reads a prepared copy, with the tables that "
        f"unisono data list {facts.name} names; a clone or download ({facts.homepage}) has none: "
        f"build what is in it with {'; or '.join(ways)}"
    )


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
