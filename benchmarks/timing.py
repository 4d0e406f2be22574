"""Repeat what is measured, in turns and on two cores, and take the median.

Nothing heavy is imported here: a process that measures others must stay small itself.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

CORES = 2
"""What every part may use, so that figures of larger machines can be compared."""


@dataclass(frozen=True)
class Timing:
    """Wall-clock seconds of several runs of the same thing."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle run."""
        return statistics.median(self.seconds)

    def spread(self, unit: str = "s", of: Callable[[float], float] = float) -> str:
        """``5 runs, 0.41 to 0.44 s``, or in another unit that ``of`` computes."""
        shown = sorted(of(seconds) for seconds in self.seconds)
        ends = f"{rounded(shown[0])} to {rounded(shown[-1])} {unit}"
        return f"{len(shown)} runs, {ends}" if len(shown) > 1 else "1 run"


def use_two_cores() -> None:
    """Hold this process and its children to two cores; call before torch is imported.

    Where the system cannot do that (macOS), only the numbers of threads are set.
    """
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = str(CORES)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])


def measure(
    functions: Sequence[Callable[[], object]], *, runs: int, warm_ups: int = 1
) -> list[Timing]:
    """Time each function ``runs`` times after ``warm_ups`` untimed runs.

    They take turns, so that a machine that gets slower or faster does so for all of them.
    """
    for function in functions:
        for _ in range(warm_ups):
            function()
    taken: list[list[float]] = [[] for _ in functions]
    for _ in range(runs):
        for seconds, function in zip(taken, functions, strict=True):
            start = time.perf_counter()
            function()
            seconds.append(time.perf_counter() - start)
    return [Timing(tuple(seconds)) for seconds in taken]


def rounded(value: float) -> str:
    """About three digits, without an exponent."""
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def progress(text: str) -> None:
    """Say on stderr what goes on."""
    print(f"  {text}", file=sys.stderr, flush=True)
