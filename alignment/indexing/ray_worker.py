"""What Ray's processes do: identify files, or encode them and write the rows as fragments.

The process that holds the space is not Ray's own but one of ``encoding_workers`` below it, so that
a decoder that crashes, hangs or takes too much memory costs one file here as everywhere. Where
Ray's process itself is killed, Ray starts another and gives it the same files; the second time
they are taken one at a time, each noted, so that the third time one knows which one it is.
"""

from __future__ import annotations

import pickle
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from unisono.alignment.indexing.encoding_files import Encoded, Job, reason_of
from unisono.alignment.indexing.encoding_worker import Handle
from unisono.alignment.indexing.encoding_workers import EncodingWorkers, Limits, WorkerError
from unisono.alignment.indexing.stored_files import Identity, fetched, identify
from unisono.alignment.store.fragments import Fragments, write_fragments
from unisono.alignment.store.tables import Item
from unisono.data.errors import ReadError

COLUMN = "pickled"
KILLED_TWICE = "Ray's worker was killed twice while it was read; its machine may be short of memory"
_ROWS_IN_MEMORY = 200_000
_REPORT_S = 1.0


@dataclass(frozen=True)
class Encoding:
    """What an encoding process is given.

    search: where modules are found, for a space that is not of an installed package.
    """

    where: str
    handle: Handle
    fingerprint: str
    limits: Limits
    ledger: Any
    search: tuple[str, ...] = ()


@dataclass
class Written:
    """What became of some files: fragments that are written, and files that are refused.

    failure: why this worker cannot work at all, whatever the file.
    """

    fragments: list[Fragments] = field(default_factory=list)
    refused: list[tuple[Job, str]] = field(default_factory=list)
    failure: str = ""


class Ledger:
    """One for a run: how often the same files were begun, which are open, how many are done."""

    def __init__(self) -> None:
        self._begun: Counter[str] = Counter()
        self._open: set[str] = set()
        self._done = 0

    def begin(self, name: str) -> tuple[int, set[str]]:
        """How often some files were begun, this time too, and those that are open."""
        self._begun[name] += 1
        return self._begun[name], self._open

    def take(self, path: str) -> None:
        """A file is taken up."""
        self._open.add(path)

    def give_back(self, path: str) -> None:
        """A file is dealt with."""
        self._open.discard(path)

    def count(self, files: int) -> None:
        """So many more are encoded or refused."""
        self._done += files

    def done(self) -> tuple[int, bool]:
        """Files that are done, and whether any worker had to begin again."""
        return self._done, any(count > 1 for count in self._begun.values())


def identify_files(rows: pa.Table) -> pa.Table:
    """Identify the files of a block, whose paths are pickled."""
    paths: Sequence[Path] = unpacked(rows)
    found: list[tuple[Path, Identity]] = [(path, identify(path)) for path in paths]
    return packed(found)


class EncodingActor:
    """Takes blocks of jobs; Ray holds as many of these as there are workers."""

    def __init__(self, encoding: Encoding) -> None:
        self._with = encoding
        sys.path += [path for path in encoding.search if path not in sys.path]
        self._workers = EncodingWorkers(
            encoding.handle, encoding.fingerprint, 1, encoding.limits, threads=1
        )
        self._uncounted = 0
        self._counted_at = 0.0

    def __call__(self, rows: pa.Table) -> pa.Table:
        """Encode the jobs of a block and write their rows."""
        written = Written()
        try:
            self._encode(unpacked(rows), written)
        except (WorkerError, OSError, RuntimeError, ValueError) as error:
            written.failure = " ".join(str(error).split())
        self._count(0, at_once=True)
        return packed(written)

    def _encode(self, jobs: Sequence[Job], written: Written) -> None:
        import ray

        ledger = self._with.ledger
        attempt, opened = ray.get(ledger.begin.remote(str(jobs[0].path)))
        waiting: list[Item] = []
        for encoded in self._each(jobs, attempt > 1, opened):
            if encoded.item is None:
                written.refused.append((encoded.job, encoded.reason))
            else:
                waiting.append(encoded.item)
            if sum(len(item.encoding.passages) for item in waiting) > _ROWS_IN_MEMORY:
                written.fragments.append(write_fragments(self._with.where, waiting))
                waiting = []
            self._count(1)
        written.fragments.append(write_fragments(self._with.where, waiting))

    def _each(self, jobs: Sequence[Job], careful: bool, opened: set[str]) -> Iterator[Encoded]:
        import ray

        if not careful:
            yield from self._encode_some(jobs)
            return
        ledger = self._with.ledger
        for job in jobs:
            if str(job.path) in opened:
                yield Encoded(job, reason=KILLED_TWICE)
                continue
            ray.get(ledger.take.remote(str(job.path)))
            yield from self._encode_some([job])
            ledger.give_back.remote(str(job.path))

    def _encode_some(self, jobs: Sequence[Job]) -> Iterator[Encoded]:
        """Encode; while one is encoded, the next is fetched."""
        held: dict[Path, tuple[Job, ExitStack]] = {}
        refused: list[Encoded] = []

        def fetching() -> Iterator[Job]:
            for job in jobs:
                stack = ExitStack()
                try:
                    here = stack.enter_context(fetched(job.path))
                except (OSError, ReadError) as error:
                    refused.append(Encoded(job, reason=reason_of(error)))
                    continue
                held[here] = job, stack
                yield Job(job.id, here)

        try:
            for encoded in self._workers.encode(fetching()):
                job, stack = held.pop(encoded.job.path)
                stack.close()
                item = encoded.item and replace(encoded.item, path=str(job.path))
                yield Encoded(job, item, encoded.reason)
            yield from refused
        finally:
            for _, stack in held.values():
                stack.close()

    def _count(self, files: int, at_once: bool = False) -> None:
        self._uncounted += files
        if at_once or time.monotonic() - self._counted_at > _REPORT_S:
            self._with.ledger.count.remote(self._uncounted)
            self._uncounted, self._counted_at = 0, time.monotonic()


def packed(thing: object) -> pa.Table:
    """A table of one row that holds something, pickled."""
    return pa.table({COLUMN: pa.array([pickle.dumps(thing)], pa.large_binary())})


def unpacked(rows: pa.Table) -> Any:
    """What ``packed`` has packed."""
    return pickle.loads(rows[COLUMN][0].as_py())
