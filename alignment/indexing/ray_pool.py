"""The two passes of Ray Data: identifying files, and encoding them into fragments."""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from unisono.alignment.indexing.encoding_files import Job
from unisono.alignment.indexing.encoding_worker import Handle
from unisono.alignment.indexing.encoding_workers import Limits
from unisono.alignment.indexing.ray_session import RayError
from unisono.alignment.indexing.ray_worker import (
    COLUMN,
    Encoding,
    EncodingActor,
    Ledger,
    Written,
    identify_files,
)
from unisono.alignment.indexing.stored_files import Identity

if TYPE_CHECKING:
    from unisono.alignment.catalogue import Catalogue

_MOST_IN_A_BLOCK = 500
"""Files that a worker takes at once, and whose rows make a fragment; so many are begun again
where a worker is killed."""
_BLOCKS_PER_WORKER = 4
"""At least, so that no worker waits long for the last."""
_One = TypeVar("_One")


class RayPool:
    """Ray's workers, as a run of indexing sees them; Ray must be running."""

    def __init__(self, catalogue: Catalogue, handle: Handle, workers: int, limits: Limits) -> None:
        import ray

        self.workers = workers
        self._ledger: Any = ray.remote(num_cpus=0)(Ledger).remote()
        where = catalogue.where
        self._encoding = Encoding(
            where if "://" in where else os.path.abspath(where),
            handle,
            catalogue.space.fingerprint,
            limits,
            self._ledger,
            tuple(sys.path),
        )

    def identify(self, paths: Sequence[Path]) -> Iterator[tuple[Path, Identity]]:
        """Hash files, in any order. Raises RayError where no worker can work."""
        blocks = self._blocks(paths)
        size = max(1, min(self.workers, len(blocks)))
        for found in self._over(blocks, identify_files, concurrency=size):
            yield from found

    def encode(self, jobs: Sequence[Job]) -> Generator[Written, None, None]:
        """Encode files and write their rows, in any order. Raises RayError as above."""
        from ray.data import ActorPoolStrategy

        blocks = self._blocks(jobs)
        size = max(1, min(self.workers, len(blocks)))
        yield from self._over(
            blocks,
            EncodingActor,
            compute=ActorPoolStrategy(size=size, max_tasks_in_flight_per_actor=1),
            fn_constructor_args=(self._encoding,),
        )

    def done(self) -> int:
        """Files that are encoded or refused so far, as the workers say every second."""
        return self._said()[0]

    def began_again(self) -> bool:
        """Whether a worker was killed and its files given to another."""
        return self._said()[1]

    def _said(self) -> tuple[int, bool]:
        import ray

        said: Any = ray.get(self._ledger.done.remote())
        return int(said[0]), bool(said[1])

    def _blocks(self, things: Sequence[_One]) -> list[Sequence[_One]]:
        even = -(-len(things) // (self.workers * _BLOCKS_PER_WORKER))
        return list(in_parts(things, max(1, min(even, _MOST_IN_A_BLOCK))))

    def _over(self, blocks: Sequence[Any], take: Any, **options: Any) -> Iterator[Any]:
        """What ``take`` makes of each block, as it comes."""
        import ray

        if not blocks:
            return
        rows = [{COLUMN: pickle.dumps(block)} for block in blocks]
        data = ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
            take, batch_size=1, batch_format="pyarrow", num_cpus=1, **options
        )
        try:
            for table in data.iter_batches(
                batch_size=None, batch_format="pyarrow", prefetch_batches=0
            ):
                for value in table[COLUMN]:
                    yield pickle.loads(value.as_py())
        except ray.exceptions.RayError as error:
            said = str(error).strip().splitlines() or [type(error).__name__]
            raise RayError(f"Ray has given up: {said[-1]}") from error


def in_parts(things: Sequence[_One], size: int) -> Iterator[Sequence[_One]]:
    """Parts of at most ``size``."""
    for start in range(0, len(things), size):
        yield things[start : start + size]
