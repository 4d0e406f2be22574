"""How passages get into a catalogue and out of it without any that is there twice, or alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from unisono.alignment.store import tables

_IDS_IN_A_FILTER = 256
_IDS_IN_A_DELETION = 8192


def append_passages(stored_items: Any, stored: Any, items: Sequence[tables.Item]) -> None:
    """Append where nobody else writes: a merge would read every stored key each time.

    Needs what the journal promises: an item that is there has its passages, and no other has any.
    """
    query = stored_items.search().where(one_of("id", [item.id for item in items]))
    there = set(query.select(["id"]).to_arrow()["id"].to_pylist())
    if new := [item for item in items if item.id not in there]:
        stored.add(tables.passages_rows(new, stored.schema))


def merge_passages(stored: Any, items: Sequence[tables.Item]) -> None:
    """Merge where others may write the same, and killed ones may have left theirs."""
    (
        stored.merge_insert(["item_id", "number"])
        .when_matched_update_all()
        .when_not_matched_insert_all()
        .when_not_matched_by_source_delete(one_of("item_id", [item.id for item in items]))
        .execute(tables.passages_rows(items, stored.schema))
    )


def drop_halves(stored_items: Any, stored: Any, ids: Sequence[str]) -> None:
    """Remove passages of these items whose item was not written, or is removed already."""
    halves: list[str] = []
    for some in in_parts(ids):
        query = stored_items.search().where(one_of("id", some)).select(["id"])
        whole = query.to_arrow()["id"].to_pylist()
        halves += sorted(set(some) - set(whole))
    # Each of these reads all keys of a small table, so a long list is not cut as small.
    for some in in_parts(halves, _IDS_IN_A_DELETION):
        stored.delete(one_of("item_id", some))


def drop_doubles(stored: Any, key: Sequence[str], ids: Sequence[str]) -> None:
    """Keep one row of each key, among the rows of some items whose id is the first of the key.

    An id names a content, so that rows of the same key hold the same.
    """
    import pyarrow as pa

    for some in in_parts(ids):
        rows = stored.search().where(one_of(key[0], some)).to_arrow()
        keys = list(zip(*(rows[name].to_pylist() for name in key), strict=True))
        times = Counter(keys)
        doubled = {one[0] for one, count in times.items() if count > 1}
        if doubled:
            first = {one: at for at, one in reversed(list(enumerate(keys)))}
            kept = sorted(at for one, at in first.items() if one[0] in doubled)
            stored.delete(one_of(key[0], sorted(doubled)))
            stored.add(rows.take(pa.array(kept)).select(stored.schema.names))


def in_parts(ids: Sequence[str], size: int = _IDS_IN_A_FILTER) -> Iterator[Sequence[str]]:
    """Ids in parts that a condition can name."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def one_of(column: str, ids: Iterable[str]) -> str:
    """An SQL condition."""
    return f"{column} IN ({', '.join(repr(str(one)) for one in ids)})"
