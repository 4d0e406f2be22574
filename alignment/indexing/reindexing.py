"""Embedding a catalogue anew with another space: beside the old one, then in its place."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unisono.alignment.catalogue import Catalogue
from unisono.alignment.indexing.index_report import IndexReport, OnDone
from unisono.alignment.indexing.pruning import is_gone
from unisono.alignment.store import tables, write_journal
from unisono.alignment.store.catalogue_error import CatalogueError

if TYPE_CHECKING:
    from unisono.alignment.indexing.encoding_workers import Limits
    from unisono.towers.space import Space

_EXCHANGE = 2
_HERE = -100


@dataclass
class ReindexReport:
    """What became of the items of a catalogue.

    gone: paths whose file is not there any more; they are not in the new catalogue.
    indexed.quarantine: files that cannot be used any more; neither are they.
    """

    indexed: IndexReport = field(default_factory=IndexReport)
    gone: list[str] = field(default_factory=list)
    already: bool = False


def reindex(
    where: str | Path,
    space: Space,
    *,
    progress: bool = False,
    on_done: OnDone | None = None,
    workers: int | None = None,
    limits: Limits | None = None,
) -> ReindexReport:
    """Embed every item of a catalogue from its file with ``space``; the old one is then removed.

    The old catalogue can be searched until the new one is whole and takes its place. When it is
    stopped, the same call goes on from there. A catalogue that is of this space already stays as
    it is. Raises CatalogueError where there is no catalogue, where none of its files is there, or
    for one in an object store, which cannot be swapped in one step.
    """
    folder = _folder_of(where)
    beside = folder.with_name(f"{folder.stem}.reindexing.lance")
    replaced = folder.with_name(f"{folder.stem}.replaced.lance")
    _finish_swap(folder, beside, replaced)
    if _fingerprint_at(folder) == space.fingerprint:
        # Also where the swap was the last thing done before a crash.
        shutil.rmtree(beside, ignore_errors=True)
        return ReindexReport(already=True)
    if _fingerprint_at(folder) is None:
        raise CatalogueError(f"there is no catalogue at {folder}")
    if beside.exists() and _fingerprint_at(beside) not in (None, space.fingerprint):
        shutil.rmtree(beside)
    report = ReindexReport()
    new = Catalogue(beside, space)
    taken: set[str] = set()
    while True:
        with write_journal.opened(folder):
            paths = _paths_in(folder) - taken
            if not paths:
                # Nobody has added to the old one since, nor can before this block ends.
                _keep_only(new, taken - set(report.gone))
                _swap(folder, beside, replaced)
                return report
        taken |= paths
        lost = sorted(path for path in paths if is_gone(path))
        report.gone = sorted([*report.gone, *lost])
        if len(report.gone) == len(taken):
            raise CatalogueError(
                f"none of the {len(taken)} files of {folder} is there, so it stays as it is; if "
                "their disk is not mounted, mount it"
            )
        done = new.add(
            sorted(paths - set(lost)),
            progress=progress,
            on_done=on_done,
            workers=workers,
            limits=limits,
        )
        report.indexed.indexed += done.indexed
        report.indexed.skipped += done.skipped
        report.indexed.quarantine += done.quarantine
        if not len(new):
            raise CatalogueError(
                f"none of the files of {folder} can be used with the space {space.name}, so it "
                f"stays as it is; the first: {done.quarantine[0][1]}"
            )


def _folder_of(where: str | Path) -> Path:
    if "://" in str(where):
        raise CatalogueError(
            f"{where} is in an object store, where a catalogue cannot be swapped in one step; "
            "index the files into another address"
        )
    # Of a link, what it leads to is swapped.
    return Path(where).expanduser().resolve()


def _fingerprint_at(folder: Path) -> object:
    table = _items_of(folder)
    return None if table is None else tables.stamp_of(table.schema).get("fingerprint")


def _paths_in(folder: Path) -> set[str]:
    return set(_items_of(folder).search().select(["path"]).to_arrow()["path"].to_pylist())


def _items_of(folder: Path) -> Any:
    import lancedb

    if not folder.is_dir():
        return None
    try:
        return lancedb.connect(str(folder)).open_table("items")
    except ValueError:
        return None


def _keep_only(catalogue: Catalogue, paths: set[str]) -> None:
    """Of an earlier run there may be files that are gone since."""
    known = catalogue.known()
    catalogue.remove([item_id for item_id, path in known.items() if path not in paths])


def _swap(folder: Path, beside: Path, replaced: Path) -> None:
    if not _exchange(folder, beside):
        folder.rename(replaced)
        beside.rename(folder)
        beside = replaced
    shutil.rmtree(beside, ignore_errors=True)


def _finish_swap(folder: Path, beside: Path, replaced: Path) -> None:
    """Go on with a swap in two steps that was stopped between them."""
    if not replaced.exists():
        return
    if not folder.exists():
        (beside if beside.exists() else replaced).rename(folder)
    shutil.rmtree(replaced, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step, where the system can (Linux: renameat2)."""
    if sys.platform != "linux":
        return False
    import ctypes

    try:
        rename = ctypes.CDLL(None).renameat2
    except AttributeError:
        return False
    names = os.fsencode(one), os.fsencode(other)
    return int(rename(_HERE, names[0], _HERE, names[1], _EXCHANGE)) == 0
