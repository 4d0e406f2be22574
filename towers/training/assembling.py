"""Sides that go through one tower together: a step encodes every modality in one batch.

Batch norms then see all of a modality at once, and pair sets that share items encode them once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from unisono.data.pairs.source import PairSource
from unisono.towers.convolutional import ConvolutionalTower
from unisono.towers.training.columns import Output
from unisono.towers.training.inputs import Inputs, join
from unisono.towers.training.nets import SpaceNets
from unisono.towers.training.plan import Plan
from unisono.towers.training.stream import StepBatch


@dataclass(frozen=True)
class TowerBatch:
    """What one tower encodes at once, and which views of it are wanted."""

    modality: str
    inputs: Inputs
    wanted: tuple[Output, ...]

    @property
    def anchors(self) -> int:
        """At how many places of an item its notes are taken."""
        return 1 if self.inputs.anchors is None else self.inputs.anchors.shape[1]


@dataclass(frozen=True)
class Segment:
    """Where a role of a group lies: items ``first`` to ``last`` of a tower batch."""

    batch: int
    first: int
    last: int


@dataclass(frozen=True)
class Assembled:
    """Tower batches, and for each side of each active pair set (number, role) its segment."""

    batches: tuple[TowerBatch, ...]
    segments: Mapping[tuple[int, str], Segment]


def assemble(
    nets: SpaceNets, plan: Plan, sources: Mapping[str, PairSource], batch: StepBatch
) -> Assembled:
    """Put the sides of a step together by tower."""
    wanted: dict[tuple[int, str, bool], set[Output]] = {}
    sides: dict[tuple[int, str], tuple[int, str, bool]] = {}
    for number in batch.active:
        pairs, group = plan.pairs[number], plan.group_of[number]
        anchored = pairs.view == "notes" and is_anchored(nets, plan, sources, batch, number)
        for role in (pairs.left, pairs.right):
            if pairs.view == "character":  # either will do
                key = (group, role, (group, role, True) in wanted)
            else:
                key = (group, role, anchored)
            wanted.setdefault(key, set()).add(pairs.view)
            sides[number, role] = key
    for prediction in plan.predictions:
        if prediction.number in batch.active:
            wanted[sides[prediction.number, prediction.config.role]].add("columns")
    heaps: list[list[tuple[tuple[int, str, bool], Inputs]]] = []
    heads: list[tuple[str, bool, Inputs]] = []
    for key, views in wanted.items():
        group, role, anchored = key
        modality = str(sources[plan.groups[group].source].roles[role])
        inputs = batch.groups[group].inputs[role]
        if not anchored:
            inputs = replace(inputs, anchors=None)
        pooled_notes = "notes" in views and not anchored
        for heap, (kind, pooled, first) in zip(heaps, heads, strict=True):
            if kind == modality and pooled == pooled_notes and first.like(inputs):
                heap.append((key, inputs))
                break
        else:
            heads.append((modality, pooled_notes, inputs))
            heaps.append([(key, inputs)])
    batches, places = [], {}
    for number, (heap, (modality, _, _)) in enumerate(zip(heaps, heads, strict=True)):
        start = 0
        for key, inputs in heap:
            places[key] = Segment(number, start, start + len(inputs))
            start += len(inputs)
        seen = set[Output]().union(*(wanted[key] for key, _ in heap))
        ordered = tuple(output for output in _ORDER if output in seen)
        batches.append(TowerBatch(modality, join([inputs for _, inputs in heap]), ordered))
    return Assembled(tuple(batches), {side: places[key] for side, key in sides.items()})


def is_anchored(
    nets: SpaceNets,
    plan: Plan,
    sources: Mapping[str, PairSource],
    batch: StepBatch,
    number: int,
) -> bool:
    """Whether a pair set meets at anchors: both sides have them, and towers that give columns."""
    pairs, group = plan.pairs[number], plan.group_of[number]
    roles = sources[plan.groups[group].source].roles
    return all(
        batch.groups[group].inputs[role].anchors is not None
        and isinstance(nets.towers[str(roles[role])], ConvolutionalTower)
        for role in (pairs.left, pairs.right)
    )


_ORDER: tuple[Output, ...] = ("notes", "columns", "character")
