"""The two Lance tables of a catalogue: their columns, and rows to and from a space's vectors.

``items`` has one row for each different content, named by its hash. ``passages`` has one row for
each passage, keyed by item and number. Whole vectors are kept as float32 and passages as
float16: rounding moves a similarity by less than 0.001 and halves what is by far the larger part.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from unisono.data.places import Place, Region, TimeSpan
from unisono.data.readers.metadata import Metadata
from unisono.towers.encoding import Encoding, FloatArray

FORMAT = 1
_IDS_IN_A_FILTER = 256
_KEY = b"unisono"
_PRIMARY_KEY = {b"lance-schema:unenforced-primary-key": b"true"}
# With it, two processes that merge the same new key at once are told apart, and one tries again.


@dataclass(frozen=True)
class Item:
    """One file to be written: its identity, its words and its vectors."""

    id: str
    path: str
    metadata: Metadata
    encoding: Encoding


@dataclass(frozen=True)
class StoredItems:
    """Rows of ``items``: n ids, paths, titles and modalities, and vectors (n, d)."""

    ids: Sequence[str]
    paths: Sequence[str]
    titles: Sequence[str]
    modalities: npt.NDArray[np.str_]
    vectors: FloatArray

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class StoredPassages:
    """Passages of one item in order: vectors (n, d) float32, n places and weights."""

    vectors: FloatArray
    places: Sequence[Place | None]
    weights: FloatArray


def items_schema(dimension: int, fingerprint: str, name: str) -> pa.Schema:
    """Columns of ``items``; the space that made the vectors is named in the schema itself."""
    stamp = {"format": FORMAT, "fingerprint": fingerprint, "space": name}
    return pa.schema(
        [
            pa.field("id", pa.string(), nullable=False, metadata=_PRIMARY_KEY),
            pa.field("path", pa.string()),
            pa.field("modality", pa.string()),
            pa.field("title", pa.string()),
            pa.field("composer", pa.string()),
            pa.field("artist", pa.string()),
            pa.field("album", pa.string()),
            pa.field("year", pa.int32()),
            pa.field("duration_s", pa.float64()),
            pa.field("vector", pa.list_(pa.float32(), dimension)),
        ],
        metadata={_KEY: json.dumps(stamp).encode()},
    )


def passages_schema(dimension: int) -> pa.Schema:
    """Columns of ``passages``; those of a place that an item does not have are null."""
    return pa.schema(
        [
            pa.field("item_id", pa.string(), nullable=False, metadata=_PRIMARY_KEY),
            pa.field("number", pa.int32(), nullable=False, metadata=_PRIMARY_KEY),
            pa.field("start_s", pa.float64()),
            pa.field("end_s", pa.float64()),
            pa.field("page", pa.int32()),
            pa.field("system", pa.int32()),
            *(pa.field(name, pa.float64()) for name in ("x0", "x1", "y0", "y1")),
            pa.field("weight", pa.float32()),
            pa.field("vector", pa.list_(pa.float16(), dimension)),
        ]
    )


def stamp_of(schema: pa.Schema) -> dict[str, object]:
    """What ``items_schema`` wrote about the space; empty for a foreign table."""
    raw = (schema.metadata or {}).get(_KEY)
    return dict(json.loads(raw)) if raw else {}


def items_rows(items: Sequence[Item], schema: pa.Schema) -> pa.Table:
    """Arrow rows of ``items``."""
    columns = [
        [item.id for item in items],
        [item.path for item in items],
        [str(item.encoding.modality) for item in items],
        *(
            [getattr(item.metadata, name) for item in items]
            for name in ("title", "composer", "artist", "album", "year")
        ),
        [item.encoding.duration_s for item in items],
    ]
    arrays = [
        pa.array(column, type=field.type) for column, field in zip(columns, schema, strict=False)
    ]
    vectors = np.stack([item.encoding.whole for item in items])
    return pa.table([*arrays, vector_column(vectors)], schema=schema)


def passages_rows(items: Sequence[Item], schema: pa.Schema) -> pa.Table:
    """Arrow rows of ``passages``; an item without passages gives none."""
    owners = [(item.id, n) for item in items for n in range(len(item.encoding.passages))]
    places = place_columns([p for item in items for p in item.encoding.passages.places])
    weights = np.concatenate([item.encoding.passages.weights for item in items])
    vectors = np.concatenate([item.encoding.passages.vectors for item in items])
    columns = [
        pa.array([owner for owner, _ in owners], pa.string()),
        pa.array([number for _, number in owners], pa.int32()),
        *(pa.array(places[f.name], f.type) for f in schema if f.name in places),
        pa.array(weights.astype(np.float32)),
        vector_column(vectors.astype(np.float16)),
    ]
    return pa.table(columns, schema=schema)


def place_columns(places: Sequence[Place | None]) -> dict[str, list[float | None]]:
    """One column for each number of a place: start_s, end_s, page, system, x0, x1, y0, y1."""
    times = [p if isinstance(p, TimeSpan) else None for p in places]
    regions = [p if isinstance(p, Region) else None for p in places]
    columns: dict[str, list[float | None]] = {
        name: [getattr(p, name) if p else None for p in times] for name in ("start_s", "end_s")
    }
    for name in ("page", "system", "x0", "x1", "y0", "y1"):
        columns[name] = [getattr(p, name) if p else None for p in regions]
    return columns


def vector_column(vectors: npt.NDArray[np.floating]) -> pa.FixedSizeListArray:
    """An Arrow column of fixed-size lists from (n, d)."""
    flat = pa.array(np.ascontiguousarray(vectors).reshape(-1))
    return pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1])


def vectors_of(column: pa.ChunkedArray | pa.Array) -> FloatArray:
    """(n, d) float32 from a column of fixed-size lists."""
    dimension = column.type.list_size
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    flat = [chunk.flatten().to_numpy(zero_copy_only=False) for chunk in chunks]
    joined = np.concatenate(flat) if flat else np.empty(0, np.float32)
    return joined.astype(np.float32, copy=False).reshape(-1, dimension)


def conditions_on(column: str, ids: Sequence[str]) -> Iterator[str]:
    """SQL conditions that together choose the rows of some ids; no filter gets very long."""
    for start in range(0, len(ids), _IDS_IN_A_FILTER):
        words = ", ".join(f"'{one}'" for one in ids[start : start + _IDS_IN_A_FILTER])
        yield f"{column} IN ({words})"


def stored_items(rows: pa.Table) -> StoredItems:
    """Rows of ``items`` as arrays."""
    return StoredItems(
        ids=rows["id"].to_pylist(),
        paths=rows["path"].to_pylist(),
        titles=rows["title"].to_pylist(),
        modalities=np.array(rows["modality"].to_pylist(), dtype=np.str_),
        vectors=vectors_of(rows["vector"]),
    )


def stored_passages(rows: pa.Table) -> dict[str, StoredPassages]:
    """Rows of ``passages`` of several items, in order, by item."""
    rows = rows.sort_by([("item_id", "ascending"), ("number", "ascending")])
    owners = np.array(rows["item_id"].to_pylist(), dtype=np.str_)
    vectors, weights = vectors_of(rows["vector"]), rows["weight"].to_numpy()
    names = ("start_s", "end_s", "page", "system", "x0", "x1", "y0", "y1")
    places = [_place(row) for row in rows.select(names).to_pylist()]
    starts = [i for i in range(len(owners)) if i == 0 or owners[i] != owners[i - 1]]
    ends = [*starts[1:], len(owners)] if starts else []
    return {
        str(owners[i]): StoredPassages(vectors[i:j], places[i:j], weights[i:j])
        for i, j in zip(starts, ends, strict=True)
    }


def _place(row: dict[str, float | None]) -> Place | None:
    start, end, page, system = row["start_s"], row["end_s"], row["page"], row["system"]
    if start is not None and end is not None:
        return TimeSpan(start, end)
    if page is not None and system is not None:
        x0, x1, y0, y1 = (float(row[name] or 0.0) for name in ("x0", "x1", "y0", "y1"))
        return Region(int(page), int(system), x0, x1, y0, y1)
    return None
