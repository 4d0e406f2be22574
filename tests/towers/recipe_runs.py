"""Runs of the files in ``configs/`` with small nets on a miniature set, and what they reach."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from unisono.eval.pair_validation import make_validate
from unisono.towers.training.building import Built
from unisono.towers.training.config import TrainingRun
from unisono.towers.training.reading import read_config
from unisono.towers.training.run import train
from unisono.towers.training.run_records import SetValidation, StartRecord, ValidationRecord
from unisono.towers.training.watching import Watcher

CONFIGS = Path(__file__).parents[2] / "configs"
SMALL = (
    "nets.widths=[4,4,8,8]",
    "nets.midi_widths=[4,4,8,8]",
    "nets.cover_widths=[8,8,16,16]",
    "nets.features=32",
    "nets.text_hidden=64",
    "nets.character_dimension=16",
    "validation.pairs_each=32",
    "workers=0",
    "log_every=50",
)
BY_CHANCE = 4.76
"""Deviations that a normal variable exceeds once in a million times."""
ONE_SECOND = ("sources.train.seconds=1", "sources.valid.seconds=1")


@dataclass
class Reached(Watcher):
    """What a run reached.

    before: what validation says of the untrained nets; looks: of the nets at every look.
    built: the nets, once the run is over as they are in the end.
    starts: the weights with which each stage began.
    """

    bundle: Path = Path()
    before: ValidationRecord | None = None
    looks: list[ValidationRecord] = field(default_factory=list)
    built: Built | None = None
    starts: dict[str, dict[str, torch.Tensor]] = field(default_factory=dict)

    def started(self, record: StartRecord) -> None:
        assert self.built is not None
        self.starts[record.stage] = weights_of(self.built)


def weights_of(built: Built) -> dict[str, torch.Tensor]:
    """A copy of the weights."""
    return {name: tensor.clone() for name, tensor in built.nets.state_dict().items()}


def lengths(steps: int, rate: float = 0.01, stage: str = "") -> tuple[str, ...]:
    """Settings of a short run, or of a short stage."""
    where = f"stages.{stage}." if stage else ""
    return (
        f"{where}optimiser.steps={steps}",
        f"{where}optimiser.learning_rate={rate}",
        f"{where}optimiser.average_decay=0.9",
        *(() if stage else (f"validation.every_steps={steps}",)),
    )


def read_small(name: str, data: Path, settings: Sequence[str] = ()) -> TrainingRun:
    """A configuration of ``configs/`` with small nets."""
    return read_config(CONFIGS / name, [f"data={data}", *SMALL, *settings])


def run_small(
    run: TrainingRun, folder: Path, once_built: Callable[[Built], None] = lambda built: None
) -> Reached:
    """Train, looking at the nets before the first step too."""
    reached = Reached()

    def make(run: TrainingRun, built: Built, *where: object) -> object:
        reached.built = built
        validate = make_validate(run, built, *where)  # type: ignore[arg-type]
        built.nets.eval()
        reached.before = validate(built.nets, built.losses, "before", 0)
        built.nets.train()
        once_built(built)

        def look(*state: object) -> ValidationRecord:
            reached.looks.append(validate(*state))  # type: ignore[arg-type]
            return reached.looks[-1]

        return look

    reached.bundle = train(
        run,
        folder,
        device=torch.device("cpu"),
        watcher=reached,
        make_validate=make,  # type: ignore[arg-type]
    )
    return reached


def assert_learned(reached: Reached, names: Sequence[str], untrained: float = 0.01) -> None:
    """The last look is better than chance and than the untrained nets, each way."""
    assert reached.before is not None
    for name in names:
        before, after = reached.before.sets[name], reached.looks[-1].sets[name]
        for way in ("forward_r1", "backward_r1"):
            assert_above_chance(_hits(after, way), after.candidates, after.chance)
            usual = max(_hits(before, way), 1) / before.candidates
            assert p_of(_hits(after, way), after.candidates, usual) < untrained


def assert_above_chance(hits: int, asked: int, chance: float) -> None:
    """So many hits come by chance less than once in a million times."""
    assert p_of(hits, asked, chance) < 1e-6, f"{hits} of {asked} at a chance of {chance:.3f}"


def matching(similarity: npt.NDArray[np.float32]) -> float:
    """How many deviations the diagonal of (n, n) similarities is above a random matching.

    Mean and deviation of the sum over a random permutation are exact, whatever hubs there are, and
    the sum is close to normal (Hoeffding 1951, A combinatorial central limit theorem).
    """
    own = similarity - similarity.mean(0) - similarity.mean(1, keepdims=True) + similarity.mean()
    deviation = np.sqrt(np.square(own).sum() / (len(own) - 1))
    return float(np.trace(own) / deviation)


def p_of(hits: int, asked: int, chance: float) -> float:
    """How likely so many hits or more are by chance (binomial)."""
    from scipy.stats import binomtest

    return float(binomtest(hits, asked, chance, alternative="greater").pvalue)


def _hits(one: SetValidation, way: str) -> int:
    rate: float = getattr(one, way)
    return round(rate * one.candidates)
