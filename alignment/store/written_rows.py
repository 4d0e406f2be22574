"""How passages get into a catalogue and out of it without any that is there twice, or alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from unisono.alignment.store import tables

_IDS_IN_A_FILTER = 256


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
    for some in in_parts(ids):
        query = stored_items.search().where(one_of("id", some)).select(["id"])
        whole = query.to_arrow()["id"].to_pylist()
        if halves := sorted(set(some) - set(whole)):
            stored.delete(one_of("item_id", halves))


def in_parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Ids in parts that a condition can name."""
    for start in range(0, len(ids), _IDS_IN_A_FILTER):
        yield ids[start : start + _IDS_IN_A_FILTER]


def one_of(column: str, ids: Iterable[str]) -> str:
    """An SQL condition."""
    return f"{column} IN ({', '.join(repr(str(one)) for one in ids)})"
