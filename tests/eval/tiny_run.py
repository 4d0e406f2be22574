"""A training run in miniature: two towers, InfoNCE, and a log as a real run writes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import log

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

from unisono.towers.training.run_log import (
    EndRecord,
    RunLog,
    SetValidation,
    StartRecord,
    StepRecord,
    ValidationRecord,
)
from unisono.towers.training.vital_signs import hubness, modality_gap, set_signs

SET = "sounds"


class Constant(nn.Module):
    """A tower that says the same of everything."""

    def __init__(self, dimension: int) -> None:
        super().__init__()
        self.answer = nn.Parameter(torch.ones(dimension))

    def forward(self, items: Tensor) -> Tensor:
        return self.answer + 0 * items[:, :1]


class Offset(nn.Module):
    """A tower whose vectors are pushed far off in one direction."""

    def __init__(self, tower: nn.Module, by: Tensor) -> None:
        super().__init__()
        self.tower = tower
        self.register_buffer("by", by)

    def forward(self, items: Tensor) -> Tensor:
        return self.tower(items) + self.by


def tower(width: int = 24, dimension: int = 16) -> nn.Module:
    return nn.Sequential(nn.Linear(width, 48), nn.GELU(), nn.Linear(48, dimension))


@dataclass
class Pairs:
    """Pairs of two views of the same hidden thing, for training and for validation."""

    train: tuple[Tensor, Tensor]
    validation: tuple[Tensor, Tensor]


def made_pairs(count: int = 2000, noise: float = 0.3, related: bool = True) -> Pairs:
    generator = torch.Generator().manual_seed(3)
    views = torch.randn(2, 8, 24, generator=generator)
    hidden = torch.randn(count + 200, 8, generator=generator)
    others = hidden if related else torch.randn(count + 200, 8, generator=generator)
    sides = [
        one @ view / 3 + noise * torch.randn(count + 200, 24, generator=generator)
        for one, view in zip((hidden, others), views, strict=True)
    ]
    left, right = sides
    return Pairs((left[:count], right[:count]), (left[count:], right[count:]))


@dataclass
class TinyRun:
    """What can be wrong with a run; the defaults are healthy."""

    pairs: Pairs = field(default_factory=made_pairs)
    left: nn.Module | None = None
    right: nn.Module | None = None
    steps: int = 200
    log_every: int = 5
    learning_rate: float = 3e-3
    batch: int = 32
    copies: int = 0
    """So many pairs of each batch are pairs of the same batch once more."""
    not_optimised: tuple[str, ...] = ()
    cut_off: tuple[str, ...] = ()
    """Towers whose output no gradient goes through."""
    temperature: float = 0.07
    bounds: tuple[float, float] = (0.01, 1.0)
    temperature_rate: float = 1e-2
    weight_decay: float = 0.02
    waited_share: float = 0.02
    shared_works: tuple[str, ...] = ()

    def run(self) -> RunLog:
        torch.manual_seed(1)
        towers = {"audio": self.left or tower(), "text": self.right or tower()}
        scale = nn.Parameter(torch.tensor(-log(self.temperature)))
        weights = [p for one in towers.values() for p in one.parameters()]
        optimiser = torch.optim.AdamW(
            [
                {"params": weights, "weight_decay": self.weight_decay},
                {"params": [scale], "lr": self.temperature_rate, "weight_decay": 0.0},
            ],
            lr=self.learning_rate,
        )
        generator = torch.Generator().manual_seed(2)
        steps, validations = [], []
        for step in range(1, self.steps + 1):
            rows = torch.randperm(len(self.pairs.train[0]), generator=generator)[: self.batch]
            if self.copies:
                rows[-self.copies :] = rows[: self.copies]
            left, right = (
                self._embed(towers, name, side[rows])
                for name, side in zip(towers, self.pairs.train, strict=True)
            )
            loss = info_nce(left @ right.T, scale.exp())
            optimiser.zero_grad()
            loss.backward()
            names = [str(int(row)) for row in rows]
            if step % self.log_every == 0:
                steps.append(
                    StepRecord(
                        stage="only",
                        step=step,
                        seconds=step * 0.5,
                        pairs_per_s=self.batch / 0.5,
                        waited_share=self.waited_share,
                        learning_rate=self.learning_rate,
                        losses={SET: float(loss.detach())},
                        collapsed={SET: log(self.batch)},
                        inverse_temperatures={SET: float(scale.detach().exp())},
                        gradients={name: _norm(one) for name, one in towers.items()},
                        signs={SET: set_signs(left, right, names, names)},
                    )
                )
            optimiser.step()
            with torch.no_grad():
                scale.clamp_(-log(self.bounds[1]), -log(self.bounds[0]))
            if step % (4 * self.log_every) == 0:
                validations.append(self._validated(towers, scale, step))
        start = StartRecord(
            stage="only",
            train_works=len(self.pairs.train[0]),
            validation_works=len(self.pairs.validation[0]),
            shared_works=self.shared_works,
            shared_count=len(self.shared_works),
            trained=tuple(towers),
            batch={SET: self.batch},
            temperature_bounds={SET: self.bounds},
        )
        end = EndRecord("only", self.steps, "finished")
        return RunLog((start,), tuple(steps), tuple(validations), (end,))

    def _embed(self, towers: dict[str, nn.Module], name: str, items: Tensor) -> Tensor:
        vectors = normalize(towers[name](items), dim=1)
        return vectors.detach() if name in self.cut_off else vectors

    @torch.no_grad()
    def _validated(
        self, towers: dict[str, nn.Module], scale: Tensor, step: int
    ) -> ValidationRecord:
        left, right = (
            self._embed(towers, name, side)
            for name, side in zip(towers, self.pairs.validation, strict=True)
        )
        similarity = left @ right.T
        found = SetValidation(
            forward_r1=_recall(similarity),
            backward_r1=_recall(similarity.T),
            chance=1 / len(left),
            loss=float(info_nce(similarity, scale.exp())),
            hubness=hubness(similarity),
            gap=modality_gap(left, right),
            candidates=len(left),
        )
        return ValidationRecord("only", step, {SET: found}, found.mean_r1)


def info_nce(similarity: Tensor, scale: Tensor) -> Tensor:
    own = torch.arange(len(similarity))
    logits = similarity * scale
    return (cross_entropy(logits, own) + cross_entropy(logits.T, own)) / 2


def _recall(similarity: Tensor) -> float:
    # Ties count against the right answer.
    others = similarity.masked_fill(torch.eye(len(similarity), dtype=torch.bool), -9)
    return float((similarity.diagonal() > others.amax(1)).double().mean())


def _norm(module: nn.Module) -> float:
    gradients = [p.grad for p in module.parameters() if p.grad is not None]
    return float(torch.stack([g.norm() for g in gradients]).norm()) if gradients else 0.0
