"""An index for approximate search in large catalogues, with what it is worth: measured recall.

Exact search reads every vector for every question. An inverted file with product quantisation
(Jegou et al., Product Quantization for Nearest Neighbor Search, 2011) reads a few partitions of
short codes, and looks the best of them up again in full.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np

from unisono.alignment.searching.nearest import nearest
from unisono.alignment.store.tables import vectors_of
from unisono.towers.encoding import FloatArray

SMALLEST = 100_000
"""Below so many vectors exact search is quick, and an index only costs recall."""
PROBES, REFINE = 40, 4
"""Partitions that are looked at, and how many times k candidates are compared in full."""
MANY_ITEMS, MANY_PASSAGES = 1_000_000, 2_000_000
"""From so many on, reading all of them takes a good part of a second or more."""
_SAMPLE = 200
_AT = 10
_ROUNDING = 1e-4
_VALUES_PER_BYTE = 4
"""Values of a vector that share a byte of its code."""
_ITERATIONS, _SAMPLE_RATE = 10, 64
"""Of k-means, and vectors a centre that it learns from; more cost time and gain little recall."""
_WAIT = timedelta(days=7)

OnStep = Callable[[str], object]
"""Told in words what begins."""


@dataclass(frozen=True)
class IndexFacts:
    """An index that was built.

    table: ``items`` or ``passages``. vectors: how many it holds. recall: the share of the true
    ten closest that it finds, mean over a sample of stored vectors; None where nothing was built,
    because the table is small. bytes: its size, where that can be seen.
    """

    table: str
    vectors: int
    recall: float | None
    seconds: float = 0.0
    bytes: int | None = None


def build_index(
    table: Any, *, smallest: int = SMALLEST, on_step: OnStep | None = None
) -> IndexFacts:
    """Build or renew the index on a table's vectors and measure it; few vectors get none."""
    say = on_step or (lambda _: None)
    count = int(table.count_rows())
    if count < smallest:
        return IndexFacts(table.name, count, None)
    from lancedb.index import IvfPq

    start = time.perf_counter()
    dimension = table.schema.field("vector").type.list_size
    say(f"building an index of {count:,} {table.name}")
    config = IvfPq(
        distance_type="dot",
        num_partitions=max(1, round(np.sqrt(count))),
        num_sub_vectors=max(1, dimension // _VALUES_PER_BYTE),
        max_iterations=_ITERATIONS,
        sample_rate=_SAMPLE_RATE,
    )
    table.create_index("vector", config=config, replace=True, wait_timeout=_WAIT)
    seconds = time.perf_counter() - start
    say(f"measuring it on {_SAMPLE} stored {table.name}")
    return IndexFacts(table.name, count, measured_recall(table), seconds, _size(table))


def measured_recall(table: Any, sample: int = _SAMPLE, k: int = _AT, seed: int = 0) -> float:
    """Share of the k truly closest rows (by inner product) that the index finds, 0..1."""
    count = int(table.count_rows())
    offsets = np.sort(np.random.default_rng(seed).choice(count, min(sample, count), replace=False))
    asking = vectors_of(
        table.take_offsets(offsets.tolist()).select(["vector"]).to_arrow()["vector"]
    )
    worst = exact_scores(table, asking, k)[:, -1]
    found = 0
    for vector, limit in zip(asking, worst, strict=True):
        near = near_rows(table, vector, k).select(["_distance"]).to_arrow()
        # LanceDB's distance is 1 minus the inner product. Equally close ones are all right.
        similarity = 1 - near["_distance"].to_numpy()
        found += int((similarity >= limit - _ROUNDING).sum())
    return found / (len(asking) * min(k, count))


def near_rows(table: Any, vector: FloatArray, k: int, probes: int = PROBES) -> Any:
    """A query of LanceDB for the k rows closest to a vector (d,) by inner product."""
    query = table.search(vector, vector_column_name="vector").distance_type("dot")
    return query.limit(k).nprobes(probes).refine_factor(REFINE)


def exact_scores(table: Any, asking: FloatArray, k: int) -> FloatArray:
    """Inner products (q, k) with the closest stored vectors, each block of them read once."""
    scores = np.full((len(asking), 0), -np.inf, np.float32)
    for block in table.search().select(["vector"]).to_batches():
        fresh, _ = nearest(vectors_of(block["vector"]), asking, k)
        joined = np.concatenate((scores, fresh), axis=1)
        scores = -np.sort(-joined, axis=1)[:, :k]
    return scores


def has_vector_index(table: Any) -> bool:
    """Whether a Lance table has an index on its vectors."""
    return any("vector" in index.columns for index in table.list_indices())


def advice(items: Any, passages: Any, where: str) -> str | None:
    """Say that an index is worth building, for tables that are large and have none."""
    for table, many in ((items, MANY_ITEMS), (passages, MANY_PASSAGES)):
        count = int(table.count_rows())
        if count > many and not has_vector_index(table):
            return (
                f"{where} holds {count:,} {table.name}, and questions read all of them; "
                f"`unisono optimise --catalogue {where}` builds an index"
            )
    return None


def index_ids(table: Any, column: str, *, smallest: int = SMALLEST) -> None:
    """Make rows of a large table quick to find by an id; later rows join when it is compacted."""
    if int(table.count_rows()) < smallest:
        return
    if any(column in index.columns for index in table.list_indices()):
        return
    from lancedb.index import BTree

    table.create_index(column, config=BTree(), wait_timeout=_WAIT)


def _size(table: Any) -> int | None:
    sizes = [
        getattr(index, "size_bytes", None)
        for index in table.list_indices()
        if "vector" in index.columns
    ]
    known = [size for size in sizes if isinstance(size, int)]
    return sum(known) if known else None
