"""Who is told what happens in a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from unisono.towers.training.reading import ConfigError
from unisono.towers.training.run_log import append
from unisono.towers.training.run_records import (
    EndRecord,
    StartRecord,
    StepRecord,
    ValidationRecord,
)


class Watcher:
    """Told what happens in a run; the ones of the command line write logs and a progress line."""

    def started(self, record: StartRecord) -> None:
        """A stage begins or goes on."""

    def stepped(self, step: int, total_steps: float, seconds: float, pairs: int) -> None:
        """A step is done; total_steps is an estimate where the stage is timed."""

    def kept(self, source: str, done: int, total: int) -> None:
        """Features of so many items of a source are kept."""

    def noted(self, record: StepRecord | ValidationRecord | EndRecord) -> None:
        """A record for the log."""

    def complained(self, sentence: str) -> None:
        """A file was passed over."""


class Watchers(Watcher):
    """Tells several."""

    def __init__(self, watchers: Sequence[Watcher]) -> None:
        self._watchers = watchers

    def started(self, record: StartRecord) -> None:
        """Hand on."""
        for watcher in self._watchers:
            watcher.started(record)

    def stepped(self, step: int, total_steps: float, seconds: float, pairs: int) -> None:
        """Hand on."""
        for watcher in self._watchers:
            watcher.stepped(step, total_steps, seconds, pairs)

    def kept(self, source: str, done: int, total: int) -> None:
        """Hand on."""
        for watcher in self._watchers:
            watcher.kept(source, done, total)

    def noted(self, record: StepRecord | ValidationRecord | EndRecord) -> None:
        """Hand on."""
        for watcher in self._watchers:
            watcher.noted(record)

    def complained(self, sentence: str) -> None:
        """Hand on."""
        for watcher in self._watchers:
            watcher.complained(sentence)


class LogWatcher(Watcher):
    """Appends every record to ``log.jsonl`` of a run's folder, and complaints to ``faults.txt``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def started(self, record: StartRecord) -> None:
        """Append it."""
        append(self._folder, record)

    def noted(self, record: StepRecord | ValidationRecord | EndRecord) -> None:
        """Append it."""
        append(self._folder, record)

    def complained(self, sentence: str) -> None:
        """Append it."""
        with (self._folder / "faults.txt").open("a", encoding="utf-8") as stream:
            stream.write(sentence + "\n")


class TensorBoardWatcher(Watcher):
    """Writes the curves for TensorBoard into ``tensorboard/`` of the run's folder.

    Raises ConfigError where the package is missing.
    """

    def __init__(self, folder: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise ConfigError(
                "tensorboard: true needs the package: pip install 'unisono[train]'"
            ) from error
        self._folder = folder
        self._make: Any = SummaryWriter
        self._made: Any = None  # made when there is a record: the run claims its folder first

    def noted(self, record: StepRecord | ValidationRecord | EndRecord) -> None:
        """Write its numbers as scalars."""
        if isinstance(record, StepRecord):
            self._write("loss", record.losses, record.step)
            self._write("gradient", record.gradients, record.step)
            self._write("inverse temperature", record.inverse_temperatures, record.step)
            self._writer().add_scalar("learning rate", record.learning_rate, record.step)
            self._writer().add_scalar("pairs per second", record.pairs_per_s, record.step)
            self._writer().add_scalar("share waited for data", record.waited_share, record.step)
        elif isinstance(record, ValidationRecord):
            self._write("R@1", {n: s.mean_r1 for n, s in record.sets.items()}, record.step)
            self._write("validation loss", {n: s.loss for n, s in record.sets.items()}, record.step)
        self._writer().flush()

    def _write(self, what: str, values: Mapping[str, float], step: int) -> None:
        for name, value in values.items():
            self._writer().add_scalar(f"{what}/{name}", value, step)

    def _writer(self) -> Any:
        if self._made is None:
            self._made = self._make(str(self._folder / "tensorboard"))
        return self._made
