"""Peak memory of a training step with a batch of 4,096 pairs, gradients cached.

    python -m benchmarks.training_memory [--batch 4096] [--micro-batch 64]

Recordings of 6.4 s with their captions, the default audio and text towers, the trainer as it is
with ``workers: 0``, so that one process draws, encodes and learns. It is the first step of a run,
with the vital signs that the log takes at it. "in all" is the peak resident memory of the process
(ru_maxrss) with interpreter, libraries, text model and material; "growth" is what the step adds to
the resident memory before it. With a loader of one worker, up to four
batches more wait in shared memory: one of 4,096 spectrograms has 235 MB. A second step holds the
batch of the first while it draws its own.

Beside it the trend without gradient caching, from a smaller batch encoded at once.
"""

from __future__ import annotations

import json
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from dataclasses import asdict, dataclass

from benchmarks.figures import Figure, run_part
from benchmarks.timing import progress, use_two_cores

SMALL = 512
"""Pairs that are encoded at once, to see the trend."""

_STEPS = "import sys; from benchmarks.training_memory import steps; steps(*map(int, sys.argv[1:]))"


@dataclass(frozen=True)
class Taken:
    """Resident memory before the steps and at its peak, and what the steps took."""

    before_mib: float
    peak_mib: float
    seconds: float

    @property
    def growth_mib(self) -> float:
        """What the steps added."""
        return self.peak_mib - self.before_mib


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("--batch", type=int, default=4096)
    parser.add_argument("--micro-batch", type=int, default=64)
    parser.add_argument("--steps", type=int, default=1)


def part(arguments: Namespace) -> list[Figure]:
    batch, small = arguments.batch, min(SMALL, arguments.batch // 2)
    cached = _measured(batch, arguments.micro_batch, arguments.steps)
    plain = _measured(small, 0, arguments.steps)
    times = batch / small
    how = (
        f"{arguments.steps} step(s) in {cached.seconds:.0f} s, micro_batch {arguments.micro_batch}"
    )
    return [
        Figure(f"batch of {batch:,} pairs, in all", cached.peak_mib, "MiB", how, at_most=2048.0),
        Figure("of that, growth", cached.growth_mib, "MiB"),
        Figure(f"batch of {small:,} at once, growth", plain.growth_mib, "MiB", "no micro_batch"),
        Figure(
            f"batch of {batch:,} at once, in all",
            plain.before_mib + times * plain.growth_mib,
            "MiB",
            f"extrapolated: {times:g} times the growth of {small:,}, not measured",
        ),
    ]


def steps(batch: int, micro_batch: int, count: int) -> None:
    """Train so many steps in this process and print what they took as JSON."""
    use_two_cores()
    import resource
    import tempfile
    import time
    from dataclasses import replace
    from pathlib import Path

    import numpy as np
    import torch

    from benchmarks.training_material import excerpt_source, recipe
    from unisono.data.pairs.excerpts import ExcerptPairs
    from unisono.towers.training.building import build
    from unisono.towers.training.run_log import StartRecord
    from unisono.towers.training.stage import Stage
    from unisono.towers.training.watching import Watcher

    run = recipe()
    pairs = next(replace(one, batch=batch) for one in run.pairs if one.name == "audio-words")
    stage = replace(run.stages[0], pairs=(pairs.name,))
    stage = replace(stage, optimiser=replace(stage.optimiser, steps=count, minutes=0.0))
    run = replace(run, pairs=(pairs,), stages=(stage,), micro_batch=micro_batch, workers=0)
    sources = {pairs.source: ExcerptPairs(excerpt_source(batch))}
    built = build(run, sources)
    item = sources[pairs.source].draw(0, ["audio", "text"], np.random.default_rng(0))
    for role, modality in (("audio", "audio"), ("text", "text")):  # compiles and loads
        built.front_ends[modality]([item.sides[role]])
    before = _resident_mib()
    with tempfile.TemporaryDirectory() as folder:
        trained = Stage(
            run,
            stage,
            built.nets,
            built.losses,
            sources,
            built.front_ends,
            Path(folder),
            device=torch.device("cpu"),
            watcher=Watcher(),
        )
        start = time.perf_counter()
        trained.train(StartRecord(stage.name, batch, 0))
        seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    mib = peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    print(json.dumps(asdict(Taken(before, mib, seconds))))


def _resident_mib() -> float:
    """Resident memory now; where the system does not tell, the highest so far."""
    import resource
    from pathlib import Path

    pages = Path("/proc/self/statm")
    if pages.exists():
        return int(pages.read_text().split()[1]) * resource.getpagesize() / (1 << 20)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def _measured(batch: int, micro_batch: int, count: int) -> Taken:
    progress(f"{count} step(s) of {batch} pairs, micro_batch {micro_batch}")
    command = [sys.executable, "-c", _STEPS, str(batch), str(micro_batch), str(count)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Taken(**json.loads(done.stdout.splitlines()[-1]))


if __name__ == "__main__":
    run_part(__doc__, part, configure)
