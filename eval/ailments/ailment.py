"""An ailment, and which part of a log it is looked for in."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal, TypeVar

from unisono.towers.training.run_log import (
    RunLog,
    SetSigns,
    SetValidation,
    StepRecord,
    ValidationRecord,
)

Severity = Literal["severe", "moderate", "mild"]
Evidence = Mapping[str, float | int | str]
FEWEST = 5
"""Step records below which nothing is said about how training goes."""
T = TypeVar("T")


@dataclass(frozen=True)
class Ailment:
    """Something that is wrong with a run.

    name: of the ailment. severity: ``severe`` where the run is of no use as it is, ``moderate``
        where it would do clearly better, ``mild`` where it may.
    sentence: what is wrong, in words, with the numbers. advice: what to change.
    evidence: the numbers by name. about: the pair set or tower, or "" for the whole run.
    """

    name: str
    severity: Severity
    sentence: str
    evidence: Evidence
    advice: str
    about: str = ""


def sets_of(log: RunLog) -> tuple[str, ...]:
    """Names of the pair sets that steps were taken on, in the order of their first."""
    return tuple(dict.fromkeys(name for record in log.steps for name in record.losses))


def steps_of(log: RunLog, name: str) -> list[StepRecord]:
    """Step records with a loss of the pair set."""
    return [record for record in log.steps if name in record.losses]


def settled(steps: Sequence[StepRecord]) -> Sequence[StepRecord]:
    """The records from the highest learning rate on, so without the warm-up."""
    if not steps:
        return steps
    highest = max(record.learning_rate for record in steps)
    first = next(i for i, record in enumerate(steps) if record.learning_rate >= highest)
    return steps[first:]


def last_third(records: Sequence[T], fewest: int = FEWEST) -> Sequence[T]:
    """The last third, at least ``fewest``; nothing where there are fewer."""
    if len(records) < fewest:
        return []
    return records[-max(fewest, len(records) // 3) :]


def middle(values: Iterable[float]) -> float:
    """Median of the finite values; NaN without any."""
    finite = [value for value in values if math.isfinite(value)]
    return median(finite) if finite else math.nan


def signs_of(steps: Sequence[StepRecord], name: str) -> list[SetSigns]:
    """Vital signs of the pair set, of those records that have them."""
    noted = [record.signs[name] for record in steps if name in record.signs]
    # A batch of one pair has none.
    return [signs for signs in noted if math.isfinite(signs.gap)]


def looks_at(validations: Sequence[ValidationRecord], name: str) -> list[SetValidation]:
    """What validation found of the pair set, look by look."""
    return [record.sets[name] for record in validations if name in record.sets]


def recall_error(share: float, candidates: int) -> float:
    """Standard error of a mean of R@1 both ways, each over so many queries (binomial)."""
    return math.sqrt(max(share * (1 - share), 0.0) / (2 * max(candidates, 1)))


def percent(share: float) -> str:
    """``12 %``, with a decimal below ten."""
    return f"{100 * share:.0f} %" if share >= 0.0995 else f"{100 * share:.1f} %"
