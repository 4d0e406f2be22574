"""What is wrong with a training run, told from its log.

``diagnose`` gives the ailments, ``facts_of`` what a healthy run is described by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from unisono.eval.ailments import feeding, geometry, learning
from unisono.eval.ailments.ailment import FEWEST, Ailment, Severity, looks_at, middle
from unisono.towers.training.run_log import RunLog

__all__ = ["Ailment", "RunFacts", "SetFacts", "Severity", "diagnose", "facts_of", "too_short"]

_ORDER: tuple[Severity, ...] = ("severe", "moderate", "mild")
_CHECKS: tuple[Callable[[RunLog], Iterable[Ailment]], ...] = (
    learning.not_a_number,
    learning.collapse,
    learning.dead_tower,
    learning.no_learning,
    learning.chance_level,
    feeding.leak,
    feeding.false_negatives,
    learning.overfitting,
    geometry.modality_gap,
    geometry.clumps,
    geometry.hubs,
    learning.temperature_at_its_bound,
    feeding.starvation,
)
_FOLLOW_FROM = {
    "collapse": ("chance level", "clumps", "modality gap", "hubs"),
    "no learning": ("chance level", "clumps", "modality gap", "hubs"),
    "clumps": ("chance level", "hubs"),
}
"""Ailments of a set that need no word of their own beside another of it."""
_BESIDE_LOST_WEIGHTS = ("not a number", "leak", "false negatives", "starvation")


@dataclass(frozen=True)
class SetFacts:
    """R@1 (0..1, mean of both directions) of a pair set in validation."""

    first: float
    best: float
    last: float
    chance: float
    candidates: int


@dataclass(frozen=True)
class RunFacts:
    """A run in numbers; speeds and shares are medians. ended: why, or "" while it goes on."""

    stages: tuple[str, ...]
    steps: int
    minutes: float
    pairs_per_s: float
    waited_share: float
    train_works: int
    validation_works: int
    sets: Mapping[str, SetFacts]
    ended: str


def diagnose(log: RunLog) -> list[Ailment]:
    """The ailments of a run, the worst first; none for a healthy one, or one ``too_short``."""
    found: list[Ailment] = []
    told: set[tuple[str, str]] = set()
    for stage in log.stages:
        part = log.stage(stage)
        ailments = _without_consequences([one for check in _CHECKS for one in check(part)])
        # A leak, for one, is the same in every stage.
        new = [one for one in ailments if (one.name, one.sentence) not in told]
        told |= {(one.name, one.sentence) for one in new}
        found += [_in_stage(one, stage) for one in new] if len(log.stages) > 1 else new
    return sorted(found, key=lambda one: _ORDER.index(one.severity))


def too_short(log: RunLog) -> str:
    """Why nothing can be said yet, or ""; a stage of fewer than 5 step records is not judged."""
    short = [stage for stage in log.stages if len(log.stage(stage).steps) < FEWEST]
    if not short:
        return ""
    counts = {stage: len(log.stage(stage).steps) for stage in short}
    told = " and ".join(
        ("" if len(log.stages) == 1 else f"stage {stage}: ")
        + f"{count} record{'' if count == 1 else 's'} of steps"
        for stage, count in counts.items()
    )
    return f"too short to judge ({told}; it takes {FEWEST})"


def facts_of(log: RunLog) -> RunFacts:
    """Describe a run."""
    names = dict.fromkeys(name for record in log.validations for name in record.sets)
    sets = {}
    for name in names:
        looks = looks_at(log.validations, name)
        recalls = [one.mean_r1 for one in looks]
        last = looks[-1]
        sets[name] = SetFacts(recalls[0], max(recalls), recalls[-1], last.chance, last.candidates)
    ends = [log.stage(stage).steps[-1] for stage in log.stages if log.stage(stage).steps]
    return RunFacts(
        stages=log.stages,
        steps=sum(record.step for record in ends),
        minutes=sum(record.seconds for record in ends) / 60,
        pairs_per_s=middle(record.pairs_per_s for record in log.steps),
        waited_share=middle(record.waited_share for record in log.steps),
        train_works=max((start.train_works for start in log.starts), default=0),
        validation_works=max((start.validation_works for start in log.starts), default=0),
        sets=sets,
        ended=_ended(log),
    )


def _ended(log: RunLog) -> str:
    if not log.ends or log.ends[-1].stage != log.stages[-1]:
        return ""
    return log.ends[-1].why


def _without_consequences(ailments: list[Ailment]) -> list[Ailment]:
    if any(one.name == "not a number" for one in ailments):
        return [one for one in ailments if one.name in _BESIDE_LOST_WEIGHTS]
    told = {(follows, one.about) for one in ailments for follows in _FOLLOW_FROM.get(one.name, ())}
    return [one for one in ailments if (one.name, one.about) not in told]


def _in_stage(ailment: Ailment, stage: str) -> Ailment:
    return replace(
        ailment,
        sentence=f"In stage {stage}: {ailment.sentence}",
        evidence={"stage": stage, **ailment.evidence},
    )
