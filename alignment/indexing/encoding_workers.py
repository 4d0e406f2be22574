"""Encoding in other processes, each watched: a decoder that fails costs one file.

A pool of the standard library ends when one of its processes crashes, and cannot end one that
hangs. Here a thread stands over each process, gives it one file at a time, and when it crashes,
takes too long or grows too large, ends it, gives the reason and starts another. Memory is watched
from outside, as resident bytes ten times a second: address space (RLIMIT_AS) says little, since
torch reserves several times of what it uses, and a process that is refused memory may hang
instead of ending. Between two looks a process can pass its limit by some hundred megabytes.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from unisono.alignment.indexing.encoding_files import Encoded, EncodingHere, FileEncoder, Job
from unisono.alignment.indexing.encoding_worker import Handle, OpeningFailed
from unisono.alignment.indexing.worker_process import WorkerProcess, WorkerStart, ending_of
from unisono.data.cores import cores

if TYPE_CHECKING:
    from unisono.towers.space import Space

FEW_FILES = 4
"""Fewer are encoded in this process: a worker takes seconds to start."""
_LOOK_S = 0.1
_OPENING_S = 600.0
_MIB, _GIB = 1 << 20, 1 << 30


class WorkerError(Exception):
    """Workers cannot work at all, whatever the file; the text is one line."""


@dataclass(frozen=True)
class Limits:
    """What one file may take.

    time_s: seconds for a small file; each MiB of it allows a quarter more.
    memory_gib: resident memory of a worker, of which an idle one has about 0.5.
    """

    time_s: float = 120.0
    memory_gib: float = 4.0

    def seconds(self, size: int) -> float:
        """Seconds for a file of ``size`` bytes."""
        return self.time_s * (1 + size / _MIB / 4)


def encoder_for(
    space: Space, files: int, workers: int | None = None, limits: Limits | None = None
) -> FileEncoder:
    """Say where a number of files is encoded.

    workers: processes; 0 encodes in this one. By default one for each core, and this process
        where there are fewer than four files or the space cannot be opened again elsewhere (it
        has no bundle and cannot be pickled). A number that is given is kept to: then TypeError
        is raised for such a space.
    """
    if workers is None:
        workers = 0 if files < FEW_FILES else min(default_workers(space), files)
    if workers == 0:
        return EncodingHere(space)
    return EncodingWorkers(Handle(space), space.fingerprint, workers, limits or Limits())


def default_workers(space: Space) -> int:
    """One for each core, or none for a space that cannot be opened again elsewhere."""
    try:
        Handle(space)
    except TypeError:
        return 0
    return cores()


class EncodingWorkers:
    """Several processes that encode; they are started when there is a first file for them."""

    def __init__(
        self,
        handle: Handle,
        fingerprint: str,
        workers: int,
        limits: Limits,
        threads: int | None = None,
    ) -> None:
        """threads: that each may compute with; by default they share this machine's cores."""
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._outcomes: queue.SimpleQueue[Encoded | WorkerError] = queue.SimpleQueue()
        self._stopped = threading.Event()
        start = WorkerStart(handle, fingerprint, threads or max(1, cores() // workers))
        self._overseers = [_Overseer(self, start, limits) for _ in range(workers)]

    def encode(self, jobs: Iterable[Job]) -> Iterator[Encoded]:
        """Keep every process busy; raises WorkerError where they cannot work at all."""
        todo, under_way = iter(jobs), 0
        more = True
        while more or under_way:
            while more and under_way < 2 * len(self._overseers):
                job = next(todo, None)
                if job is None:
                    more = False
                    break
                self._give(job)
                under_way += 1
            if under_way:
                outcome = self._outcomes.get()
                if isinstance(outcome, WorkerError):
                    raise outcome
                under_way -= 1
                yield outcome

    def close(self) -> None:
        """End the processes, also in the middle of a file."""
        self._stopped.set()
        for _ in self._overseers:
            self._jobs.put(None)
        for overseer in self._overseers:
            if overseer.is_alive():
                overseer.join()

    def _give(self, job: Job) -> None:
        self._jobs.put(job)
        asleep = next((one for one in self._overseers if not one.ident), None)
        if asleep:
            asleep.start()


class _Overseer(threading.Thread):
    """Has one process at a time, and gives it one file at a time."""

    def __init__(self, pool: EncodingWorkers, start: WorkerStart, limits: Limits) -> None:
        super().__init__(daemon=True, name="unisono-overseer")
        self._pool, self._start_with, self._limits = pool, start, limits
        self._process: WorkerProcess | None = None

    def run(self) -> None:
        """Oversee until the pool is closed."""
        try:
            while (job := self._pool._jobs.get()) is not None and not self._stopped:
                self._pool._outcomes.put(self._encode(job))
        except WorkerError as error:
            self._pool._outcomes.put(error)
        except OSError as error:
            self._pool._outcomes.put(WorkerError(f"no worker can be started: {error}"))
        finally:
            self._end()

    @property
    def _stopped(self) -> bool:
        return self._pool._stopped.is_set()

    def _encode(self, job: Job) -> Encoded:
        if self._process and not self._process.alive():
            self._end()
        process = self._process or self._begin()
        if self._stopped:
            return Encoded(job, reason="stopped")
        process.send(job)
        reason, reply = self._await(process, self._limits.seconds(_size(job.path)))
        if isinstance(reply, Encoded):
            # What leaks or was taken for a large file must not be blamed on the next.
            if process.resident() > self._limits.memory_gib * _GIB / 2:
                self._end()
            return reply
        self._end()
        return Encoded(job, reason=reason)

    def _begin(self) -> WorkerProcess:
        self._process = process = WorkerProcess(self._start_with)
        said: object = None
        late = time.monotonic() + _OPENING_S
        while said is None and not self._stopped:
            with suppress(queue.Empty):
                said = process.replies.get(timeout=_LOOK_S)
                break
            if time.monotonic() > late:
                said = OpeningFailed(f"it took longer than {_OPENING_S:.0f} s")
        if self._stopped:
            return process
        if isinstance(said, OpeningFailed) or said is None:
            why = said or f"it {ending_of(process.wait())}"
            raise WorkerError(f"a worker cannot open the space: {why}; --workers 0 does without")
        if said != self._start_with.fingerprint:
            raise WorkerError("the bundle has changed since it was opened; start again")
        return process

    def _await(self, process: WorkerProcess, seconds: float) -> tuple[str, object]:
        """The reply to a job, or why there is none."""
        late = time.monotonic() + seconds
        most = self._limits.memory_gib * _GIB
        while not self._stopped:
            try:
                reply = process.replies.get(timeout=_LOOK_S)
            except queue.Empty:
                if process.resident() > most:
                    gib = f"{self._limits.memory_gib:.1f}"
                    return f"needed more than {gib} GiB of memory (--memory-limit)", None
                if time.monotonic() > late:
                    return f"took longer than {seconds:.0f} s (--time-limit)", None
                continue
            return ("", reply) if reply is not None else (ending_of(process.wait()), None)
        return "stopped", None

    def _end(self) -> None:
        if self._process:
            self._process.end()
            self._process = None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
