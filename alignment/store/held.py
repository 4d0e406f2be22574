"""What a search needs of all items, kept in memory for one version of the catalogue.

Columns are read when they are first needed, from a handle that stays at its version, so that all
of them belong together whatever other processes write meanwhile.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from unisono.alignment.store.conditions import condition_error
from unisono.alignment.store.tables import StoredPassages, vectors_of
from unisono.alignment.store.vector_index import has_vector_index, near_rows
from unisono.data.modality import Modality
from unisono.towers.encoding import FloatArray

Positions = npt.NDArray[np.intp]
_DETAILS = ("id", "path", "title", "composer", "artist")
_RECENT_PASSAGES = 50_000
_SAMPLE = 1000


@dataclass(frozen=True)
class Details:
    """The words of one item."""

    id: str
    path: str
    title: str
    composer: str | None
    artist: str | None


class HeldItems:
    """The n items of one version, those of a modality side by side.

    rows: row ids (n,) of the table. by_row: positions (n,) in the order of the table.
    spans: positions of each modality. local_scales: kept for ``local_scaling``.
    """

    def __init__(self, table: Any, version: int) -> None:
        self.version = version
        self.local_scales: dict[tuple[Modality, Modality], FloatArray] = {}
        self._table = table
        self._dimension = int(table.schema.field("vector").type.list_size)
        read = table.search().select(["modality"]).with_row_id(True).to_arrow()
        rows = read["_rowid"].to_numpy().astype(np.uint64)
        words = read["modality"].combine_chunks().dictionary_encode()
        kinds = words.indices.to_numpy(zero_copy_only=False)
        names = words.dictionary.to_pylist()
        order = np.lexsort((rows, kinds))
        self.rows: npt.NDArray[np.uint64] = rows[order]
        ends = np.cumsum(np.bincount(kinds, minlength=len(names)))
        self.spans = {
            Modality(name): slice(int(end - count), int(end))
            for name, end, count in zip(names, ends, np.bincount(kinds), strict=True)
        }
        self.by_row = np.argsort(self.rows)
        self._ordered = self.rows[self.by_row]

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def vectors(self) -> FloatArray:
        """Whole vectors (n, d)."""
        vectors = np.empty((len(self), self._dimension), np.float32)
        for block in self._table.search().select(["vector"]).with_row_id(True).to_batches():
            at = self.positions_of(block["_rowid"].to_numpy())
            vectors[at] = vectors_of(block["vector"])
        return vectors

    @property
    def vectors_are_read(self) -> bool:
        """Whether all vectors are in memory already."""
        return "vectors" in self.__dict__

    @cached_property
    def centre(self) -> FloatArray:
        """Mean of (a sample of) the whole vectors (d,)."""
        count = min(len(self), _SAMPLE)
        sample = np.linspace(0, len(self) - 1, count).astype(np.intp)
        return np.asarray(self.vectors_at(sample).mean(axis=0), np.float32)

    def vectors_at(self, positions: Positions) -> FloatArray:
        """Whole vectors (m, d) of some items; only these are read where not all are held."""
        if self.vectors_are_read or 4 * len(positions) > len(self):
            return self.vectors[positions]
        if not len(positions):
            return np.empty((0, self._dimension), np.float32)
        rows = self._table.take_row_ids(self.rows[positions].tolist())
        read = rows.select(["vector"]).with_row_id().to_arrow()
        found = self.positions_of(read["_rowid"].to_numpy())
        order = np.argsort(found)[np.searchsorted(np.sort(found), positions)]
        return vectors_of(read["vector"])[order]

    @property
    def ids(self) -> pa.Array:
        """Ids of all items (n,)."""
        return self._details["id"]

    def modality_of(self, position: int) -> Modality:
        """What an item is."""
        return next(m for m, span in self.spans.items() if span.start <= position < span.stop)

    def ids_at(self, positions: Positions) -> list[str]:
        """Ids of some items."""
        ids: list[str] = self.ids.take(pa.array(positions)).to_pylist()
        return ids

    def details(self, position: int) -> Details:
        """The words of one item."""
        return Details(*(self._details[name][position].as_py() for name in _DETAILS))

    def where(self, condition: str) -> Positions:
        """Positions of the items that meet an SQL condition, in order.

        Raises CatalogueError for a condition that does not work.
        """
        query = self._table.search().where(condition).select(["modality"]).with_row_id(True)
        try:
            found = query.to_arrow()["_rowid"].to_numpy()
        except ValueError as error:
            raise condition_error(condition, error, self._table.schema.names) from error
        return np.sort(self.positions_of(found))

    def positions_of(self, rows: npt.NDArray[np.uint64]) -> Positions:
        """Positions of rows of the table."""
        found: Positions = self.by_row[np.searchsorted(self._ordered, rows.astype(np.uint64))]
        return found

    def owners(self, ids: pa.Array) -> Positions:
        """Positions of items by id (m,); -1 for an id that there is not."""
        if not len(self):
            return np.full(len(ids), -1, np.intp)
        # Passages of an item stand side by side: far fewer different ids than ids.
        different = ids.dictionary_encode()
        words = np.array(different.dictionary.to_pylist(), dtype=np.bytes_)
        ordered, order = self._ordered_ids
        at = np.minimum(np.searchsorted(ordered, words), len(ordered) - 1)
        found = np.where(ordered[at] == words, order[at], -1)
        owners: Positions = found[different.indices.to_numpy(zero_copy_only=False)]
        return owners

    @cached_property
    def _ordered_ids(self) -> tuple[npt.NDArray[np.bytes_], Positions]:
        words = np.array(self.ids.to_pylist(), dtype=np.bytes_)
        order = np.argsort(words)
        return words[order], order

    def near(self, vector: FloatArray, modality: Modality, k: int, probes: int) -> Positions:
        """About the k items of a modality that are closest to a vector (d,), by the index."""
        query = near_rows(self._table, vector, k, probes)
        read = query.where(f"modality = '{modality}'", prefilter=True)
        read = read.select(["_distance"]).with_row_id(True)
        return self.positions_of(read.to_arrow()["_rowid"].to_numpy())

    @cached_property
    def has_index(self) -> bool:
        """Whether the vectors have an index for approximate search."""
        return has_vector_index(self._table)

    @cached_property
    def _details(self) -> dict[str, pa.Array]:
        read = self._table.search().select([*_DETAILS]).with_row_id(True).to_arrow()
        order = np.argsort(self.positions_of(read["_rowid"].to_numpy()))
        return {name: read[name].combine_chunks().take(pa.array(order)) for name in _DETAILS}


class RecentPassages:
    """Passages of the items that were asked for last, for one version of their table."""

    def __init__(self) -> None:
        self._version: int | None = None
        self._kept: OrderedDict[str, StoredPassages | None] = OrderedDict()
        self._size = 0

    def of(
        self,
        ids: Sequence[str],
        version: int,
        read: Callable[[Sequence[str]], dict[str, StoredPassages]],
    ) -> dict[str, StoredPassages]:
        """Passages by item; ``read`` is asked only for those that are not at hand."""
        if version != self._version:
            self._version = version
            self._kept.clear()
            self._size = 0
        missing = [item_id for item_id in ids if item_id not in self._kept]
        if missing:
            fresh = read(missing)
            self._kept.update({item_id: fresh.get(item_id) for item_id in missing})
            self._size += sum(1 + len(passages.places) for passages in fresh.values())
        found = {}
        for item_id in ids:
            self._kept.move_to_end(item_id)
            if (passages := self._kept[item_id]) is not None:
                found[item_id] = passages
        while self._size > _RECENT_PASSAGES and len(self._kept) > len(ids):
            _, dropped = self._kept.popitem(last=False)
            self._size -= 1 + len(dropped.places) if dropped is not None else 0
        return found
