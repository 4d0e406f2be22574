"""Training runs in miniature, and what is left of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from small_runs import settings
from torch import Tensor

from unisono.data.modality import Modality
from unisono.data.pairs.opening import open_source
from unisono.eval.pair_validation import make_validate
from unisono.towers.bundle import read_tensors
from unisono.towers.space import load
from unisono.towers.training.building import build
from unisono.towers.training.config import TrainingRun
from unisono.towers.training.nets import SpaceNets
from unisono.towers.training.reading import parse_config
from unisono.towers.training.run import train
from unisono.towers.training.run_log import RunLog, StartRecord
from unisono.towers.training.watching import LogWatcher, Watcher, Watchers

SOUNDS = {"columns": {"audio": "wav", "midi": "mid"}, "seconds": 0.8, "aligned": True}


class Stop(Watcher):
    """Ctrl-C after a step."""

    def __init__(self, at: int) -> None:
        self.at = at

    def stepped(self, step: int, total_steps: float, seconds: float, pairs: int) -> None:
        if step == self.at:
            raise KeyboardInterrupt


class Starts(Watcher):
    """Remembers what a run began with."""

    def __init__(self) -> None:
        self.records: list[StartRecord] = []

    def started(self, record: StartRecord) -> None:
        self.records.append(record)


def parsed(rows: Path, **changes: Any) -> TrainingRun:
    values = settings(rows, **changes)
    if "stages" in changes:
        del values["optimiser"]
    return parse_config(values, "my.yaml")


def optimiser(**changes: Any) -> dict[str, Any]:
    return {"steps": 3, "learning_rate": 0.01, "average_decay": 0.0, **changes}


def go(run: TrainingRun, folder: Path, *watchers: Watcher, fresh: bool = False) -> Path:
    everyone = Watchers([LogWatcher(folder), *watchers])
    return train(run, folder, watcher=everyone, make_validate=make_validate, fresh=fresh)


def losses(log: RunLog) -> dict[int, dict[str, float]]:
    return {record.step: dict(record.losses) for record in log.steps}


def weights(bundle: Path) -> dict[str, np.ndarray[Any, Any]]:
    return {
        f"{modality}.{name}": value
        for modality in Modality
        for name, value in read_tensors(load(bundle).bundle.weights, f"{modality}.").items()
    }


def initial(run: TrainingRun) -> SpaceNets:
    return build(run, {n: open_source(one) for n, one in run.sources.items()}).nets


def changed(nets: SpaceNets, bundle: Path) -> set[str]:
    """Weights and statistics that are no longer bit for bit what the nets have."""
    stored = torch.load(bundle.parent / "checkpoint.pt", weights_only=True)
    before, after, average = nets.state_dict(), stored["nets"], stored["average"]
    assert before.keys() == after.keys()
    return {
        name.removeprefix("towers.")
        for name, value in before.items()
        if not torch.equal(value, after[name])
        or (average is not None and not torch.equal(value, average[f"module.{name}"]))
    }


def in_bundle(value: np.ndarray[Any, Any], weight: Tensor) -> bool:
    """Whether a bundle's value is a weight, which it keeps in 16 bits."""
    rounded = weight.half() if weight.is_floating_point() else weight
    return bool(np.array_equal(value.reshape(-1), rounded.numpy().astype(value.dtype).reshape(-1)))
