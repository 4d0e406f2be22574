"""What a tower takes at a training step: a batch of sides, padded to one length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional

from unisono.towers.training.note_targets import UNKNOWN, NoteTargets


@dataclass(frozen=True)
class Inputs:
    """A batch of one modality.

    arrays: (B, ...) as the tower takes them, or what its frozen trunk made of them
        (``from_trunk``); (B, 0) for texts.
    texts: B sentences, for text towers.
    extra: (B, channels, T) beside the arrays, for the MIDI tower.
    lengths: (B,) output columns that an item fills, where they differ; None where all fill all.
    anchors: (B, K) output columns at which the notes view is taken; None for the mean.
    targets: which notes begin in which column, where that is known.
    """

    arrays: Tensor
    texts: tuple[str, ...] = ()
    extra: Tensor | None = None
    lengths: Tensor | None = None
    anchors: Tensor | None = None
    from_trunk: bool = False
    targets: NoteTargets | None = None

    def __len__(self) -> int:
        return len(self.arrays)

    def part(self, first: int, last: int) -> Inputs:
        """Items ``first`` to ``last``."""
        rows = slice(first, last)
        return replace(
            self,
            arrays=self.arrays[rows],
            texts=self.texts[rows],
            extra=_rows(self.extra, rows),
            lengths=_rows(self.lengths, rows),
            anchors=_rows(self.anchors, rows),
            targets=None if self.targets is None else self.targets.part(rows),
        )

    def to(self, device: torch.device) -> Inputs:
        """The same on a device."""

        def moved(tensor: Tensor) -> Tensor:
            return tensor.to(device, non_blocking=True)

        return replace(
            self,
            arrays=moved(self.arrays),
            extra=None if self.extra is None else moved(self.extra),
            lengths=None if self.lengths is None else moved(self.lengths),
            anchors=None if self.anchors is None else moved(self.anchors),
            targets=None if self.targets is None else self.targets.map(moved),
        )

    def like(self, other: Inputs) -> bool:
        """Whether both can go through a tower in one batch."""
        return (
            self.arrays.shape[1:] == other.arrays.shape[1:]
            and self.from_trunk == other.from_trunk
            and (self.lengths is None) == (other.lengths is None)
            and (self.extra is None) == (other.extra is None)
        )


def join(batches: Sequence[Inputs]) -> Inputs:
    """One batch of several that are ``like`` each other.

    Where some have anchors, the others get as many in column 0, which nobody looks at.
    """
    if len(batches) == 1:
        return batches[0]
    return Inputs(
        arrays=torch.cat([batch.arrays for batch in batches]),
        texts=tuple(text for batch in batches for text in batch.texts),
        extra=_joined([batch.extra for batch in batches]),
        lengths=_joined([batch.lengths for batch in batches]),
        anchors=_joined_anchors(batches),
        from_trunk=batches[0].from_trunk,
        targets=_joined_targets(batches),
    )


def join_padded(batches: Sequence[Inputs], stride: int) -> Inputs:
    """One batch of several of one kind, each padded to its own longest item, in their order.

    stride: input columns to an output column, so that items have lengths; 0 where a tower takes
        none, and shorter items simply end in zeros.
    """
    if len(batches) == 1:
        return batches[0]
    columns = max(batch.arrays.shape[-1] for batch in batches)
    extras = [batch.extra for batch in batches if batch.extra is not None]
    anchors = [batch.anchors for batch in batches if batch.anchors is not None]
    return Inputs(
        arrays=torch.cat([_padded(batch.arrays, columns) for batch in batches]),
        texts=tuple(text for batch in batches for text in batch.texts),
        extra=torch.cat([_padded(extra, columns) for extra in extras]) if extras else None,
        lengths=_all_lengths(batches, columns, stride) if stride else None,
        anchors=torch.cat(anchors) if len(anchors) == len(batches) else None,
        from_trunk=batches[0].from_trunk,
        targets=_joined_targets(batches),
    )


def _padded(tensor: Tensor, columns: int) -> Tensor:
    missing = columns - tensor.shape[-1]
    return functional.pad(tensor, (0, missing)) if missing else tensor


def _all_lengths(batches: Sequence[Inputs], columns: int, stride: int) -> Tensor | None:
    """The lengths of all items; None where all fill all."""
    lengths = torch.cat(
        [
            torch.full((len(batch),), batch.arrays.shape[-1] // stride)
            if batch.lengths is None
            else batch.lengths
            for batch in batches
        ]
    )
    return lengths if int(lengths.min()) < columns // stride else None


def _rows(tensor: Tensor | None, rows: slice) -> Tensor | None:
    return None if tensor is None else tensor[rows]


def _joined(tensors: Sequence[Tensor | None]) -> Tensor | None:
    there = [tensor for tensor in tensors if tensor is not None]
    return torch.cat(there) if there else None


def _joined_anchors(batches: Sequence[Inputs]) -> Tensor | None:
    count = max(0 if b.anchors is None else b.anchors.shape[1] for b in batches)
    if not count:
        return None
    filled = []
    for batch in batches:
        anchors = batch.anchors
        if anchors is None:
            anchors = torch.zeros(len(batch), 0, dtype=torch.int64, device=batch.arrays.device)
        filled.append(functional.pad(anchors, (0, count - anchors.shape[1])))
    return torch.cat(filled)


def _joined_targets(batches: Sequence[Inputs]) -> NoteTargets | None:
    """Those of all, unknown where a batch has none or is shorter."""
    there = [batch.targets for batch in batches if batch.targets is not None]
    if not there:
        return None
    columns = max(one.near.shape[2] for one in there)
    near, far = [], []
    for batch in batches:
        one = batch.targets
        if one is None:
            rows = there[0].near.shape[1], there[0].far.shape[1]
            none = torch.empty(len(batch), 0, 0, dtype=torch.int8, device=batch.arrays.device)
            near_none, far_none = (none.reshape(len(batch), count, 0) for count in rows)
            one = NoteTargets(near_none, far_none)
        short = (0, columns - one.near.shape[2])
        near.append(functional.pad(one.near, short, value=UNKNOWN))
        far.append(functional.pad(one.far, short, value=UNKNOWN))
    return NoteTargets(torch.cat(near), torch.cat(far))
