"""A collection of music in one space, kept in LanceDB: what is added to it and read from it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from unisono.alignment import tables
from unisono.alignment.files import collect, content_hash, fault_of
from unisono.data.errors import ReadError
from unisono.data.modality import Modality
from unisono.data.readers.metadata import read_metadata
from unisono.towers.encoding import FloatArray

if TYPE_CHECKING:
    from unisono.towers.space import Space

    from unisono.alignment.search import Hit

HOP_S = 1.0
"""Seconds between stored passages of recordings and MIDI files."""
TEXT_SUFFIXES = frozenset({"", ".txt", ".text", ".md", ".rst", ".lrc"})
"""Of the files that hold readable text, only these are notes about music."""
_BATCH = 16
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
        return _Adding(self, progress, on_progress).run(files)

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


class _Adding:
    """One run of ``Catalogue.add``: what is known, what waits to be written, what came of it."""

    def __init__(self, catalogue: Catalogue, progress: bool, on_progress: OnProgress | None):
        self.catalogue = catalogue
        self.progress = progress
        self.on_progress = on_progress
        self.report = IndexReport()
        self.path_of = catalogue.known() if len(catalogue) else {}
        self.ids_at: dict[str, set[str]] = {}
        for item_id, path in self.path_of.items():
            self.ids_at.setdefault(path, set()).add(item_id)
        self.copies: dict[str, str] = {}
        self.waiting: list[tables.Item] = []

    def run(self, files: Sequence[Path]) -> IndexReport:
        from tqdm import tqdm

        bar = tqdm(files, unit="file", disable=None if self.progress else True, leave=False)
        try:
            for done, path in enumerate(bar):
                if self.on_progress:
                    self.on_progress(done, len(files), path)
                self._take(path)
        finally:
            # Also after Ctrl-C: what was encoded is worth keeping.
            self._flush()
            bar.close()
        if self.report.indexed:
            self.catalogue.compact()
        return self.report

    def _take(self, path: Path) -> None:
        fault = fault_of(path)
        if fault:
            self.report.quarantine.append((path, fault))
            return
        try:
            item_id = content_hash(path)
            if self._is_known(item_id, str(path)):
                self.report.skipped += 1
                return
            self.waiting.append(self._encode(item_id, path))
        except ReadError as error:
            self.report.quarantine.append((path, error.reason))
        except OSError as error:
            self.report.quarantine.append((path, (error.strerror or str(error)).lower()))
        except Exception as error:
            # Decoders raise what they like on damaged files; one file must not end the run.
            reason = str(error).strip().splitlines()
            self.report.quarantine.append(
                (path, f"cannot be read ({type(error).__name__}: {reason[0] if reason else ''})")
            )
        if len(self.waiting) >= _BATCH:
            self._flush()

    def _encode(self, item_id: str, path: Path) -> tables.Item:
        encoding = self.catalogue.space.encode_item(path, hop_s=HOP_S)
        if encoding.modality is Modality.TEXT and path.suffix.lower() not in TEXT_SUFFIXES:
            raise ReadError(path, f"a {path.suffix} file is not taken as music or as a note on it")
        return tables.Item(item_id, str(path), read_metadata(path, encoding.modality), encoding)

    def _is_known(self, item_id: str, path: str) -> bool:
        if any(item.id == item_id for item in self.waiting):
            return True
        if item_id not in self.path_of:
            return False
        known_path = self.path_of[item_id]
        if known_path != path:
            self.copies[item_id] = path
            if not os.path.exists(known_path):
                self._relocate(item_id, path)
        self._drop_stale(path, item_id)
        return True

    def _flush(self) -> None:
        items, self.waiting = self.waiting, []
        if not items:
            return
        self.catalogue.write(items)
        for item in items:
            self.path_of[item.id] = item.path
            self.ids_at.setdefault(item.path, set()).add(item.id)
            self._drop_stale(item.path, item.id)
        self.report.indexed += len(items)

    def _drop_stale(self, path: str, current: str) -> None:
        """Remove what the catalogue holds of earlier contents of this path."""
        for stale in self.ids_at.get(path, set()) - {current}:
            if stale in self.copies:
                self._relocate(stale, self.copies[stale])
            else:
                self.catalogue.remove([stale])
                self.ids_at[path].discard(stale)
                del self.path_of[stale]

    def _relocate(self, item_id: str, path: str) -> None:
        self.catalogue.move({item_id: path})
        self.ids_at.get(self.path_of[item_id], set()).discard(item_id)
        self.ids_at.setdefault(path, set()).add(item_id)
        self.path_of[item_id] = path


def _connect(where: str) -> Any:
    import lancedb

    # Every reading sees what other processes have written by then.
    return lancedb.connect(where, read_consistency_interval=timedelta(0))


def _in_parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _IDS_IN_A_FILTER):
        yield ids[start : start + _IDS_IN_A_FILTER]


def _quoted(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)
