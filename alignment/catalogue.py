"""A collection of music in one space, kept in LanceDB: what is added to it and read from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from unisono.alignment import tables
from unisono.alignment.files import collect
from unisono.data.modality import Modality
from unisono.towers.encoding import FloatArray

if TYPE_CHECKING:
    from unisono.alignment.search import Hit
    from unisono.towers.space import Space

_KEEP_OLD = timedelta(hours=1)
_IDS_IN_A_FILTER = 256

OnProgress = Callable[[int, int, Path], None]
"""Called before each file with the number done, the number of files, and the file."""


class CatalogueError(Exception):
    """A catalogue cannot be used as asked; the text is one line that says what to do."""


@dataclass
class IndexReport:
    """What became of the files given to ``Catalogue.add``.

    skipped: files whose content the catalogue already held.
    quarantine: (path, one-line reason) of each file that could not be used.
    """

    indexed: int = 0
    skipped: int = 0
    quarantine: list[tuple[Path, str]] = field(default_factory=list)


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
    ) -> IndexReport:
        """Add files, and the files below folders; what is already here is skipped.

        Rows are written every few files: what was written survives an interruption at any
        moment, and adding the same paths again goes on from there.
        """
        named = [paths] if isinstance(paths, str | Path) else paths
        files = list(collect(Path(path) for path in named))
        from unisono.alignment.adding import Adding

        return Adding(self, progress, on_progress).run(files)

    def search(
        self,
        query: str | Path,
        *,
        want: Modality | str | Iterable[Modality | str] | None = None,
        k: int = 10,
        where: str | None = None,
        itself: bool = False,
    ) -> list[Hit]:
        """Return the k best items for a text (str) or a file (Path), best first.

        want: modalities that may answer; all by default.
        where: an SQL condition on the columns of items, as in ``composer = 'Bach'``.
        itself: whether the very file that asks may be an answer.
        Raises ReadError for a query that cannot be read, CatalogueError for a missing catalogue
        or a condition that Lance does not understand.
        """
        from unisono.alignment.search import search

        wanted = [want] if isinstance(want, str) else list(want or Modality)
        return search(self, query, [Modality(word) for word in wanted], k, where, itself)

    def items(self, where: str | None = None) -> tables.StoredItems:
        """Read the items that meet an SQL condition, with their whole vectors."""
        self._require()
        return tables.stored_items(self._rows(self._items, where))

    def passages(self, ids: Sequence[str]) -> dict[str, tables.StoredPassages]:
        """Read the passages of some items, each item's in order."""
        self._require()
        found: dict[str, tables.StoredPassages] = {}
        for some in _in_parts(ids):
            rows = self._rows(self._passages, f"item_id IN ({_quoted(some)})")
            found |= tables.stored_passages(rows)
        return found

    def passage_blocks(self) -> Iterator[tuple[pa.Array, FloatArray]]:
        """Stream every stored passage: item ids (m,) and vectors (m, d), in blocks."""
        self._require()
        query = self._passages.search().select(["item_id", "vector"])
        for block in query.to_batches():
            yield block["item_id"], tables.vectors_of(block["vector"])

    def known(self) -> dict[str, str]:
        """Path by id of every item."""
        rows = self._items.search().select(["id", "path"]).to_arrow()
        return dict(zip(rows["id"].to_pylist(), rows["path"].to_pylist(), strict=True))

    def write(self, items: Sequence[tables.Item]) -> None:
        """Write items: passages first, so that an item that is there is there whole."""
        self._create()
        rows = tables.passages_rows(items, self._passages.schema)
        ids = _quoted([item.id for item in items])
        (
            self._passages.merge_insert(["item_id", "number"])
            .when_matched_update_all()
            .when_not_matched_insert_all()
            .when_not_matched_by_source_delete(f"item_id IN ({ids})")
            .execute(rows)
        )
        self._merge_items(tables.items_rows(items, self._items.schema))

    def move(self, moves: dict[str, str]) -> None:
        """Give items, by id, new paths."""
        for item_id, path in moves.items():
            self._items.update(where=f"id = '{item_id}'", values={"path": path})

    def remove(self, ids: Sequence[str]) -> None:
        """Remove items: the item first, so that no item is left without its passages."""
        for some in _in_parts(ids):
            self._items.delete(f"id IN ({_quoted(some)})")
            self._passages.delete(f"item_id IN ({_quoted(some)})")

    def compact(self) -> None:
        """Join the many small pieces that adding leaves, so that reading stays quick."""
        for table in (self._items, self._passages):
            # Another process may be joining the same pieces; then they are joined.
            with suppress(RuntimeError):
                table.optimize(cleanup_older_than=_KEEP_OLD)

    def _open(self) -> None:
        self._database = _connect(self.where)
        names = set(self._database.list_tables(limit=1000).tables)
        if "items" not in names:
            return
        items = self._database.open_table("items")
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
                "different spaces cannot be compared: index your files anew into another folder"
            )
        self._items = items
        self._passages = self._table("passages", tables.passages_schema(self.space.dimension))

    def _create(self) -> None:
        if self._items is not None:
            return
        if self._database is None:
            self._database = _connect(self.where)
        dimension = self.space.dimension
        schema = tables.items_schema(dimension, self.space.fingerprint, self.space.name)
        self._passages = self._table("passages", tables.passages_schema(dimension))
        self._items = self._table("items", schema)

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
            fault = str(error).splitlines()[0]
            raise CatalogueError(f"the condition {where!r} does not work: {fault}") from error


def _connect(where: str) -> Any:
    import lancedb

    # Every reading sees what other processes have written by then.
    return lancedb.connect(where, read_consistency_interval=timedelta(0))


def _in_parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _IDS_IN_A_FILTER):
        yield ids[start : start + _IDS_IN_A_FILTER]


def _quoted(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)
