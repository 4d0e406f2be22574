"""Rows that many processes write beside the tables, and that one commit for each table shows.

A fragment is a Lance file in a table's folder that no version of the table names yet: nobody sees
it. One process gathers the names of all fragments and commits them, passages first, so that an
item that is there has its passages. A crash before that leaves nothing to be seen; one between the
two commits leaves passages without items, which the journal names (``write_journal``), or, where
files cannot be locked, a third table does; whoever writes next removes them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from unisono.alignment.store import tables
from unisono.alignment.store.written_rows import drop_doubles, drop_halves

if TYPE_CHECKING:
    from unisono.alignment.catalogue import Catalogue

_MARK = "committing"
_MARK_WAIT_S = 60.0
"""Two commits take seconds; a mark that is older is of a process that was killed."""


@dataclass(frozen=True)
class Fragments:
    """Rows that are written but belong to no version of the tables.

    ids: the items whose rows these are. items, passages: fragments of the two tables, as JSON.
    """

    ids: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()


def write_fragments(where: str, items: Sequence[tables.Item]) -> Fragments:
    """Write the rows of some items as fragments of a catalogue's tables, which must be there.

    Raises OSError, or RuntimeError from Lance, where they cannot be written.
    """
    if not items:
        return Fragments()
    rows = tables.passages_rows(items, _schema(where, "passages"))
    passages = _write(where, "passages", rows)
    wholes = _write(where, "items", tables.items_rows(items, _schema(where, "items")))
    return Fragments(tuple(item.id for item in items), wholes, passages)


def commit_fragments(catalogue: Catalogue, written: Sequence[Fragments]) -> None:
    """Make fragments part of the catalogue: one commit of passages, then one of items.

    Items that somebody else has added since are left out. Raises CatalogueError where the disk is
    full or the catalogue was replaced.
    """
    ids = [one for part in written for one in part.ids]
    if not ids:
        return
    with catalogue.writing(ids) as alone:
        if alone:
            _commit_new(catalogue, written)
            return
        with _marked(catalogue, ids):
            began = _version(catalogue.where, "items")
            _commit_new(catalogue, written)
            if _version(catalogue.where, "items") != began + 1:
                # Between the look and the commit another process has written; perhaps the same.
                reader = catalogue.reader()
                drop_doubles(reader.items, ["id"], ids)
                drop_doubles(reader.stored, ["item_id", "number"], ids)


def _commit_new(catalogue: Catalogue, written: Sequence[Fragments]) -> None:
    there = catalogue.known().keys() & {one for part in written for one in part.ids}
    new = [_without(catalogue.where, part, there) for part in written]
    _append(catalogue.where, "passages", [one for part in new for one in part.passages])
    _append(catalogue.where, "items", [one for part in new for one in part.items])


def _without(where: str, part: Fragments, ids: set[str]) -> Fragments:
    """The same without some items; fragments that hold any of them are written anew."""
    if not ids.intersection(part.ids):
        return part
    kept = tuple(one for one in part.ids if one not in ids)
    unwanted = pa.array(sorted(ids))
    items = [name for one in part.items for name in _rewrite(where, "items", one, "id", unwanted)]
    passages = [
        name
        for one in part.passages
        for name in _rewrite(where, "passages", one, "item_id", unwanted)
    ]
    return Fragments(kept, tuple(items), tuple(passages))


def _rewrite(
    where: str, table: str, fragment: str, key: str, unwanted: pa.Array
) -> tuple[str, ...]:
    import pyarrow.compute as pc
    from lance.file import LanceFileReader

    schema = _schema(where, table)
    names = [file["path"] for file in json.loads(fragment)["files"]]
    parts = [LanceFileReader(f"{_uri(where, table)}/data/{name}").read_all() for name in names]
    rows = pa.concat_tables([part.to_table() for part in parts])
    kept = rows.filter(pc.invert(pc.is_in(rows[key], value_set=unwanted)))
    return _write(where, table, kept.select(schema.names).cast(schema)) if len(kept) else ()


def _write(where: str, table: str, rows: pa.Table) -> tuple[str, ...]:
    from lance.fragment import write_fragments as write

    if not len(rows):
        return ()
    parts = write(rows.to_reader(), _uri(where, table), schema=rows.schema, mode="append")
    return tuple(json.dumps(part.to_json()) for part in parts)


def _append(where: str, table: str, fragments: Sequence[str]) -> None:
    import lance
    from lance.fragment import FragmentMetadata

    if not fragments:
        return
    parts = [FragmentMetadata.from_json(one) for one in fragments]
    # Lance puts it after whatever others have committed since the version that is named.
    lance.LanceDataset.commit(
        _uri(where, table),
        lance.LanceOperation.Append(parts),
        read_version=_version(where, table),
    )


@contextmanager
def _marked(catalogue: Catalogue, ids: Sequence[str]) -> Iterator[None]:
    """Name what is committed in a table of its own, where there is no journal."""
    import lancedb

    database: Any = lancedb.connect(catalogue.where)
    rows = pa.table({"id": list(ids)})
    if not _create_in_time(database, rows):
        recover(catalogue)
        database.create_table(_MARK, rows)
    yield
    database.drop_table(_MARK, ignore_missing=True)


def _create_in_time(database: Any, rows: pa.Table) -> bool:
    """Wait while another process commits; False where it was killed while it did."""
    late = time.monotonic() + _MARK_WAIT_S
    while True:
        try:
            database.create_table(_MARK, rows)
            return True
        except ValueError:
            if time.monotonic() > late:
                return False
            time.sleep(1.0)


def recover(catalogue: Catalogue) -> None:
    """Remove what a process left that was killed between its commits where there is no journal."""
    import lancedb

    database: Any = lancedb.connect(catalogue.where)
    if _MARK not in database.list_tables(limit=1000).tables:
        return
    ids = database.open_table(_MARK).to_arrow()["id"].to_pylist()
    reader = catalogue.reader()
    drop_halves(reader.items, reader.stored, ids)
    database.drop_table(_MARK, ignore_missing=True)


def _schema(where: str, table: str) -> pa.Schema:
    import lance

    return lance.dataset(_uri(where, table)).schema


def _version(where: str, table: str) -> int:
    import lance

    return int(lance.dataset(_uri(where, table)).latest_version)


def _uri(where: str, table: str) -> str:
    return f"{where.rstrip('/')}/{table}.lance"
