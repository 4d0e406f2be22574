"""Training in several processes, each of which embeds its part of the batch.

Every process gathers all embeddings and computes the loss of the whole batch, so that negatives
come from everywhere; its own rows alone lead back to its towers. The gradient of the whole loss
with respect to the towers is therefore the sum over processes, while parameters of the loss
itself have all of their gradient in every process. In a single process nothing here does anything.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import NamedTuple, TypeVar

import torch
import torch.distributed as distributed
from torch import Tensor, nn

Value = TypeVar("Value")

BUCKET = 1 << 24
"""Elements of gradients that travel at once, if not one parameter has more."""


class ProcessesError(ValueError):
    """The processes of a run cannot be started; the message says why and what to do."""


class World(NamedTuple):
    """rank: number of this process, from 0; size: how many there are."""

    rank: int
    size: int


def world() -> World:
    """This process among all; (0, 1) where no group of processes was started."""
    if not (distributed.is_available() and distributed.is_initialized()):
        return World(0, 1)
    return World(distributed.get_rank(), distributed.get_world_size())


def gather_rows(rows: Tensor) -> Tensor:
    """Rows of all processes, (n, ...) each, in the order of ranks: (n size, ...).

    Only the own rows lead back to what they were computed from; the others are constants.
    Raises ValueError, in all processes, where their shapes differ.
    """
    rank, size = world()
    if size == 1:
        return rows
    shapes = gather_objects(tuple(rows.shape))
    if len(set(shapes)) > 1:
        raise ValueError(f"processes have rows of different shapes: {shapes}")
    own = rows.detach().contiguous()
    gathered = [torch.empty_like(own) for _ in range(size)]
    distributed.all_gather(gathered, own)
    gathered[rank] = rows
    return torch.cat(gathered)


def gather_objects(value: Value) -> list[Value]:
    """What every process has given, in the order of ranks; anything that can be pickled."""
    size = world().size
    if size == 1:
        return [value]
    gathered = [value] * size
    distributed.all_gather_object(gathered, value)
    return gathered


def of_first(number: float, device: torch.device) -> float:
    """The number of the first process, in all of them; device: of the group's tensors."""
    if world().size == 1:
        return number
    told = torch.tensor(number, dtype=torch.float64, device=device)
    distributed.broadcast(told, 0)
    return float(told)


def sum_gradients(parameters: Iterable[nn.Parameter]) -> None:
    """Add up the gradients of all processes: of towers, after the loss of gathered rows.

    parameters: the same, in the same order, in every process. One without a gradient counts as
    nought, unless no process has one.
    """
    _reduce_gradients(parameters, 1)


def mean_gradients(parameters: Iterable[nn.Parameter]) -> None:
    """Take the mean of the gradients of all processes: of parameters of the loss itself.

    They are the same but for rounding; the mean keeps the processes from drifting apart.
    """
    _reduce_gradients(parameters, world().size)


def broadcast_parameters(module: nn.Module) -> None:
    """Give every process the parameters and buffers of the first one."""
    if world().size == 1:
        return
    with torch.no_grad():
        for tensor in (*module.parameters(), *module.buffers()):
            whole = tensor.detach().contiguous()
            distributed.broadcast(whole, 0)
            tensor.copy_(whole)


@contextmanager
def processes(device: str | torch.device) -> Iterator[torch.device]:
    """``start_processes_group``, which is left again at the end."""
    own = start_processes_group(device)
    try:
        yield own
    finally:
        stop_processes_group()


def start_processes_group(device: str | torch.device) -> torch.device:
    """Join the processes that torchrun has started, and tell which device is this one's.

    device: ``cpu``, or ``cuda`` for a GPU for each process of a machine.
    RANK, WORLD_SIZE and LOCAL_RANK (and MASTER_ADDR, MASTER_PORT) are read from the environment;
    without them, or with a single process, there is no group, and the device is as given.
    Raises ProcessesError.
    """
    size = _from_environment("WORLD_SIZE") or 1
    if size == 1:
        return torch.device(device)
    kind = torch.device(device).type
    if kind not in ("cpu", "cuda"):
        raise ProcessesError(
            f"several processes run on cpu or cuda, not on {device}; start one process"
        )
    rank, local = _from_environment("RANK"), _from_environment("LOCAL_RANK")
    missing = [
        name
        for name in ("RANK", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT")
        if name not in os.environ
    ]
    if rank is None or local is None or missing:
        raise ProcessesError(
            f"WORLD_SIZE is {size} but {', '.join(missing)} is not set; start with torchrun,"
            " or unset WORLD_SIZE"
        )
    if kind == "cpu":
        distributed.init_process_group("gloo", rank=rank, world_size=size)
        return torch.device("cpu")
    present = torch.cuda.device_count()
    if local >= present:
        raise ProcessesError(
            f"process {local} has no GPU of its own, this machine has {present};"
            f" start torchrun with --nproc-per-node={max(present, 1)}"
        )
    own = torch.device("cuda", local)
    torch.cuda.set_device(own)
    distributed.init_process_group("nccl", rank=rank, world_size=size, device_id=own)
    return own


def stop_processes_group() -> None:
    """Leave the group of processes, if there is one."""
    if world().size > 1:
        distributed.destroy_process_group()


def _from_environment(name: str) -> int | None:
    value = os.environ.get(name)
    if value is None:
        return None
    try:
        return int(value)
    except ValueError:
        raise ProcessesError(
            f"{name} is {value!r} in the environment, which is no number; start with torchrun,"
            " or unset it"
        ) from None


def _reduce_gradients(parameters: Iterable[nn.Parameter], divisor: int) -> None:
    if world().size == 1:
        return
    learnt = [parameter for parameter in parameters if parameter.requires_grad]
    if not learnt:
        return
    has_one = [parameter.grad is not None for parameter in learnt]
    used = torch.tensor(has_one, dtype=torch.int32, device=learnt[0].device)
    distributed.all_reduce(used, distributed.ReduceOp.MAX)
    chosen = [parameter for parameter, some in zip(learnt, used.tolist(), strict=True) if some]
    for bucket in _buckets(chosen):
        for parameter in bucket:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        gradients = [parameter.grad for parameter in bucket if parameter.grad is not None]
        flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
        distributed.all_reduce(flat)
        flat /= divisor
        pieces = torch.split(flat, [gradient.numel() for gradient in gradients])
        for gradient, piece in zip(gradients, pieces, strict=True):
            gradient.copy_(piece.view_as(gradient))


def _buckets(parameters: Sequence[nn.Parameter]) -> Iterator[list[nn.Parameter]]:
    """Parameters in pieces of one type and not much more than ``BUCKET`` elements."""
    for _, alike in groupby(parameters, lambda one: one.dtype):
        bucket: list[nn.Parameter] = []
        for parameter in alike:
            if bucket and sum(one.numel() for one in (*bucket, parameter)) > BUCKET:
                yield bucket
                bucket = []
            bucket.append(parameter)
        if bucket:
            yield bucket
