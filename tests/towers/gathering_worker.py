"""What one of several training processes does; ``test_gathering`` starts two of them.

``case`` is the same code in one process with the whole batch.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from unisono.towers.training.config import LossConfig
from unisono.towers.training.gathering import (
    broadcast_parameters,
    gather_objects,
    gather_rows,
    mean_gradients,
    processes,
    sum_gradients,
    world,
)
from unisono.towers.training.gradient_cache import Part, backward_in_chunks
from unisono.towers.training.pair_loss import PairLoss

KINDS = ("info_nce", "triplet", "bilinear", "sigmoid")
CHUNKS = (0, 2)
NAMES = ("a", "b", "c", "d", "b", "e", "f", "a")


def case(kind: str, chunk: int) -> dict[str, Any]:
    """Loss and gradients of this process's share of eight pairs, two of them twice."""
    torch.manual_seed(0)
    left, right = nn.Linear(5, 4), nn.Linear(6, 4)
    data = {"left": torch.randn(8, 5), "right": torch.randn(8, 6)}
    loss = PairLoss(LossConfig(kind=kind, temperature=0.3), 4)  # type: ignore[arg-type]
    rank, size = world()
    share = slice(rank * 8 // size, (rank + 1) * 8 // size)
    own = {side: rows[share] for side, rows in data.items()}
    names = [name for part in gather_objects(NAMES[share]) for name in part]
    positives = torch.tensor([[one == other for other in names] for one in names])

    def loss_of(rows: Mapping[str, Tensor]) -> Tensor:
        unit = {side: functional.normalize(one, dim=1) for side, one in rows.items()}
        result: Tensor = loss(gather_rows(unit["left"]), gather_rows(unit["right"]), positives)
        return result

    parts = {
        "left": Part(lambda first, last: left(own["left"][first:last]), len(own["left"])),
        "right": Part(lambda first, last: right(own["right"][first:last]), len(own["right"])),
    }
    value = backward_in_chunks(parts, loss_of, lambda one: one, chunk)
    towers = [*left.parameters(), *right.parameters()]
    sum_gradients(towers)
    mean_gradients(loss.parameters())
    return {"loss": value.item(), "gradients": [p.grad for p in (*towers, *loss.parameters())]}


def partial_gradients(rank: int) -> list[Tensor | None]:
    """Of parameters that have a gradient in both, in one, in no process, or are frozen."""
    parameters = [nn.Parameter(torch.zeros(2, 3)) for _ in range(4)]
    parameters[3].requires_grad_(False)
    parameters[0].grad = torch.full((2, 3), 1.0 + rank)
    if rank == 1:
        parameters[1].grad = torch.full((2, 3), 5.0)
    sum_gradients(parameters)
    return [parameter.grad for parameter in parameters]


def unequal_rows(rank: int) -> str:
    """The message for rows that cannot be put together."""
    try:
        gather_rows(torch.zeros(2 + rank, 3))
    except ValueError as error:
        return str(error)
    return ""


def broadcast_state(rank: int) -> dict[str, Tensor]:
    """The state of a net that began differently in every process."""
    torch.manual_seed(rank)
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    net(torch.randn(5, 3))
    broadcast_parameters(net)
    return dict(net.state_dict())


def main(folder: Path) -> None:
    """Run everything and leave what came out in the folder."""
    with processes("cpu") as device:
        rank, size = world()
        result = {
            "world": (rank, size),
            "device": str(device),
            "cases": {(kind, chunk): case(kind, chunk) for kind in KINDS for chunk in CHUNKS},
            "objects": gather_objects(None if rank == 0 else ("text", rank)),
            "rows": gather_rows(torch.full((2, 1), float(rank)).expand(2, 3)),
            "partial": partial_gradients(rank),
            "unequal": unequal_rows(rank),
            "state": broadcast_state(rank),
        }
    result["world_afterwards"] = tuple(world())
    torch.save(result, folder / f"{rank}.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
