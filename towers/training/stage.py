"""One stage of a run: the loop over steps, its checkpoints, its log, its looks at validation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from unisono.data.pairs.source import PairSource
from unisono.towers.training.averaging import running_average
from unisono.towers.training.checkpoints import StageState, load_checkpoint, save_checkpoint
from unisono.towers.training.config import StageConfig, TrainingRun
from unisono.towers.training.features import KeptFeatures
from unisono.towers.training.front_ends import FrontEnd
from unisono.towers.training.gathering import (
    mean_gradients,
    of_first,
    sum_gradients,
    world,
)
from unisono.towers.training.interrupting import held_interrupts
from unisono.towers.training.meter import Meter
from unisono.towers.training.nets import SpaceNets
from unisono.towers.training.noting import collapsed_losses, inverse_temperatures, signs_of
from unisono.towers.training.optimising import make_optimiser, set_learning_rates
from unisono.towers.training.plan import Plan, make_plan
from unisono.towers.training.run_log import (
    EndRecord,
    StartRecord,
    StepRecord,
    ValidationRecord,
)
from unisono.towers.training.step import StepLosses, TrainingStep
from unisono.towers.training.stream import Share, StepBatch, StepStream
from unisono.towers.training.watching import Watcher

Validate = Callable[[SpaceNets, nn.ModuleDict, str, int], ValidationRecord]
"""Looks at nets after a step of a stage."""


class DivergedError(ValueError):
    """A loss is not a number; the message says which, since when and what to change."""


class Stage:
    """Trains nets in place with one stage's pair sets."""

    def __init__(
        self,
        run: TrainingRun,
        config: StageConfig,
        nets: SpaceNets,
        losses: nn.ModuleDict,
        sources: Mapping[str, PairSource],
        front_ends: Mapping[str, FrontEnd],
        folder: Path,
        *,
        device: torch.device,
        watcher: Watcher,
        validate: Validate | None = None,
        kept: Mapping[tuple[str, str], KeptFeatures] | None = None,
    ) -> None:
        self.run, self.config, self.nets, self.losses = run, config, nets, losses
        self.folder, self.device, self.watcher = folder, device, watcher
        self.validate = validate
        self.sources, self.front_ends, self.kept = sources, front_ends, kept or {}
        self.world = world()
        self.plan: Plan = make_plan(run, config, sources, self.world.size)
        self.optimiser = make_optimiser(nets, losses, config.optimiser, run.towers)
        self.average = running_average(nets, config.optimiser.average_decay)
        self.state = StageState()
        self.step = TrainingStep(
            nets,
            losses,
            self.plan,
            sources,
            micro_batch=run.micro_batch,
            autocast=_autocast(run, device),
        )

    def train(self, start: StartRecord) -> str:
        """Train to the end of the stage, going on from its checkpoint; returns why it ended.

        On Ctrl-C the checkpoint is written before KeyboardInterrupt goes on. The nets hold the
        running average of the weights afterwards, or the best of it where patience is set.
        Raises DivergedError when a loss is no number any more.
        """
        self._resume()
        if self._progress() < 1 and not self._out_of_patience():
            self.watcher.started(start)
            why = "interrupted"
            try:
                why = self._loop()
            except DivergedError:
                why = "diverged"
                raise
            finally:
                with held_interrupts():
                    if why != "diverged":  # the last checkpoint is the better one
                        self.save()
                    self.watcher.noted(EndRecord(self.config.name, self.state.step, why))
        else:
            why = "finished"
        self._take_result()
        return why

    def save(self) -> None:
        """Write the checkpoint; in the first process only."""
        if self.world.rank == 0:
            save_checkpoint(
                self.folder, self.nets, self.losses, self.average, self.optimiser, self.state
            )

    def _resume(self) -> None:
        state = load_checkpoint(
            self.folder, self.nets, self.losses, self.average, self.optimiser, self.device
        )
        if state is not None:
            self.state = state

    def _loop(self) -> str:
        self.nets.train()
        batches = self._batches()
        meter = Meter(self.state.seconds)
        saved = self.state.seconds
        while self._progress() < 1:
            self._train_step(batches, meter)
            if self._look() and self._out_of_patience():
                return "stopped early"
            if self.state.seconds - saved > self.run.checkpoint_minutes * 60:
                with held_interrupts():
                    self.save()
                saved = self.state.seconds
            meter.leave_out()
        return "finished"

    def _train_step(self, batches: Iterator[StepBatch], meter: Meter) -> None:
        """One step; apart from the loop, so that nothing of it is held while the next is drawn."""
        state = self.state
        batch = meter.next_of(batches)
        for sentence in batch.faults:
            self.watcher.complained(sentence)
        with held_interrupts():  # checkpoints and logs are of whole steps
            rate = set_learning_rates(self.optimiser, self._progress())
            found = self.step.backward(batch.to(self.device))
            self._refuse_divergence(found, rate, meter)
            norms = self._update(self.config.optimiser.clip_gradient)
            state.step += 1
            # the clock of the first process: all end after the same step
            state.seconds = of_first(meter.lap(_pairs(found)), self.device)
            if state.step % self.run.log_every == 0 or state.step == 1:
                self.watcher.noted(self._record(found, norms, rate, meter))
        self.watcher.stepped(state.step, self._total_steps(), state.seconds, _pairs(found))

    def _refuse_divergence(self, found: StepLosses, rate: float, meter: Meter) -> None:
        if torch.isfinite(found.total):
            return
        norms = {name: _norm(tower) for name, tower in self.nets.towers.items()}
        self.watcher.noted(self._record(found, norms, rate, meter))
        wrong = [name for name, loss in found.losses.items() if not torch.isfinite(loss)]
        raise DivergedError(
            f"the loss of {', '.join(wrong)} is not a number after step {self.state.step}: lower "
            "learning_rate, or raise the lower end of temperature_bounds, and begin anew with "
            "--fresh; unisono doctor RUN_DIR says more"
        )

    def _batches(self) -> Iterator[StepBatch]:
        stream = StepStream(
            self.plan,
            self.sources,
            self.front_ends,
            seed=self.run.seed,
            step=self.state.step,
            share=Share(self.world.rank, self.world.size),
            kept=self.kept,
        )
        if self.run.workers == 0:
            return iter(stream)
        loader = DataLoader(
            stream,
            batch_size=None,
            num_workers=self.run.workers,
            prefetch_factor=4,
            # or the loader takes a number from the generator that dropout draws from, and a run
            # that goes on is another one
            generator=torch.Generator(),
        )
        return iter(loader)

    def _update(self, clip: float) -> Mapping[str, Tensor]:
        """Step the optimiser; returns the norm of every tower's gradient before clipping."""
        if self.world.size > 1:
            sum_gradients(self.nets.parameters())
            mean_gradients(self.losses.parameters())
        norms = {name: _norm(tower) for name, tower in self.nets.towers.items()}
        if clip > 0:
            everything = [*self.nets.parameters(), *self.losses.parameters()]
            torch.nn.utils.clip_grad_norm_(everything, clip)
        self.optimiser.step()
        self.optimiser.zero_grad()
        if self.average is not None:
            self.average.update_parameters(self.nets)
        return norms

    def _record(
        self, found: StepLosses, norms: Mapping[str, Tensor], rate: float, meter: Meter
    ) -> StepRecord:
        waited_share, pairs_per_s = meter.read()
        return StepRecord(
            stage=self.config.name,
            step=self.state.step,
            seconds=round(self.state.seconds, 3),
            pairs_per_s=round(pairs_per_s, 2),
            waited_share=round(waited_share, 4),
            learning_rate=rate,
            losses={name: float(loss.detach()) for name, loss in found.losses.items()},
            collapsed=collapsed_losses(found, self.losses),
            inverse_temperatures=inverse_temperatures(found, self.losses),
            gradients={n: float(x) for n, x in norms.items() if self.nets.frozen(n) != "all"},
            signs=signs_of(found),
        )

    def _look(self) -> bool:
        """Look at validation when it is time; returns whether it was."""
        every = self.run.validation.every_steps
        if self.validate is None or every <= 0 or self.state.step % every:
            return False
        nets = self.nets if self.average is None else self.average.module
        assert isinstance(nets, SpaceNets)
        was_training = nets.training
        nets.eval()
        record = self.validate(nets, self.losses, self.config.name, self.state.step)
        nets.train(was_training)
        self.watcher.noted(record)
        if record.score > self.state.best_score:
            self.state.best_score = record.score
            self.state.looks_without_better = 0
            if self.run.validation.patience:
                self.state.best = {n: t.clone() for n, t in nets.state_dict().items()}
        else:
            self.state.looks_without_better += 1
        return True

    def _out_of_patience(self) -> bool:
        patience = self.run.validation.patience
        return patience > 0 and self.state.looks_without_better >= patience

    def _progress(self) -> float:
        options = self.config.optimiser
        if options.steps:
            return self.state.step / options.steps
        return self.state.seconds / (60 * options.minutes)

    def _total_steps(self) -> float:
        if self.config.optimiser.steps:
            return self.config.optimiser.steps
        return self.state.step / max(self._progress(), 1e-9)

    def _take_result(self) -> None:
        if self.state.best:
            self.nets.load_state_dict(self.state.best)
        elif self.average is not None:
            self.nets.load_state_dict(self.average.module.state_dict())


def _pairs(found: StepLosses) -> int:
    return sum(len(rows.left) for rows in found.rows.values())


def _norm(tower: nn.Module) -> Tensor:
    gradients = [p.grad for p in tower.parameters() if p.grad is not None]
    if not gradients:
        return torch.zeros(())
    norms = torch.stack([gradient.norm() for gradient in gradients])
    return norms.square().sum().sqrt()


def _autocast(
    run: TrainingRun, device: torch.device
) -> Callable[[], AbstractContextManager[object]]:
    if run.precision == "float32":
        return nullcontext
    return lambda: torch.autocast(device.type, dtype=torch.bfloat16)
