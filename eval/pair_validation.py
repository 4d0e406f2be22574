"""Validation while training: R@1 both ways, loss and signs on pairs that training never sees."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import nn

from unisono.data.pairs.source import PairSource
from unisono.eval.metrics import ranks, recall_at
from unisono.towers.training.building import Built
from unisono.towers.training.config import PairSetConfig, TrainingRun
from unisono.towers.training.inputs import Inputs
from unisono.towers.training.nets import SpaceNets
from unisono.towers.training.pair_loss import PairLoss
from unisono.towers.training.plan import Group, Plan
from unisono.towers.training.run_records import SetValidation, ValidationRecord
from unisono.towers.training.step import SetRows, TrainingStep
from unisono.towers.training.stream import StepBatch, shape_items
from unisono.towers.training.vital_signs import set_signs

_AT_ONCE = 50


@dataclass(frozen=True)
class _Look:
    """The pairs of one set, drawn once and in the shape that towers take."""

    pairs: PairSetConfig
    plan: Plan
    sources: Mapping[str, PairSource]
    batches: tuple[StepBatch, ...]


def make_validate(
    run: TrainingRun, built: Built, sources: Mapping[str, PairSource], device: torch.device
) -> Callable[[SpaceNets, nn.ModuleDict, str, int], ValidationRecord]:
    """Make what looks at ``run.validation``: the same pairs at every look.

    Items are taken in order, so many a set as ``pairs_each``. Items of one work answer each
    other rightly (an artist's other songs, another wording), unless they are hard negatives. Of
    pairs with anchors, every usable anchor counts as a pair, and only the very place is right.
    Raises SourceError for an item that cannot be read.
    """
    looks = [
        _look(run, name, sources[source], built, device)
        for name, source in run.validation.pairs.items()
    ]

    def validate(nets: SpaceNets, losses: nn.ModuleDict, stage: str, step: int) -> ValidationRecord:
        found = {look.pairs.name: _judge(look, nets, losses) for look in looks}
        score = float(np.mean([one.mean_r1 for one in found.values()]))
        return ValidationRecord(stage, step, found, score)

    return validate


def _look(
    run: TrainingRun, name: str, source: PairSource, built: Built, device: torch.device
) -> _Look:
    pairs = next(one for one in run.pairs if one.name == name)
    wanted = run.validation.pairs_each
    if source.fixed:  # there is no more than the items
        wanted = min(wanted, len(source.works))
    roles = (pairs.left, pairs.right)
    batches = []
    for first in range(0, wanted, _AT_ONCE):
        numbers = range(first, min(first + _AT_ONCE, wanted))
        items = [
            source.draw(i % len(source.works), roles, np.random.default_rng([run.seed, 1, i]))
            for i in numbers
        ]
        shaped = shape_items(items, dict.fromkeys(roles, len(items)), source, built.front_ends)
        inputs = {role: one.to(device) for role, one in shaped.inputs.items()}
        for role in roles:
            modality = str(source.roles[role])
            if _stays_frozen(run, modality):
                inputs[role] = _from_trunk(built.nets, modality, inputs[role])
        batches.append(StepBatch(0, (0,), {0: replace(shaped, inputs=inputs)}, ()))
    asked = replace(pairs, batch=_AT_ONCE, source=name)
    group = Group(name, "apart", 1, _AT_ONCE, dict.fromkeys(roles, _AT_ONCE))
    plan = Plan((asked,), (0,), (group,), one_set=False)
    return _Look(asked, plan, {name: source}, tuple(batches))


def _stays_frozen(run: TrainingRun, modality: str) -> bool:
    tower = run.towers.get(modality)
    if tower is None or tower.freeze == "none":
        return False
    return all(stage.freeze.get(modality, tower.freeze) != "none" for stage in run.stages)


def _from_trunk(nets: SpaceNets, modality: str, inputs: Inputs) -> Inputs:
    nets.eval()
    with torch.no_grad():
        return replace(inputs, arrays=nets.trunk(modality, inputs), extra=None, from_trunk=True)


def _judge(look: _Look, nets: SpaceNets, losses: nn.ModuleDict) -> SetValidation:
    rows = _rows(look, nets, losses)
    loss = losses[look.pairs.name]
    assert isinstance(loss, PairLoss)
    with torch.no_grad():
        similarity = loss.similarity(rows.left, rows.right)
        right = torch.eye(len(rows.left), dtype=torch.bool)
        right |= _equal(rows.left_identities) | _equal(rows.right_identities)
        if look.pairs.same_work != "negatives":
            right |= _equal(_works(look, len(rows.left)))
        value = float(loss(rows.left, rows.right, right))
    truth, scores = right.cpu().numpy(), similarity.float().cpu().numpy()
    signs = set_signs(rows.left, rows.right, rows.left_identities, rows.right_identities, right)
    return SetValidation(
        forward_r1=recall_at(ranks(scores, truth), 1),
        backward_r1=recall_at(ranks(scores.T, truth.T), 1),
        chance=float(truth.mean()),
        loss=value,
        hubness=signs.hubness,
        gap=signs.gap,
        candidates=len(scores),
    )


def _rows(look: _Look, nets: SpaceNets, losses: nn.ModuleDict) -> SetRows:
    step = TrainingStep(nets, losses, look.plan, look.sources, alone=True)
    parts = [step.losses_of(batch).rows[look.pairs.name] for batch in look.batches]
    return SetRows(
        torch.cat([part.left for part in parts]),
        torch.cat([part.right for part in parts]),
        tuple(name for part in parts for name in part.left_identities),
        tuple(name for part in parts for name in part.right_identities),
        None,
    )


def _works(look: _Look, rows: int) -> tuple[str, ...]:
    """The work of every row; of pairs with anchors, another place in a piece is another place."""
    works = tuple(work for batch in look.batches for work in batch.groups[0].works)
    return works if len(works) == rows else ("",) * rows


def _equal(names: tuple[str, ...]) -> torch.Tensor:
    numbers: dict[str, int] = {}
    codes = [numbers.setdefault(n, len(numbers)) if n else -1 - i for i, n in enumerate(names)]
    column = torch.tensor(codes)
    return column[:, None] == column[None, :]
