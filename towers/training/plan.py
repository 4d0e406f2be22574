"""What is drawn at a step: which pair sets, from which sources, which roles, how many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from unisono.data.pairs.source import PairSource
from unisono.towers.training.config import (
    PairSetConfig,
    PredictionConfig,
    SameWork,
    StageConfig,
    TrainingRun,
)
from unisono.towers.training.reading import ConfigError


@dataclass(frozen=True)
class Group:
    """Pair sets that share their items: one draw of a source serves them all.

    batch: items drawn; a set with a smaller batch takes the first ones.
    roles: role -> how many items are needed of it.
    """

    source: str
    same_work: SameWork
    per_work: int
    batch: int
    roles: Mapping[str, int]


@dataclass(frozen=True)
class Prediction:
    """What is told of the notes of a role, from the items that pair set ``number`` draws."""

    config: PredictionConfig
    number: int


@dataclass(frozen=True)
class Plan:
    """Pair sets of a stage in order, the group of each, how they are mixed, and predictions."""

    pairs: tuple[PairSetConfig, ...]
    group_of: tuple[int, ...]
    groups: tuple[Group, ...]
    one_set: bool
    predictions: tuple[Prediction, ...] = ()

    def active(self, step: int, seed: int) -> tuple[int, ...]:
        """Numbers of the pair sets that step ``step`` trains; the same in every process."""
        if not self.one_set:
            return tuple(range(len(self.pairs)))
        weights = np.array([pairs.weight for pairs in self.pairs])
        random = np.random.default_rng([seed, step, 7])
        return (int(random.choice(len(self.pairs), p=weights / weights.sum())),)


def make_plan(
    run: TrainingRun, stage: StageConfig, sources: Mapping[str, PairSource], processes: int = 1
) -> Plan:
    """Group the pair sets of a stage; raises ConfigError for roles that a source lacks."""
    pairs = tuple(one for one in run.pairs if one.name in stage.pairs)
    one_set = run.mixing == "one-set-a-step"
    keys: list[tuple[object, ...]] = []
    members: list[list[PairSetConfig]] = []
    group_of = []
    for number, one in enumerate(pairs):
        _check_roles(one, sources[one.source])
        _check_batch(one, processes)
        per_work = 1 if one.same_work == "apart" else one.per_work
        # Sets that are drawn one at a time share nothing.
        key = (one.source, one.same_work, per_work, number if one_set else 0)
        if key not in keys:
            keys.append(key)
            members.append([])
        members[keys.index(key)].append(one)
        group_of.append(keys.index(key))
    predictions = [one for one in run.predictions if one.name in stage.predictions]
    return Plan(
        pairs,
        tuple(group_of),
        tuple(_group(sets) for sets in members),
        one_set,
        tuple(Prediction(one, _pairs_behind(one, pairs)) for one in predictions),
    )


def _pairs_behind(prediction: PredictionConfig, pairs: Sequence[PairSetConfig]) -> int:
    """The first pair set of the notes that draws the role."""
    for number, one in enumerate(pairs):
        drawn = one.source == prediction.source and prediction.role in (one.left, one.right)
        if drawn and one.view == "notes":
            return number
    raise ConfigError(
        f"predictions.{prediction.name}: no pair set of the stage draws {prediction.role} of "
        f"{prediction.source} for its notes; add one with view: notes"
    )


def _group(sets: list[PairSetConfig]) -> Group:
    roles: dict[str, int] = {}
    for one in sets:
        for role in (one.left, one.right):
            roles[role] = max(roles.get(role, 0), one.batch)
    first = sets[0]
    per_work = 1 if first.same_work == "apart" else first.per_work
    return Group(first.source, first.same_work, per_work, max(roles.values()), roles)


def _check_roles(pairs: PairSetConfig, source: PairSource) -> None:
    for role in (pairs.left, pairs.right):
        if role not in source.roles:
            known = ", ".join(source.roles)
            raise ConfigError(
                f"pairs.{pairs.name}: {pairs.source} has no role {role}; it has {known}"
            )
    if pairs.left == pairs.right:
        raise ConfigError(
            f"pairs.{pairs.name}: left and right are both {pairs.left}; for a modality paired "
            "with itself take a source of the kind alone"
        )
    if pairs.view == "notes":
        for role in (pairs.left, pairs.right):
            if source.roles[role] in ("text", "cover"):
                raise ConfigError(
                    f"pairs.{pairs.name}: view: notes cannot train {role}, which has no notes"
                )


def _check_batch(pairs: PairSetConfig, processes: int) -> None:
    if pairs.batch % processes or (pairs.batch // processes) % max(
        1, pairs.per_work if pairs.same_work != "apart" else 1
    ):
        raise ConfigError(
            f"pairs.{pairs.name}: a batch of {pairs.batch} cannot be shared by {processes} "
            "processes in equal parts"
        )
