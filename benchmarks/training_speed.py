"""How fast the default recipe trains, beside a plain PyTorch loop that does the same.

    python -m benchmarks.training_speed [--turns 3] [--steps 20]

The character stage runs as configured, on made-up material (``training_material``), once through
the project's trainer and once as a loop written out by hand (``plain_loop``), in turns, each time
with new nets and a new loader of one worker. Counted is the wall clock from the end of the last
warm-up step to the end of the last step: drawing, encoding, losses, optimiser, running average,
and the trainer's own log with its vital signs. Checkpoints and looks at validation are left out;
they come every few minutes. A pair is a pair of items.

The share of a step not spent waiting for data is the one in the trainer's log. The last stage
trains heads on kept features: those of a few excerpts stand in for all that the recipe keeps.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.figures import Figure, run_part
from benchmarks.timing import progress, rounded

if TYPE_CHECKING:
    from unisono.data.pairs.source import PairSource
    from unisono.towers.training.building import Built
    from unisono.towers.training.config import TrainingRun
    from unisono.towers.training.features import KeptFeatures

WARM_UP = 4
KEPT_STEPS = 40
WORKS = 480
"""More than the largest batch, in which each is to be another one."""


@dataclass
class Timed:
    """The clock after each step of a run, and the log's shares of time waited after the warm-up."""

    ticks: list[float]
    waited: list[float] = field(default_factory=list)

    @property
    def step_s(self) -> float:
        """Seconds of a step after the warm-up."""
        return (self.ticks[-1] - self.ticks[WARM_UP - 1]) / (len(self.ticks) - WARM_UP)


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("--turns", type=int, default=3, help="runs of each")
    parser.add_argument("--steps", type=int, default=20, help="measured steps of each run")
    parser.add_argument("--precision", choices=("float32", "bfloat16"), help="not the recipe's")


def part(arguments: Namespace) -> list[Figure]:
    from benchmarks.plain_loop import PAIRS, STAGE, PlainLoop, check_same
    from benchmarks.training_material import recipe, recipe_sources
    from unisono.towers.minilm import ensure_exported
    from unisono.towers.training.building import build

    ensure_exported()
    run, sources = recipe(), recipe_sources(WORKS)
    run = replace(run, precision=arguments.precision or run.precision)
    check_same(run)
    _draw_once(sources)
    trained, looped = [], []
    for turn in range(arguments.turns):
        progress(f"turn {turn + 1} of {arguments.turns}: trainer")
        trained.append(train(run, STAGE, arguments.steps, sources))
        progress(f"turn {turn + 1} of {arguments.turns}: plain loop")
        loop = PlainLoop(build(run, sources), sources, run.precision)
        looped.append(Timed(loop.run(WARM_UP + arguments.steps)))
    progress("heads on kept features")
    heads = train(run, STAGE + 1, min(KEPT_STEPS, 2 * arguments.steps), sources)
    ratios = [loop.step_s / own.step_s for own, loop in zip(trained, looped, strict=True)]
    where = f"{PAIRS} pairs a step, {run.precision}"
    return [
        _speed("trainer, character stage", trained, PAIRS, where),
        _speed("plain PyTorch loop", looped, PAIRS, where),
        Figure(
            "trainer's speed over the loop's",
            statistics.median(ratios),
            "",
            f"{len(ratios)} turns, {rounded(min(ratios))} to {rounded(max(ratios))}",
            at_least=0.95,
        ),
        _busy(
            "step not waiting for data, character stage", [w for one in trained for w in one.waited]
        ),
        _busy("the same, heads on kept features", heads.waited, heads, at_least=85.0),
    ]


def train(run: TrainingRun, number: int, steps: int, sources: Mapping[str, PairSource]) -> Timed:
    """Run a stage of the recipe for the warm-up and so many steps."""
    import torch

    from unisono.towers.training.building import build
    from unisono.towers.training.run_log import StartRecord, StepRecord
    from unisono.towers.training.stage import Stage
    from unisono.towers.training.watching import Watcher

    class Clock(Watcher):
        """Notes when steps end and what the log says of them."""

        def __init__(self) -> None:
            self.timed = Timed([])

        def stepped(self, step: int, total_steps: float, seconds: float, pairs: int) -> None:
            self.timed.ticks.append(time.perf_counter())

        def noted(self, record: object) -> None:
            if isinstance(record, StepRecord) and record.step - run.log_every >= WARM_UP:
                self.timed.waited.append(record.waited_share)

    run = replace(run, log_every=min(run.log_every, max(steps // 2, 1)))
    stage = run.stages[number]
    options = replace(stage.optimiser, steps=WARM_UP + steps, minutes=0.0)
    built, clock = build(run, sources), Clock()
    for modality, how in stage.freeze.items():
        built.nets.freeze(modality, how)
    kept = kept_features(run, number, built, sources)
    with tempfile.TemporaryDirectory() as folder:
        Stage(
            run,
            replace(stage, optimiser=options),
            built.nets,
            built.losses,
            sources,
            built.front_ends,
            Path(folder),
            device=torch.device("cpu"),
            watcher=clock,
            kept=kept,
        ).train(StartRecord(stage.name, 0, 0))
    return clock.timed


def kept_features(
    run: TrainingRun, number: int, built: Built, sources: Mapping[str, PairSource]
) -> dict[tuple[str, str], KeptFeatures]:
    """What a run keeps for a stage: features of every fixed source whose trunk learns nothing."""
    import torch

    from benchmarks.training_material import KEPT_ITEMS
    from unisono.towers.training.features import keep_features

    kept: dict[tuple[str, str], KeptFeatures] = {}
    for pairs in run.pairs:
        source = sources[pairs.source]
        for role in (pairs.left, pairs.right):
            if pairs.name not in run.stages[number].pairs or not source.fixed:
                continue
            if (pairs.source, role) in kept:
                continue
            whole = pairs.source != "kept_excerpts"
            drawn = source if whole else sources["few_excerpts"]
            [made] = keep_features(
                built.nets, drawn, [role], built.front_ends, torch.device("cpu")
            ).values()
            kept[pairs.source, role] = made if whole else _repeated(made, KEPT_ITEMS)
    return kept


def _repeated(kept: KeptFeatures, items: int) -> KeptFeatures:
    """So many items, each with memory of its own."""
    import torch

    rows = torch.arange(items) % len(kept.features)
    return replace(
        kept,
        features=[kept.features[row].clone() for row in rows],
        identities=[kept.identities[row] for row in rows],
        anchors=None if kept.anchors is None else kept.anchors[rows],
        usable=None if kept.usable is None else kept.usable[rows],
    )


def _draw_once(sources: Mapping[str, PairSource]) -> None:
    """So that no worker has to compile anything."""
    import numpy as np

    for source in sources.values():
        source.draw(0, list(source.roles), np.random.default_rng(0))


def _speed(what: str, runs: list[Timed], pairs: int, where: str) -> Figure:
    rates = sorted(pairs / one.step_s for one in runs)
    ends = f"{len(rates)} runs, {rounded(rates[0])} to {rounded(rates[-1])}"
    steps = len(runs[0].ticks) - WARM_UP
    return Figure(what, statistics.median(rates), "pairs/s", f"{ends}; {steps} steps, {where}")


def _busy(
    what: str, waited: list[float], timed: Timed | None = None, at_least: float | None = None
) -> Figure:
    shares = sorted(100 * (1 - share) for share in waited)
    how = f"{len(shares)} readings, {rounded(shares[0])} to {rounded(shares[-1])}"
    if timed is not None:
        how += f"; {timed.step_s:.2f} s a step"
    return Figure(what, statistics.mean(shares), "%", how, at_least=at_least)


if __name__ == "__main__":
    run_part(__doc__, part, configure)
