"""What a training run notes down: the records of its log, as typed values and as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

MOST_SHARED_NAMED = 20
"""Works in both training and validation that a start record names; more are only counted."""


@dataclass(frozen=True)
class SetSigns:
    """Vital signs of a pair set's batch; ``vital_signs.set_signs`` says what each means."""

    gap: float
    spread_left: float
    spread_right: float
    hubness: float
    duplicates: float
    positive_similarity: float
    negative_similarity: float

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> SetSigns:
        """Read what ``asdict`` wrote; keys that this version does not know are left out."""
        return cls(**{name: _number(facts[name]) for name in cls.__dataclass_fields__})


@dataclass(frozen=True)
class StartRecord:
    """A stage begins, or goes on after the run was stopped.

    train_works, validation_works: how many different works.
    shared_works: at most ``MOST_SHARED_NAMED`` of those in both; shared_count: how many there are.
    trained: towers that pair sets of the stage train; frozen: those that stay as they are.
    batch: pairs a step of each set.
    temperature_bounds: lowest and highest of each set whose temperature is learnt.
    """

    kind: ClassVar[str] = "start"
    stage: str
    train_works: int
    validation_works: int
    shared_works: tuple[str, ...] = ()
    shared_count: int = 0
    trained: tuple[str, ...] = ()
    frozen: tuple[str, ...] = ()
    batch: Mapping[str, int] = field(default_factory=dict)
    temperature_bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return what ``from_json`` reads."""
        return _as_json(self)

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> StartRecord:
        """Raises KeyError, TypeError or ValueError for facts that are none of a start."""
        bounds = facts.get("temperature_bounds", {})
        return cls(
            stage=str(facts["stage"]),
            train_works=int(facts["train_works"]),
            validation_works=int(facts["validation_works"]),
            shared_works=tuple(map(str, facts.get("shared_works", ()))),
            shared_count=int(facts.get("shared_count", 0)),
            trained=tuple(map(str, facts.get("trained", ()))),
            frozen=tuple(map(str, facts.get("frozen", ()))),
            batch={name: int(count) for name, count in facts.get("batch", {}).items()},
            temperature_bounds={n: (_number(b[0]), _number(b[1])) for n, b in bounds.items()},
        )


@dataclass(frozen=True)
class StepRecord:
    """What one training step was like.

    step, seconds: steps and training time of the stage so far. pairs_per_s, waited_share: since
        the record before; the latter is the share (0..1) of that time spent waiting for data.
    losses: by set. collapsed: by set, the loss that a space would give in which all vectors
        are one, or None where that is not known.
    inverse_temperatures: by set; only sets whose loss has one.
    gradients: by tower, the norm of the gradient of all its parameters before clipping.
    signs: by set.
    """

    kind: ClassVar[str] = "step"
    stage: str
    step: int
    seconds: float
    pairs_per_s: float
    waited_share: float
    learning_rate: float
    losses: Mapping[str, float]
    collapsed: Mapping[str, float | None] = field(default_factory=dict)
    inverse_temperatures: Mapping[str, float] = field(default_factory=dict)
    gradients: Mapping[str, float] = field(default_factory=dict)
    signs: Mapping[str, SetSigns] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return what ``from_json`` reads."""
        return _as_json(self)

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> StepRecord:
        """Raises KeyError, TypeError or ValueError for facts that are none of a step."""
        collapsed = facts.get("collapsed", {})
        return cls(
            stage=str(facts["stage"]),
            step=int(facts["step"]),
            seconds=_number(facts["seconds"]),
            pairs_per_s=_number(facts["pairs_per_s"]),
            waited_share=_number(facts["waited_share"]),
            learning_rate=_number(facts["learning_rate"]),
            losses=_numbers(facts["losses"]),
            collapsed={n: None if x is None else _number(x) for n, x in collapsed.items()},
            inverse_temperatures=_numbers(facts.get("inverse_temperatures", {})),
            gradients=_numbers(facts.get("gradients", {})),
            signs={n: SetSigns.from_json(x) for n, x in facts.get("signs", {}).items()},
        )


@dataclass(frozen=True)
class SetValidation:
    """A set looked at: R@1 (0..1) left to right and back, its chance, and the space's signs.

    candidates: how many pairs were compared, each with all.
    """

    forward_r1: float
    backward_r1: float
    chance: float
    loss: float
    hubness: float
    gap: float
    candidates: int

    @property
    def mean_r1(self) -> float:
        """Mean of both directions."""
        return (self.forward_r1 + self.backward_r1) / 2

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> SetValidation:
        """Read what ``asdict`` wrote; keys that this version does not know are left out."""
        numbers = {n: _number(facts[n]) for n in cls.__dataclass_fields__ if n != "candidates"}
        return cls(**numbers, candidates=int(facts["candidates"]))


@dataclass(frozen=True)
class ValidationRecord:
    """Validation after a step; score is the mean R@1 of all sets and directions."""

    kind: ClassVar[str] = "validation"
    stage: str
    step: int
    sets: Mapping[str, SetValidation]
    score: float

    def to_json(self) -> dict[str, Any]:
        """Return what ``from_json`` reads."""
        return _as_json(self)

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> ValidationRecord:
        """Raises KeyError, TypeError or ValueError for facts that are none of a validation."""
        sets = {name: SetValidation.from_json(one) for name, one in facts["sets"].items()}
        return cls(str(facts["stage"]), int(facts["step"]), sets, _number(facts["score"]))


@dataclass(frozen=True)
class EndRecord:
    """A stage ended: "finished", "stopped early" or "interrupted"."""

    kind: ClassVar[str] = "end"
    stage: str
    step: int
    why: str

    def to_json(self) -> dict[str, Any]:
        """Return what ``from_json`` reads."""
        return _as_json(self)

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> EndRecord:
        """Raises KeyError, TypeError or ValueError for facts that are none of an end."""
        return cls(str(facts["stage"]), int(facts["step"]), str(facts["why"]))


Record = StartRecord | StepRecord | ValidationRecord | EndRecord


def _as_json(record: Record) -> dict[str, Any]:
    facts: dict[str, Any] = _finite_or_word({"kind": record.kind, **asdict(record)})
    return facts


def _finite_or_word(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite_or_word(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite_or_word(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def _number(value: Any) -> float:
    return float(value)


def _numbers(values: Mapping[str, Any]) -> dict[str, float]:
    return {name: _number(value) for name, value in values.items()}
