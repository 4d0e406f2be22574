"""Indexing beyond one machine: the same readers and towers over Ray Data.

Files go through two passes of Ray Data. The first reads and hashes them, so that what the catalogue
holds and what is there twice is known before anything is encoded, and the same file of several
copies is taken whoever is quick. The second encodes what is left and writes it as fragments, which
this process commits at the end of a portion: once for each table.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from unisono.alignment.indexing.adding import Adding
from unisono.alignment.indexing.encoding_files import Job
from unisono.alignment.indexing.encoding_worker import Handle
from unisono.alignment.indexing.encoding_workers import Limits
from unisono.alignment.indexing.index_report import Done, IndexReport, OnDone
from unisono.alignment.indexing.ray_pool import RayPool, in_parts
from unisono.alignment.indexing.ray_session import Cluster, RayError, require_ray, running
from unisono.alignment.indexing.stored_files import Identity, collect_all
from unisono.alignment.store.fragment_files import sweep, writing_fragments
from unisono.alignment.store.fragments import Fragments, commit_fragments

if TYPE_CHECKING:
    from unisono.alignment.catalogue import Catalogue

COMMIT_EVERY = 1_000_000
"""Files between two commits: so many may be lost by a crash of the process that commits."""
_FEWEST_IN_A_LARGE_FRAGMENT = 200
_LOOK_S = 0.5


@dataclass(frozen=True)
class RayOptions:
    """How a run goes over Ray; see ``Cluster`` and ``COMMIT_EVERY``."""

    cluster: Cluster = field(default_factory=Cluster)
    commit_every: int = COMMIT_EVERY


def add_over_ray(
    catalogue: Catalogue,
    paths: Iterable[str | Path],
    options: RayOptions | None = None,
    *,
    progress: bool = False,
    on_done: OnDone | None = None,
    limits: Limits | None = None,
) -> IndexReport:
    """Add files, and the files below folders and object-store URIs, by the workers of Ray.

    The rows are those that ``Catalogue.add`` writes, and so is the report. Nothing is to be seen
    before the commit. Ctrl-C commits what the workers have handed in by then; after a crash the
    same call goes on from the last commit.

    Raises RayError where Ray cannot be used, CatalogueError where another such run writes to the
    same catalogue or a disk is full, WorkerError's text as RayError where no worker can work.
    """
    require_ray()
    options = options or RayOptions()
    files = list(collect_all(paths))
    try:
        handle = Handle(catalogue.space)
    except TypeError as error:
        raise RayError(str(error)) from error
    # A Ray of this machine has ended, and with it all that writes, before files are swept.
    with writing_fragments(catalogue), running(options.cluster) as workers:
        pool = RayPool(catalogue, handle, workers, limits or Limits())
        report = RayAdding(catalogue, pool, options.commit_every, progress, on_done).run(files)
        if pool.began_again():
            # What a killed worker had written was written again by another.
            sweep(catalogue)
        return report


class RayAdding(Adding):
    """A run of adding whose files are read by Ray's workers."""

    def __init__(
        self,
        catalogue: Catalogue,
        pool: RayPool,
        commit_every: int,
        progress: bool,
        on_done: OnDone | None,
    ) -> None:
        super().__init__(catalogue, progress, None, on_done)
        self.pool = pool
        self.commit_every = commit_every
        self._found: dict[Path, Identity] = {}
        self._ahead = 0
        self._fragments = 0

    def _take(self, files: Sequence[Path]) -> None:
        todo, taken = list(files), 0
        while todo:
            for portion in in_parts(todo, self.commit_every):
                self._found = dict(self.pool.identify(portion))
                self._encode(list(self._jobs(portion, taken, len(files))))
            taken += len(todo)
            todo, self.again = self.again, []

    def _identify(self, path: Path) -> str | None:
        found = self._found[path]
        if found.id is None:
            self._refuse(path, found.reason)
        return found.id

    def _encode(self, jobs: Sequence[Job]) -> None:
        """Encode a portion and commit it, also where it is stopped in the middle."""
        done: list[Fragments] = []
        try:
            with self._counting(), closing(self.pool.encode(jobs)) as encoding:
                for written in encoding:
                    done += [part for part in written.fragments if part.ids]
                    for job, reason in written.refused:
                        self._refuse(job.path, reason)
                        self.again += self.under_way.pop(job.id)
                    if written.failure:
                        raise RayError(written.failure)
        finally:
            commit_fragments(self.catalogue, done)
            self._fragments += len(done)
            paths = {job.id: job.path for job in jobs}
            for one in (one for part in done for one in part.ids):
                self._written(one, paths[one])

    def _join(self) -> None:
        # Joining large fragments would read and write all that was just written once more.
        if self.report.indexed < _FEWEST_IN_A_LARGE_FRAGMENT * self._fragments:
            super()._join()

    def _done(self, done: Done) -> None:
        if self._ahead:
            self._ahead -= 1
            if self.on_done:
                self.on_done(done)
        else:
            super()._done(done)

    @contextmanager
    def _counting(self) -> Iterator[None]:
        """Show files as they are encoded: their rows are written much later, all at once."""
        ended = threading.Event()

        def count() -> None:
            before = self.pool.done()
            while not ended.wait(_LOOK_S):
                now = self.pool.done()
                for _ in range(now - before):
                    self.line.advance()
                self._ahead += now - before
                before = now

        counting = threading.Thread(target=count, daemon=True)
        counting.start()
        try:
            yield
        finally:
            ended.set()
            counting.join()
