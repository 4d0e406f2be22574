"""Features of frozen towers, computed once for every item and kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from unisono.data.pairs.source import PairSource
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
    modality: str,
    source: PairSource,
    role: str,
    front_end: FrontEnd,
    device: torch.device,
    progress: Progress | None = None,
) -> KeptFeatures:
    """Run a frozen trunk over all items of a source; raises SourceError, ValueError if not fixed.

    Items that cannot be read end it: a fixed source is checked before a night's run.
    """
    if not source.fixed:
        raise ValueError("features can be kept of fixed items only")
    features: list[Tensor] = []
    identities: list[str] = []
    anchors: list[Tensor] = []
    usable: list[Tensor] = []
    nets.eval()
    total = len(source.works)
    for first in range(0, total, _AT_ONCE):
        numbers = range(first, min(first + _AT_ONCE, total))
        items = [source.draw(i, [role], np.random.default_rng(i)) for i in numbers]
        sides = [item.sides[role] for item in items]
        inputs = front_end(sides)
        with torch.inference_mode():
            made = nets.trunk(modality, inputs.to(device)).float().cpu()
        for row, one in enumerate(made):
            length = None if inputs.lengths is None else int(inputs.lengths[row])
            features.append((one[:, :length] if one.ndim > 1 else one).clone())
        identities += [side.identity for side in sides]
        if inputs.anchors is not None:
            anchors.append(inputs.anchors)
            usable += [torch.from_numpy(i.usable) for i in items if i.usable is not None]
        if progress is not None:
            progress(numbers[-1] + 1, total)
    return KeptFeatures(
        features,
        identities,
        torch.cat(anchors) if anchors else None,
        torch.stack(usable) if usable else None,
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
