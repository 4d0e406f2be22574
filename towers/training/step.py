"""One training step: encode, compare, go back; the same in one process and in several."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from unisono.data.pairs.source import PairSource
from unisono.towers.training.assembling import Assembled, assemble, is_anchored
from unisono.towers.training.config import PairSetConfig
from unisono.towers.training.gathering import gather_objects, gather_rows, world
from unisono.towers.training.gradient_cache import Part, backward_in_chunks
from unisono.towers.training.nets import SpaceNets
from unisono.towers.training.pair_loss import PairLoss
from unisono.towers.training.plan import Plan, Prediction
from unisono.towers.training.stream import GroupBatch, StepBatch


@dataclass(frozen=True)
class SetRows:
    """The rows of a pair set that were compared: (n, d) each, and what tells copies apart."""

    left: Tensor
    right: Tensor
    left_identities: tuple[str, ...]
    right_identities: tuple[str, ...]
    positives: Tensor | None
    ignored: Tensor | None = None


@dataclass(frozen=True)
class StepLosses:
    """Losses of the active pair sets and predictions by name, what is minimised, and the rows.

    total: the weighted mean of the pair sets, and the predictions by their weights.
    """

    losses: Mapping[str, Tensor]
    total: Tensor
    rows: Mapping[str, SetRows]


class TrainingStep:
    """Computes losses and gradients of a batch."""

    def __init__(
        self,
        nets: SpaceNets,
        losses: nn.ModuleDict,
        plan: Plan,
        sources: Mapping[str, PairSource],
        *,
        micro_batch: int = 0,
        autocast: Callable[[], AbstractContextManager[object]] = nullcontext,
        alone: bool = False,
    ) -> None:
        """alone: compare within this process even where there are several."""
        self.nets = nets
        self.losses = losses
        self.plan = plan
        self.sources = sources
        self.micro_batch = micro_batch
        self.autocast = autocast
        self.alone = alone or world().size == 1

    def backward(self, batch: StepBatch) -> StepLosses:
        """Losses of a batch; gradients are added to those of the parameters."""
        assembled = assemble(self.nets, self.plan, self.sources, batch)
        parts = {
            number: Part(self._encoder(assembled, number), len(tower.inputs))
            for number, tower in enumerate(assembled.batches)
        }

        def loss_of(rows: Mapping[int, Tensor]) -> StepLosses:
            return self._losses(batch, assembled, rows)

        return backward_in_chunks(
            parts,
            loss_of,
            lambda found: found.total,
            self.micro_batch,
            modules=[self.nets],
            autocast=self.autocast,
        )

    def losses_of(self, batch: StepBatch) -> StepLosses:
        """The same without gradients, in whatever mode the nets are."""
        with torch.no_grad():
            assembled = assemble(self.nets, self.plan, self.sources, batch)
            rows = {}
            for number, tower in enumerate(assembled.batches):
                with self.autocast():
                    rows[number] = self._encoder(assembled, number)(0, len(tower.inputs))
            return self._losses(batch, assembled, rows)

    def _encoder(self, assembled: Assembled, number: int) -> Callable[[int, int], Tensor]:
        tower = assembled.batches[number]

        def encode(first: int, last: int) -> Tensor:
            part = tower.inputs.part(first, last)
            return self.nets.embed(tower.modality, part, tower.wanted)

        return encode

    def _losses(
        self, batch: StepBatch, assembled: Assembled, rows: Mapping[int, Tensor]
    ) -> StepLosses:
        losses, compared, weighted, weights = {}, {}, [], []
        for number in batch.active:
            pairs = self.plan.pairs[number]
            found = self._rows(batch, assembled, rows, number)
            compare = self._loss_of(pairs.name)
            loss = compare(found.left, found.right, found.positives, found.ignored)
            losses[pairs.name], compared[pairs.name] = loss, found
            weighted.append(loss * pairs.weight)
            weights.append(pairs.weight)
        total = torch.stack(weighted).sum() / sum(weights)
        for prediction in self.plan.predictions:
            if prediction.number in batch.active:
                loss = self._predicted(assembled, rows, prediction)
                losses[prediction.config.name] = loss
                total = total + prediction.config.weight * loss
        return StepLosses(losses, total, compared)

    def _predicted(
        self, assembled: Assembled, rows: Mapping[int, Tensor], prediction: Prediction
    ) -> Tensor:
        segment = assembled.segments[prediction.number, prediction.config.role]
        tower = assembled.batches[segment.batch]
        targets = tower.inputs.targets
        if targets is None:
            raise ValueError(f"predictions.{prediction.config.name}: nobody says which notes begin")
        chosen = slice(segment.first, segment.last)
        columns = self.nets.unpack(
            rows[segment.batch][chosen], "columns", tower.wanted, tower.anchors
        )
        loss: Tensor = self.losses[prediction.config.name](columns, targets.part(chosen))
        return loss

    def _loss_of(self, name: str) -> PairLoss:
        loss = self.losses[name]
        assert isinstance(loss, PairLoss)
        return loss

    def _rows(
        self, batch: StepBatch, assembled: Assembled, rows: Mapping[int, Tensor], number: int
    ) -> SetRows:
        pairs = self.plan.pairs[number]
        group = batch.groups[self.plan.group_of[number]]
        sides = []
        for role in (pairs.left, pairs.right):
            segment = assembled.segments[number, role]
            tower = assembled.batches[segment.batch]
            chosen = rows[segment.batch][segment.first : segment.last]
            sides.append(self.nets.unpack(chosen, pairs.view, tower.wanted, tower.anchors))
        count = min(len(sides[0]), len(sides[1]), self._count(pairs))
        anchored = pairs.view == "notes" and is_anchored(
            self.nets, self.plan, self.sources, batch, number
        )
        gathered = [self._gathered(side[:count].flatten(1)) for side in sides]
        if anchored:
            return self._at_anchors(gathered, sides, group, count)
        left, right = gathered
        names = self._names(group, pairs, count)
        positives = _positives(pairs, names)
        return SetRows(left, right, names.left, names.right, positives)

    def _count(self, pairs: PairSetConfig) -> int:
        processes: int = 1 if self.alone else world().size
        return pairs.batch // processes

    def _gathered(self, rows: Tensor) -> Tensor:
        return rows if self.alone else gather_rows(rows)

    def _names(self, group: GroupBatch, pairs: PairSetConfig, count: int) -> _Names:
        own = (
            group.identities[pairs.left][:count],
            group.identities[pairs.right][:count],
            group.works[:count],
        )
        everyone = [own] if self.alone else gather_objects(own)
        left, right, works = (tuple(n for one in everyone for n in one[i]) for i in range(3))
        return _Names(left, right, works)

    def _at_anchors(
        self, gathered: Sequence[Tensor], sides: Sequence[Tensor], group: GroupBatch, count: int
    ) -> SetRows:
        """Every usable anchor is a pair of its own."""
        left, right = (
            rows.reshape(-1, side.shape[2]) for rows, side in zip(gathered, sides, strict=True)
        )
        usable = torch.ones(count, sides[0].shape[1], dtype=torch.bool)
        if group.usable is not None:
            usable = group.usable[:count]
        kept = self._gathered(usable.float().to(left.device)).reshape(-1) > 0.5
        left, right = left[kept], right[kept]
        nameless = ("",) * len(left)
        ignored = self._ignored(group, count, kept.cpu())
        return SetRows(left, right, nameless, nameless, None, ignored)

    def _ignored(self, group: GroupBatch, count: int, kept: Tensor) -> Tensor | None:
        """(n, n) bool of the anchors kept: those that ``Item.moments`` makes no negatives."""
        if group.moments is None:
            return None
        own = (group.works[:count], group.moments[:count])
        everyone = [own] if self.alone else gather_objects(own)
        works = [work for some, _ in everyone for work in some]
        moments = torch.cat([some for _, some in everyone])
        if len(set(works)) == len(works):
            return None
        item = torch.arange(len(works)).repeat_interleave(moments.shape[1])[kept]
        music = moments.reshape(-1)[kept]
        ignored = _equal(works)[item][:, item] & (music[:, None] == music[None])
        return ignored.fill_diagonal_(False)


@dataclass(frozen=True)
class _Names:
    left: tuple[str, ...]
    right: tuple[str, ...]
    works: tuple[str, ...]


def _positives(pairs: PairSetConfig, names: _Names) -> Tensor | None:
    """(n, n) bool: the diagonal, copies of a side, and where asked items of one work.

    None when there is nothing but the diagonal.
    """
    same = _equal(names.left) | _equal(names.right)
    # "apart" has them only where a file could not be read and its place was filled again
    if pairs.same_work != "negatives":
        same |= _equal(names.works)
    same.fill_diagonal_(True)
    return same if int(same.sum()) > len(same) else None


def _equal(names: Iterable[str]) -> Tensor:
    """(n, n) bool, where names are equal and not empty."""
    numbers: dict[str, int] = {}
    codes = torch.tensor(
        [numbers.setdefault(n, len(numbers)) if n else -1 - i for i, n in enumerate(names)]
    )
    return codes[:, None] == codes[None, :]
