"""A catalogue of random vectors, written through the catalogue's own tables.

python -m benchmarks.synthetic_catalogue BUNDLE WHERE ITEMS [PASSAGES]

Prints, as JSON, the time that adding one more file took at the end, without decoding or encoding:
the median of writes of ``FILES`` files, as `unisono index` makes them.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from datetime import timedelta
from pathlib import Path

import numpy as np

from unisono.alignment.catalogue import Catalogue
from unisono.alignment.store import tables
from unisono.data.modality import Modality
from unisono.data.places import TimeSpan
from unisono.data.readers.metadata import Metadata
from unisono.towers.encoding import Encoding, Passages
from unisono.towers.space import Space, load

CHUNK = 5_000
FILES, WRITES = 16, 15
PASSAGES = 3


def fill(where: Path, space: Space, count: int, passages: int = PASSAGES) -> Catalogue:
    """Write so many recordings of random vectors of unit length."""
    import lancedb

    random = np.random.default_rng(0)
    database = lancedb.connect(str(where))
    dimension = space.dimension
    items = database.create_table(
        "items", schema=tables.items_schema(dimension, space.fingerprint, space.name)
    )
    stored = database.create_table("passages", schema=tables.passages_schema(dimension))
    for start in range(0, count, CHUNK):
        fresh = [
            _item(i, dimension, passages, random) for i in range(start, min(start + CHUNK, count))
        ]
        stored.add(tables.passages_rows(fresh, stored.schema))
        items.add(tables.items_rows(fresh, items.schema))
    catalogue = Catalogue(where, space)
    catalogue.compact()
    warnings.simplefilter("ignore")  # LanceDB warns of other readers; there are none
    for table in (items, stored):
        # Pieces from before they were joined would go an hour later; a figure of size is of now.
        table.checkout_latest()
        table.optimize(cleanup_older_than=timedelta(0))
    return catalogue


def _item(number: int, dimension: int, passages: int, random: np.random.Generator) -> tables.Item:
    vectors = random.standard_normal((passages + 1, dimension), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    places = [TimeSpan(float(i), float(i + 4)) for i in range(passages)]
    encoding = Encoding(
        Modality.AUDIO,
        vectors[0],
        Passages(vectors[1:], places, np.ones(passages, np.float32)),
        180.0,
    )
    metadata = Metadata(f"Title {number}", f"Composer {number % 997}")
    path = f"/music/album {number // 12}/{number:07}.mp3"
    return tables.Item(random.bytes(16).hex(), path, metadata, encoding)


def seconds_to_write(catalogue: Catalogue, passages: int = PASSAGES) -> float:
    """Seconds that one more file takes to write: rows, journal and commits."""
    random = np.random.default_rng(1)
    dimension, first = catalogue.space.dimension, len(catalogue)
    taken = []
    for number in range(WRITES):
        start = first + number * FILES
        fresh = [_item(start + i, dimension, passages, random) for i in range(FILES)]
        begin = time.perf_counter()
        catalogue.write(fresh)
        taken.append((time.perf_counter() - begin) / FILES)
    return float(np.median(taken))


if __name__ == "__main__":
    bundle, place, items_wanted, *more = sys.argv[1:]
    filled = fill(Path(place), load(Path(bundle)), int(items_wanted), *map(int, more))
    print(json.dumps({"write_s": seconds_to_write(filled, *map(int, more))}))
