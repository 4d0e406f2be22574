"""Gradients of a loss over a whole batch, with the activations of a chunk of it at a time.

GradCache (Gao et al. 2021, "Scaling Deep Contrastive Learning Batch Size under Memory Limited
Setup", section 3.2). A loss that contrasts all pairs of a batch does not split into chunks, but its
gradient does: with embeddings F = f(x), dL/dw = sum over items of dL/dF_i dF_i/dw (eq. 6, 7). So
all items are encoded without a graph, the loss is brought back to their embeddings, and each
chunk is then encoded again with a graph through which its rows of dL/dF go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase

Key = TypeVar("Key")
Losses = TypeVar("Losses")


@dataclass(frozen=True)
class Part:
    """Items of one kind in a batch.

    encode: (first, last) -> (rows, d), the embeddings of items first to last, which it does not
        contain; every item has the same number of rows. Its randomness must come from torch.
    count: how many items there are.
    """

    encode: Callable[[int, int], Tensor]
    count: int


def backward_in_chunks(
    parts: Mapping[Key, Part],
    loss_of: Callable[[Mapping[Key, Tensor]], Losses],
    total: Callable[[Losses], Tensor],
    chunk: int,
    modules: Iterable[nn.Module] = (),
    autocast: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> Losses:
    """Add the gradients of a loss over all parts to the parameters behind them.

    parts: what is to be encoded.
    loss_of: from the embeddings of every part, in float32, to the losses; called once, outside
        ``autocast``. Parameters of its own get their gradients as well.
    total: from the losses to the scalar that is minimised.
    chunk: items that are encoded at once, at most. A batch whose parts all have no more, or 0, goes
        through in one pass.
    modules: whose running statistics of batches are kept from being updated twice.
    autocast: makes the context in which items are encoded.

    Both encodings of a chunk see the same random numbers, so that dropout is the same. Batch
    norms normalise with the statistics of a chunk, not of the batch: with them, the result
    depends on the chunk. A part whose rows need no gradient is encoded once.
    Returns the losses. Raises ValueError for a part without items.
    """
    if any(part.count < 1 for part in parts.values()):
        raise ValueError("every part of a batch needs at least one item")
    modules = list(modules)
    if chunk <= 0 or all(part.count <= chunk for part in parts.values()):
        return _in_one_pass(parts, loss_of, total, modules, autocast)
    with torch.no_grad():
        encoded = {key: _encode_chunks(part, chunk, autocast) for key, part in parts.items()}
    # Under an autocast around all this, torch before its pull request 165068 (end of 2025) would
    # use weights again that were cast without a graph.
    torch.clear_autocast_cache()
    leaves = {
        key: torch.cat([one.rows for one in chunks]).requires_grad_()
        for key, chunks in encoded.items()
    }
    losses = loss_of(leaves)
    total(losses).backward()  # type: ignore[no-untyped-call]
    afterwards = RandomState.now()
    for key, part in parts.items():
        gradient = leaves[key].grad
        if gradient is not None:
            _encode_again(part, encoded[key], gradient, modules, autocast)
    afterwards.restore()
    return losses


@contextmanager
def held_statistics(modules: Iterable[nn.Module]) -> Iterator[None]:
    """Batch norms in these modules keep their running statistics while they run."""
    norms = [
        norm
        for module in modules
        for norm in module.modules()
        if isinstance(norm, _NormBase) and norm.training and norm.track_running_stats
    ]
    momenta = {norm: norm.momentum for norm in norms}
    seen = {norm: norm.num_batches_tracked for norm in norms}
    kept = {norm: None if count is None else count.clone() for norm, count in seen.items()}
    for norm in momenta:
        norm.momentum = 0.0
    try:
        yield
    finally:
        for norm, momentum in momenta.items():
            norm.momentum = momentum
            count, before = seen[norm], kept[norm]
            if count is not None and before is not None:
                count.copy_(before)


@dataclass(frozen=True)
class RandomState:
    """Where torch's random number generators are, of the processor and of accelerators in use."""

    processor: Tensor
    cuda: tuple[Tensor, ...]
    metal: Tensor | None

    @classmethod
    def now(cls) -> RandomState:
        """The state at this moment."""
        in_use: bool = torch.cuda.is_initialized()  # type: ignore[no-untyped-call]
        cuda = torch.cuda.get_rng_state_all() if in_use else []
        metal = torch.mps.get_rng_state() if torch.backends.mps.is_available() else None
        return cls(torch.get_rng_state(), tuple(cuda), metal)

    def restore(self) -> None:
        """Go back to this state."""
        torch.set_rng_state(self.processor)
        if self.cuda:
            torch.cuda.set_rng_state_all(self.cuda)
        if self.metal is not None:
            torch.mps.set_rng_state(self.metal)


class _Chunk(NamedTuple):
    first: int
    last: int
    random: RandomState
    rows: Tensor


def _in_one_pass(
    parts: Mapping[Key, Part],
    loss_of: Callable[[Mapping[Key, Tensor]], Losses],
    total: Callable[[Losses], Tensor],
    modules: Sequence[nn.Module],
    autocast: Callable[[], AbstractContextManager[object]],
) -> Losses:
    embeddings = {}
    for key, part in parts.items():
        with autocast():
            rows = part.encode(0, part.count)
        embeddings[key] = _in_full_precision(rows)
    losses = loss_of(embeddings)
    # Checkpointed activations are computed again on the way back.
    with held_statistics(modules):
        total(losses).backward()  # type: ignore[no-untyped-call]
    return losses


def _encode_chunks(
    part: Part, chunk: int, autocast: Callable[[], AbstractContextManager[object]]
) -> list[_Chunk]:
    """Encode a part without a graph; this pass updates the running statistics."""
    chunks = []
    for first, last in pairwise(_bounds(part.count, chunk)):
        random = RandomState.now()
        with autocast():
            rows = part.encode(first, last)
        chunks.append(_Chunk(first, last, random, _in_full_precision(rows)))
    return chunks


def _bounds(count: int, chunk: int) -> list[int]:
    """Where chunks of nearly equal length begin and end; a last chunk of one item has no variance.

    None is longer than ``chunk``.
    """
    chunks = -(-count // chunk)
    return [count * number // chunks for number in range(chunks + 1)]


def _encode_again(
    part: Part,
    chunks: Sequence[_Chunk],
    gradient: Tensor,
    modules: Sequence[nn.Module],
    autocast: Callable[[], AbstractContextManager[object]],
) -> None:
    """Encode a part once more, each chunk with a graph, and take the gradient of its rows back."""
    pieces = torch.split(gradient, [len(one.rows) for one in chunks])
    for one, piece in zip(chunks, pieces, strict=True):
        one.random.restore()
        with held_statistics(modules):
            with autocast():
                rows = part.encode(one.first, one.last)
            if not rows.requires_grad:
                return
            torch.autograd.backward(_in_full_precision(rows), piece)


def _in_full_precision(rows: Tensor) -> Tensor:
    return rows.float() if rows.dtype in (torch.bfloat16, torch.float16) else rows
