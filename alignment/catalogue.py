"""A collection of music in one space, kept in LanceDB: what is added to it and read from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from unisono.alignment.indexing.files import collect
from unisono.alignment.indexing.index_report import IndexReport as IndexReport
from unisono.alignment.indexing.index_report import OnDone as OnDone
from unisono.alignment.indexing.index_report import OnProgress as OnProgress
from unisono.alignment.store import tables, write_journal
from unisono.alignment.store.catalogue_error import CatalogueError as CatalogueError
from unisono.alignment.store.conditions import condition_error
from unisono.alignment.store.written_rows import (
    append_passages,
    drop_halves,
    in_parts,
    merge_passages,
    one_of,
)
from unisono.data.modality import Modality

if TYPE_CHECKING:
    from unisono.alignment.indexing.encoding_workers import Limits
    from unisono.alignment.searching.question import Asking
    from unisono.alignment.searching.search import Hit
    from unisono.alignment.store.reader import CatalogueReader
    from unisono.alignment.store.vector_index import IndexFacts, OnStep
    from unisono.towers.space import Space

_KEEP_OLD = timedelta(hours=1)


class Catalogue:
    """Items and their passages at a path or an object-store URI, all of one space.

    An item is one content, named by its hash: a copy is not stored twice, a file that was moved
    keeps its vectors, and a file whose content changed replaces its old self. Raises
    CatalogueError where the catalogue at that place was made with another space.
    """

    def __init__(self, where: str | Path, space: Space) -> None:
        self.where = str(where) if "://" in str(where) else str(Path(where).expanduser())
        self.space = space
        self._database: Any = None
        self._items: Any = None
        self._passages: Any = None
        self._reader: CatalogueReader | None = None
        self._identity: tuple[int, int] | None = None
        if "://" in self.where or Path(self.where).exists():
            self._open()

    def __len__(self) -> int:
        return int(self._items.count_rows()) if self._items is not None else 0

    def add(
        self,
        paths: str | Path | Iterable[str | Path],
        *,
        progress: bool = False,
        on_progress: OnProgress | None = None,
        on_done: OnDone | None = None,
        workers: int | None = None,
        limits: Limits | None = None,
    ) -> IndexReport:
        """Add files, and the files below folders; what is already here is skipped.

        Rows are written every few files: what was written survives an interruption at any
        moment, and adding the same paths again goes on from there. on_done is called only
        after a file's rows are written.

        workers: processes that read and encode, each file within ``limits``; 0 for none, then
            there are no limits and a decoder that crashes takes this process with it. By default
            one for each core, and none for fewer than four files or for a space that has no
            bundle and cannot be pickled.
        Raises CatalogueError when the disk is full, WorkerError when workers cannot be started.
        """
        named = [paths] if isinstance(paths, str | Path) else paths
        files = list(collect(Path(path) for path in named))
        from unisono.alignment.indexing.adding import Adding
        from unisono.alignment.indexing.encoding_workers import encoder_for

        encoder = encoder_for(self.space, len(files), workers, limits)
        return Adding(self, progress, on_progress, on_done, encoder).run(files)

    def prune(self, roots: Iterable[str | Path]) -> list[str]:
        """Remove the items below these files and folders whose file is gone; return their paths.

        Raises CatalogueError where a root itself is gone or holds no file any more: it may be on
        a disk that is not mounted.
        """
        from unisono.alignment.indexing.pruning import prune

        return prune(self, [Path(root) for root in roots])

    def search(
        self,
        query: Asking | Sequence[Asking],
        *,
        more: Sequence[Asking] = (),
        less: Sequence[Asking] = (),
        want: Modality | str | Iterable[Modality | str] | None = None,
        k: int = 10,
        where: str | None = None,
        itself: bool = False,
        all_versions: bool = False,
    ) -> list[Hit]:
        """Return the k best items for a text (str) or a file (Path), best first.

        query: several are asked together; it may be empty where there is ``more``.
        more, less: texts and files that the answers should resemble, or not; see ``question``.
        want: modalities that may answer; all by default.
        where: an SQL condition on the columns of items, as in ``composer = 'Bach'``.
        itself: whether the very file that asks may be an answer.
        all_versions: whether a work may answer more than once in a modality; see ``works``.
        Raises ReadError for a query that cannot be read, CatalogueError for a missing catalogue
        or a condition that does not work, ValueError where nothing is wanted.
        """
        from unisono.alignment.searching.search import ask

        return ask(
            [self],
            query,
            more=more,
            less=less,
            want=want,
            k=k,
            where=where,
            itself=itself,
            all_versions=all_versions,
        )

    def reader(self) -> CatalogueReader:
        """What search reads, kept from one search to the next."""
        self._require()
        if self._reader is None or self._reader.items is not self._items:
            from unisono.alignment.store.reader import CatalogueReader

            self._reader = CatalogueReader(self._database, self._items, self._passages, self.space)
        return self._reader

    def build_index(self, on_step: OnStep | None = None) -> list[IndexFacts]:
        """Build or renew what makes large catalogues quick to search, and measure its recall.

        Tables of fewer than 100,000 rows are searched exactly and get none. on_step is told in
        words what begins. Rows added later are searched exactly until the next building.
        """
        self._require()
        from unisono.alignment.store.vector_index import build_index

        self.compact()
        facts = []
        for table in (self._items, self._passages):
            # A row that another process changes meanwhile could make the new index void.
            with self.writing([]):
                facts.append(build_index(table, on_step=on_step))
        return facts

    def index_advice(self) -> str | None:
        """One sentence where an index would make questions much quicker, else None."""
        self._require()
        from unisono.alignment.store.vector_index import advice

        return advice(self._items, self._passages, self.where)

    def items(self, where: str | None = None) -> tables.StoredItems:
        """Read the items that meet an SQL condition, with their whole vectors."""
        self._require()
        return tables.stored_items(self._rows(self._items, where))

    def passages(self, ids: Sequence[str]) -> dict[str, tables.StoredPassages]:
        """Read the passages of some items, each item's in order."""
        return self.reader().passages(ids)

    def known(self) -> dict[str, str]:
        """Path by id of every item."""
        rows = self._items.search().select(["id", "path"]).to_arrow()
        return dict(zip(rows["id"].to_pylist(), rows["path"].to_pylist(), strict=True))

    def write(self, items: Sequence[tables.Item]) -> None:
        """Write items: passages first, so that an item that is there is there whole."""
        with self.writing([item.id for item in items]) as alone:
            if alone:
                append_passages(self._items, self._passages, items)
            else:
                merge_passages(self._passages, items)
            self._merge_items(tables.items_rows(items, self._items.schema))

    def move(self, moves: dict[str, str]) -> None:
        """Give items, by id, new paths."""
        with self.writing([]):
            for item_id, path in moves.items():
                self._items.update(where=f"id = '{item_id}'", values={"path": path})

    def remove(self, ids: Sequence[str]) -> None:
        """Remove items: the item first, so that no item is left without its passages."""
        for some in in_parts(ids):
            with self.writing(some):
                self._items.delete(one_of("id", some))
                self._passages.delete(one_of("item_id", some))

    def repair(self) -> None:
        """Remove what a writer left that was killed between the two tables."""
        if self._items is not None:
            with self.writing([]):
                pass

    def compact(self) -> None:
        """Join the many small pieces that adding leaves, so that reading stays quick."""
        from unisono.alignment.store.vector_index import index_ids

        with self.writing([]):
            for table in (self._items, self._passages):
                # In an object store another process may be joining the same pieces.
                with suppress(RuntimeError):
                    table.optimize(cleanup_older_than=_KEEP_OLD)
            index_ids(self._passages, "item_id")

    def writing(self, ids: Sequence[str]) -> AbstractContextManager[bool]:
        """Alone with the tables, which are made if need be, to write or remove some items."""
        return write_journal.writing(
            self.where, ids, self._identity, self._create, self._drop_halves
        )

    def _drop_halves(self, ids: Sequence[str]) -> None:
        drop_halves(self._items, self._passages, ids)

    def _open(self) -> None:
        self._database = _connect(self.where)
        names = set(self._database.list_tables(limit=1000).tables)
        if "items" not in names:
            return
        try:
            items = self._database.open_table("items")
        except ValueError:
            # Its writer was killed while it made the table.
            return
        stamp = tables.stamp_of(items.schema)
        if stamp.get("format") != tables.FORMAT:
            raise CatalogueError(
                f"{self.where} is not a catalogue that this version of unisono reads; "
                "index your files anew into another folder"
            )
        if stamp.get("fingerprint") != self.space.fingerprint:
            raise CatalogueError(
                f"{self.where} was made with another space ({stamp.get('space')}, fingerprint "
                f"{stamp.get('fingerprint')}; this one is {self.space.fingerprint}); vectors of "
                "different spaces cannot be compared: give its own space with --bundle, or embed "
                f"its files anew with `unisono reindex --catalogue {self.where}`"
            )
        self._passages = self._table("passages", tables.passages_schema(self.space.dimension))
        self._items = items
        if "://" not in self.where:
            self._identity = write_journal.identity_of(Path(self.where))

    def _create(self) -> None:
        if self._items is not None:
            return
        # Another process may have made it since.
        self._open()
        if self._items is not None:
            return
        dimension = self.space.dimension
        schema = tables.items_schema(dimension, self.space.fingerprint, self.space.name)
        self._table("passages", tables.passages_schema(dimension))
        self._table("items", schema)
        self._open()

    def _table(self, name: str, schema: pa.Schema) -> Any:
        return self._database.create_table(name, schema=schema, exist_ok=True)

    def _require(self) -> None:
        if self._items is None:
            raise CatalogueError(
                f"there is no catalogue at {self.where}; make one with "
                f"`unisono index FOLDER --catalogue {self.where}`"
            )

    def _merge_items(self, rows: pa.Table) -> None:
        merge = self._items.merge_insert("id").when_matched_update_all()
        merge.when_not_matched_insert_all().execute(rows)

    def _rows(self, table: Any, where: str | None) -> pa.Table:
        query = table.search()
        try:
            return (query.where(where) if where else query).to_arrow()
        except ValueError as error:
            raise condition_error(str(where), error, table.schema.names) from error


def _connect(where: str) -> Any:
    import lancedb

    # Every reading sees what other processes have written by then.
    return lancedb.connect(where, read_consistency_interval=timedelta(0))
