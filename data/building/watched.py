"""Jobs in processes of their own, each watched: one that hangs or grows costs itself alone.

Every job is a fork of this process, so that what it needs is already imported and a job may be
any function, also one that cannot be pickled.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from typing import Generic, TypeVar

from unisono.data.errors import ReadError

Result = TypeVar("Result")

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Limits:
    """What a job may take: seconds, and mebibytes beyond those that this process has."""

    seconds: float = 120.0
    mebibytes: int = 4096


@dataclass(frozen=True)
class Job(Generic[Result]):
    """Something to do, under a name; the result goes through a pipe and must be small."""

    name: str
    do: Callable[[], Result]


@dataclass(frozen=True)
class Outcome(Generic[Result]):
    """What became of a job: its result, or the reason why there is none."""

    name: str
    result: Result | None = None
    reason: str = ""


@dataclass
class _Running(Generic[Result]):
    job: Job[Result]
    process: ForkProcess
    answer: Connection
    until: float
    stopped: str = field(default="")


def run_watched(
    jobs: Iterable[Job[Result]], workers: int, limits: Limits | None = None
) -> Iterator[Outcome[Result]]:
    """Run jobs, ``workers`` at a time; yields each as it ends, in any order.

    A job that raises, crashes, or goes beyond its limits gives a reason. When the iteration is
    left, for instance by Ctrl-C, the jobs under way are stopped.
    """
    limits = limits or Limits()
    waiting = iter(jobs)
    running: list[_Running[Result]] = []
    try:
        while True:
            while len(running) < workers and (job := next(waiting, None)) is not None:
                running.append(_start(job, limits))
            if not running:
                return
            first = min(one.until for one in running)
            # the pipe too: a process cannot end before a long answer has been read
            things = [thing for one in running for thing in (one.answer, one.process.sentinel)]
            ready = wait(things, max(0.0, first - time.monotonic()))
            for one in list(running):
                ended = one.answer in ready or one.process.sentinel in ready
                if ended or time.monotonic() > one.until:
                    running.remove(one)
                    yield _finish(one, limits, ended=ended)
    finally:
        for one in running:
            one.process.kill()
            one.process.join()


def _start(job: Job[Result], limits: Limits) -> _Running[Result]:
    context = multiprocessing.get_context("fork")
    answer, reply = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(job, reply, limits), daemon=True)
    sys.stdout.flush()
    process.start()
    reply.close()
    return _Running(job, process, answer, time.monotonic() + limits.seconds)


def _finish(one: _Running[Result], limits: Limits, *, ended: bool) -> Outcome[Result]:
    try:
        if one.answer.poll():
            result, reason = one.answer.recv()
            return Outcome(one.job.name, result, reason)
        # not by is_alive: a process that was killed closes its pipes a moment before it is gone
        if not ended:
            return Outcome(one.job.name, reason=f"took more than {limits.seconds:g} s; left out")
        return Outcome(one.job.name, reason=_how_it_ended(one.process, limits))
    except EOFError:
        return Outcome(one.job.name, reason=_how_it_ended(one.process, limits))
    finally:
        if one.process.is_alive():
            one.process.join(0.5)  # it has answered and is on its way out
            one.process.kill()
        one.process.join()
        one.answer.close()


def _how_it_ended(process: ForkProcess, limits: Limits) -> str:
    process.join()
    code = process.exitcode or 0
    how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    return f"its process ended with {how} (a crash, or more than {limits.mebibytes} MiB)"


def _run(job: Job[Result], reply: Connection, limits: Limits) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _die_with_parent()
    _be_silent()
    _limit_memory(limits.mebibytes)
    try:
        answer: tuple[Result | None, str] = (job.do(), "")
    except MemoryError:
        answer = None, f"needs more than {limits.mebibytes} MiB of memory"
    except Exception as error:  # one bad item must not stop the others; its reason is reported
        answer = None, reason_of(error)
    reply.send(answer)
    reply.close()
    os._exit(0)  # nothing that this process inherited is its own to clean up


def reason_of(error: Exception) -> str:
    """One line for whatever making an item has raised."""
    if isinstance(error, ReadError):
        return str(error)
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def _be_silent() -> None:
    """Native libraries chat on both outputs, amid the JSON or the progress of this program."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nothing, stream)


def _limit_memory(mebibytes: int) -> None:
    if sys.platform != "linux":
        return
    import resource

    with open("/proc/self/statm") as stream:
        now = int(stream.read().split()[0]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (now + (mebibytes << 20), hard))


def _die_with_parent() -> None:
    """On Linux, so that nothing is left when the parent is killed."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
