"""Features of frozen towers, computed once for every item and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from unisono.data.ahead import ahead
from unisono.data.pairs.source import Item, PairSource
from unisono.towers.training.front_ends import FrontEnd
from unisono.towers.training.inputs import Inputs
from unisono.towers.training.nets import SpaceNets

Progress = Callable[[int, int], None]
"""Called with how many items are done, and of how many."""

_AT_ONCE = 32


@dataclass(frozen=True)
class KeptFeatures:
    """What a frozen trunk made of every item of a source in one role.

    features: of each item (features,) or (features, columns).
    anchors: (items, K) columns or None; usable: (items, K) bool or None.
    """

    features: Sequence[Tensor]
    identities: Sequence[str]
    anchors: Tensor | None
    usable: Tensor | None

    def inputs(self, rows: npt.NDArray[np.int64]) -> Inputs:
        """The batch of some items, padded to the longest."""
        chosen = [self.features[int(row)] for row in rows]
        anchors = None if self.anchors is None else self.anchors[torch.from_numpy(rows)]
        if chosen[0].ndim == 1:
            return Inputs(torch.stack(chosen), from_trunk=True)
        widths = [one.shape[1] for one in chosen]
        arrays = pad_sequence([one.T for one in chosen], batch_first=True).transpose(1, 2)
        lengths = torch.tensor(widths) if min(widths) < max(widths) else None
        return Inputs(arrays, lengths=lengths, anchors=anchors, from_trunk=True)

    def identities_of(self, rows: npt.NDArray[np.int64]) -> tuple[str, ...]:
        """The identities of some items."""
        return tuple(self.identities[int(row)] for row in rows)

    def usable_of(self, rows: npt.NDArray[np.int64]) -> Tensor | None:
        """(len(rows), K) or None."""
        return None if self.usable is None else self.usable[torch.from_numpy(rows)]


def keep_features(
    nets: SpaceNets,
    source: PairSource,
    roles: Sequence[str],
    front_ends: Mapping[str, FrontEnd],
    device: torch.device,
    progress: Progress | None = None,
) -> dict[str, KeptFeatures]:
    """Run frozen trunks over all items of a source, by role; an item is drawn once for all roles.

    front_ends: by modality. Raises ValueError for a source that is not fixed, and SourceError for
    an item that cannot be read: a fixed source is checked before a night's run.
    """
    if not source.fixed:
        raise ValueError("features can be kept of fixed items only")
    nets.eval()
    total = len(source.works)
    keeping = {role: _Keeping() for role in roles}
    for done, items in ahead(_drawn(source, roles), depth=2):
        for role, one in keeping.items():
            modality = source.roles[role]
            inputs = front_ends[modality]([item.sides[role] for item in items])
            with torch.inference_mode():
                made = nets.trunk(str(modality), inputs.to(device)).float().cpu()
            one.take(items, role, inputs, made)
        if progress is not None:
            progress(done, total)
    return {role: one.kept() for role, one in keeping.items()}


def _drawn(source: PairSource, roles: Sequence[str]) -> Iterator[tuple[int, list[Item]]]:
    total = len(source.works)
    for first in range(0, total, _AT_ONCE):
        last = min(first + _AT_ONCE, total)
        yield last, [source.draw(i, roles, np.random.default_rng(i)) for i in range(first, last)]


@dataclass
class _Keeping:
    """What was made of a role so far."""

    features: list[Tensor] = field(default_factory=list)
    identities: list[str] = field(default_factory=list)
    anchors: list[Tensor] = field(default_factory=list)
    usable: list[Tensor] = field(default_factory=list)

    def take(self, items: Sequence[Item], role: str, inputs: Inputs, made: Tensor) -> None:
        for row, one in enumerate(made):
            length = None if inputs.lengths is None else int(inputs.lengths[row])
            self.features.append((one[:, :length] if one.ndim > 1 else one).clone())
        self.identities += [item.sides[role].identity for item in items]
        if inputs.anchors is not None:
            self.anchors.append(inputs.anchors)
            self.usable += [torch.from_numpy(i.usable) for i in items if i.usable is not None]

    def kept(self) -> KeptFeatures:
        return KeptFeatures(
            self.features,
            self.identities,
            torch.cat(self.anchors) if self.anchors else None,
            torch.stack(self.usable) if self.usable else None,
        )


def save_features(kept: KeptFeatures, path: Path) -> None:
    """Write as npz, whole or not at all."""
    partial = path.with_suffix(".partial")
    widths = [one.shape[-1] if one.ndim > 1 else 0 for one in kept.features]
    joined = torch.cat([one.reshape(one.shape[0], -1) for one in kept.features], dim=1)
    arrays = {
        "features": joined.numpy(),
        "widths": np.array(widths, np.int64),
        "identities": np.array(list(kept.identities)),
    }
    for name, tensor in (("anchors", kept.anchors), ("usable", kept.usable)):
        if tensor is not None:
            arrays[name] = tensor.numpy()
    path.parent.mkdir(parents=True, exist_ok=True)
    with partial.open("wb") as stream:
        np.savez(stream, **arrays)  # type: ignore[arg-type]
    partial.replace(path)


def load_features(path: Path) -> KeptFeatures:
    """Read what ``save_features`` wrote."""
    with np.load(path) as stored:
        widths = stored["widths"]
        ends = np.cumsum(np.maximum(widths, 1))
        joined = torch.from_numpy(stored["features"])
        features = [
            joined[:, end - max(width, 1) : end].clone() if width else joined[:, end - 1].clone()
            for width, end in zip(widths.tolist(), ends.tolist(), strict=True)
        ]
        there = {n: torch.from_numpy(stored[n]) for n in ("anchors", "usable") if n in stored}
        identities = stored["identities"].tolist()
    return KeptFeatures(features, identities, there.get("anchors"), there.get("usable"))
