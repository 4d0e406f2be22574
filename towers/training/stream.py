"""The batches of a run, step by step, drawn and put in shape in the loader's workers.

A step's batch depends on the seed and the step alone, so that a run goes on where it stopped
and several processes share one batch without asking each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import IterableDataset

from unisono.data.pairs.batch import draw_items
from unisono.data.pairs.sampling import WorkSampler
from unisono.data.pairs.source import Editions, Item, PairSource, SourceError
from unisono.towers.training.features import KeptFeatures
from unisono.towers.training.front_ends import FrontEnd
from unisono.towers.training.inputs import Inputs, join_padded
from unisono.towers.training.plan import Group, Plan

AT_ONCE = 64
"""Items that are drawn before they are put in shape: sounds take many times the memory of what
towers take of them, and a batch may have thousands."""


@dataclass(frozen=True)
class GroupBatch:
    """The items of one group, as this process has them.

    inputs: role -> batch; identities: role -> one an item; usable: (B, K) or None; moments:
    (B, K) as ``Item`` has them, or None.
    """

    inputs: Mapping[str, Inputs]
    identities: Mapping[str, tuple[str, ...]]
    works: tuple[str, ...]
    usable: Tensor | None
    moments: Tensor | None = None


@dataclass(frozen=True)
class StepBatch:
    """What one step trains on; faults are sentences about files that were passed over."""

    step: int
    active: tuple[int, ...]
    groups: Mapping[int, GroupBatch]
    faults: tuple[str, ...]

    def to(self, device: torch.device) -> StepBatch:
        """The same with its inputs on a device."""
        if device.type == "cpu":
            return self
        groups = {
            number: replace(group, inputs={r: x.to(device) for r, x in group.inputs.items()})
            for number, group in self.groups.items()
        }
        return replace(self, groups=groups)


@dataclass(frozen=True)
class Share:
    """Which part of every batch a process takes."""

    rank: int = 0
    size: int = 1

    def places(self, count: int) -> range:
        """Places 0..count - 1 of a batch that are this process's.

        They take turns, so that the first items of all processes are the first of the batch: a
        set with a smaller batch trains on the same ones however many processes there are.
        """
        return range(self.rank, count - count % self.size, self.size)


class StepStream(IterableDataset[StepBatch]):
    """An endless stream of batches from ``step`` on; workers take turns."""

    def __init__(
        self,
        plan: Plan,
        sources: Mapping[str, PairSource],
        front_ends: Mapping[str, FrontEnd],
        *,
        seed: int,
        step: int = 0,
        share: Share | None = None,
        kept: Mapping[tuple[str, str], KeptFeatures] | None = None,
    ) -> None:
        """front_ends: by modality. kept: features of frozen towers by source and role."""
        self.plan = plan
        self.sources = sources
        self.front_ends = front_ends
        self.seed = seed
        self.step = step
        self.share = share or Share()
        self.kept = kept or {}
        self._samplers = [_sampler(sources[group.source]) for group in plan.groups]

    def __iter__(self) -> Iterator[StepBatch]:
        worker = torch.utils.data.get_worker_info()
        number, count = 0, 1
        if worker is not None:
            torch.set_num_threads(1)
            number, count = worker.id, worker.num_workers
        step = self.step + number
        while True:
            yield self.draw(step)
            step += count

    def draw(self, step: int) -> StepBatch:
        """The batch of one step; raises SourceError when nothing can be read."""
        active = self.plan.active(step, self.seed)
        groups, faults = {}, list[str]()
        for number in sorted({self.plan.group_of[index] for index in active}):
            groups[number], found = self._draw_group(number, step)
            faults += found
        return StepBatch(step, active, groups, tuple(faults))

    def _draw_group(self, number: int, step: int) -> tuple[GroupBatch, list[str]]:
        group = self.plan.groups[number]
        source = self.sources[group.source]
        random = np.random.default_rng([self.seed, step, number, 1])
        indices = self._samplers[number].draw(group.batch, random, per_work=group.per_work)
        usable_count = len(indices) - len(indices) % self.share.size
        indices = indices[:usable_count]
        places = self.share.places(len(indices))
        kept = {
            r: self.kept[group.source, r] for r in group.roles if (group.source, r) in self.kept
        }
        raw = [role for role in group.roles if role not in kept]
        if not raw:
            return self._all_kept(group, indices[list(places)], kept, source), []
        counts = {role: self._count(n, len(places)) for role, n in group.roles.items()}
        parts, faults = list[GroupBatch](), list[str]()
        for first in range(0, len(places), AT_ONCE):
            some = places[first : first + AT_ONCE]
            drawn = draw_items(source, indices, raw, self.seed, step, places=some)
            faults += drawn.errors
            left = {role: min(counts[role] - first, len(some)) for role in raw}
            wanted = {role: count for role, count in left.items() if count > 0}
            parts.append(shape_items(drawn.items, wanted, source, self.front_ends))
        if kept and faults:  # a replacement would not fit the kept features
            raise SourceError(faults[0])
        batch = _joined(parts, {r: self.front_ends[source.roles[r]] for r in raw})
        rows = indices[list(places)]
        inputs = {role: one.inputs(rows[: counts[role]]) for role, one in kept.items()}
        names = {role: one.identities_of(rows[: counts[role]]) for role, one in kept.items()}
        whole = replace(
            batch,
            inputs={**batch.inputs, **inputs},
            identities={**batch.identities, **names},
        )
        return whole, faults

    def _all_kept(
        self,
        group: Group,
        rows: npt.NDArray[np.int64],
        kept: Mapping[str, KeptFeatures],
        source: PairSource,
    ) -> GroupBatch:
        counts = {role: self._count(n, len(rows)) for role, n in group.roles.items()}
        return GroupBatch(
            {role: kept[role].inputs(rows[: counts[role]]) for role in group.roles},
            {role: kept[role].identities_of(rows[: counts[role]]) for role in group.roles},
            tuple(source.works[int(row)] for row in rows),
            next(iter(kept.values())).usable_of(rows),
        )

    def _count(self, wanted: int, there: int) -> int:
        """How many of this process's items a role with a smaller batch takes."""
        return min(there, wanted // self.share.size)


def _sampler(source: PairSource) -> WorkSampler:
    editions = source.editions if isinstance(source, Editions) else None
    return WorkSampler(source.works, source.shares, editions)


def shape_items(
    items: Sequence[Item],
    roles: Mapping[str, int],
    source: PairSource,
    front_ends: Mapping[str, FrontEnd],
) -> GroupBatch:
    """Put drawn items into the shape that towers take; of each role the first so many."""
    inputs, identities = {}, {}
    for role, count in roles.items():
        sides = [item.sides[role] for item in items[:count]]
        inputs[role] = front_ends[source.roles[role]](sides)
        identities[role] = tuple(side.identity for side in sides)
    works = tuple(item.work for item in items)
    return GroupBatch(
        inputs,
        identities,
        works,
        _stacked([item.usable for item in items]),
        _stacked([item.moments for item in items]),
    )


def _joined(parts: Sequence[GroupBatch], front_ends: Mapping[str, FrontEnd]) -> GroupBatch:
    """One batch of the parts of a group; of some roles the last parts may have nothing."""
    if len(parts) == 1:
        return parts[0]
    inputs, identities = {}, {}
    for role, front_end in front_ends.items():
        there = [part for part in parts if role in part.inputs]
        stride = int(getattr(front_end, "stride", 0))
        inputs[role] = join_padded([part.inputs[role] for part in there], stride)
        identities[role] = tuple(name for part in there for name in part.identities[role])
    works = tuple(work for part in parts for work in part.works)
    usable = _concatenated([part.usable for part in parts])
    moments = _concatenated([part.moments for part in parts])
    return GroupBatch(inputs, identities, works, usable, moments)


def _concatenated(parts: Sequence[Tensor | None]) -> Tensor | None:
    there = [part for part in parts if part is not None]
    return torch.cat(there) if len(there) == len(parts) else None


def _stacked(arrays: Sequence[npt.NDArray[np.generic] | None]) -> Tensor | None:
    """One row an item; None where any item has none."""
    there = [array for array in arrays if array is not None]
    return torch.from_numpy(np.stack(there)) if len(there) == len(arrays) else None
