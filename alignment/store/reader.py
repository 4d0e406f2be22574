"""Reading a catalogue for search: what is held in memory, and what is fetched for each question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from unisono.alignment.searching.question import PLACED, Query
from unisono.alignment.store import tables
from unisono.alignment.store.held import HeldItems, RecentPassages
from unisono.alignment.store.vector_index import has_vector_index, near_rows
from unisono.towers.encoding import FloatArray

if TYPE_CHECKING:
    from unisono.towers.space import Space

_ATTEMPTS = 3


class CatalogueReader:
    """The two tables of a catalogue, as search reads them.

    ``items`` and ``stored`` passages always show the newest rows; ``held`` is of one version of
    the items, and made anew when there is a newer one.
    """

    def __init__(self, database: Any, items: Any, passages: Any, space: Space) -> None:
        self._database = database
        self.items = items
        self.stored = passages
        self._space = space
        self._held: HeldItems | None = None
        self._recent = RecentPassages()

    def held(self) -> HeldItems:
        """The items of the newest version."""
        version = int(self.items.version)
        for attempt in range(_ATTEMPTS):
            if self._held is not None and self._held.version == version:
                return self._held
            pinned = self._database.open_table("items")
            try:
                pinned.checkout(version)
                self._held = HeldItems(pinned, version)
            except (ValueError, RuntimeError):
                # A version goes away when another process cleans up after an hour's writing.
                if attempt + 1 == _ATTEMPTS:
                    raise
                version = int(self.items.version)
        assert self._held is not None
        return self._held

    def passages(self, ids: Sequence[str]) -> dict[str, tables.StoredPassages]:
        """The passages of some items, each item's in order."""
        if not ids:
            return {}
        return self._recent.of(ids, int(self.stored.version), self._read_passages)

    def passage_blocks(self, ids: Sequence[str] | None) -> Iterator[tuple[pa.Array, FloatArray]]:
        """Stream item ids (m,) and vectors (m, d) of the passages of some items, or of all."""
        query = self.stored.search().select(["item_id", "vector"])
        if ids is None:
            for block in query.to_batches():
                yield block["item_id"], tables.vectors_of(block["vector"])
            return
        for condition in tables.conditions_on("item_id", ids):
            query = self.stored.search().where(condition).select(["item_id", "vector"])
            rows = query.to_arrow()
            if len(rows):
                yield rows["item_id"].combine_chunks(), tables.vectors_of(rows["vector"])

    def count_passages(self) -> int:
        """How many passages are stored."""
        return int(self.stored.count_rows())

    def near_passages(self, query: Query, k: int, probes: int) -> list[str] | None:
        """Ids of items that hold about the k passages closest to each passage of a query.

        None without an index: then every passage has to be looked at.
        """
        if not has_vector_index(self.stored):
            return None
        found: set[str] = set()
        for answers in PLACED:
            asking = self._space.weigh(query.passages, query.modality, answers, "passage")
            for vector in asking:
                near = near_rows(self.stored, vector, k, probes)
                found.update(
                    near.select(["item_id", "_distance"]).to_arrow()["item_id"].to_pylist()
                )
        return sorted(found)

    def _read_passages(self, ids: Sequence[str]) -> dict[str, tables.StoredPassages]:
        found: dict[str, tables.StoredPassages] = {}
        for condition in tables.conditions_on("item_id", ids):
            rows = self.stored.search().where(condition).to_arrow()
            found |= tables.stored_passages(rows)
        return found
