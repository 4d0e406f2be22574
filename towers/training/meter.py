"""Training time, and the share of it spent waiting for data."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TypeVar

Batch = TypeVar("Batch")


class Meter:
    """Training time, and how much of it was spent waiting for data since the last reading."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._tick = time.monotonic()
        self._waited = self._since = 0.0
        self._pairs = 0

    def next_of(self, batches: Iterator[Batch]) -> Batch:
        """Fetch a batch; the time that it takes counts as waiting."""
        asked = time.monotonic()
        batch = next(batches)
        self._waited += time.monotonic() - asked
        return batch

    def lap(self, pairs: int) -> float:
        """A step of so many pairs is done; returns the training time so far in seconds."""
        now = time.monotonic()
        self._seconds += now - self._tick
        self._since += now - self._tick
        self._tick = now
        self._pairs += pairs
        return self._seconds

    def leave_out(self) -> None:
        """What went by since the lap (validation, checkpoints) is no training time."""
        self._tick = time.monotonic()

    def read(self) -> tuple[float, float]:
        """Share of the time waited, and pairs a second, since the last reading."""
        since = max(self._since, 1e-9)
        facts = min(1.0, self._waited / since), self._pairs / since
        self._waited = self._since = 0.0
        self._pairs = 0
        return facts
