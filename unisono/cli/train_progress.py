"""The progress of a training run on the terminal: one line that is written over."""

from __future__ import annotations

import sys
import time
from collections import deque

from unisono.towers.training.run_records import (
    EndRecord,
    StartRecord,
    StepRecord,
    ValidationRecord,
)
from unisono.towers.training.watching import Watcher

_QUIET_S = 30.0
"""Where the output is no terminal, a line so often."""


class ProgressWatcher(Watcher):
    """Steps, pairs a second, losses, R@1 and the time left, on standard error."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._shown = 0.0
        self._losses = ""
        self._score = ""
        self._recent: deque[tuple[float, int]] = deque(maxlen=20)

    def started(self, record: StartRecord) -> None:
        """Say what is trained on what."""
        frozen = f", frozen: {', '.join(record.frozen)}" if record.frozen else ""
        self._say(
            f"{record.stage}: {', '.join(record.trained)} on {record.train_works} works{frozen}"
        )
        if record.shared_count:
            self._say(
                f"{record.stage}: {record.shared_count} works are both in training and in "
                f"validation, such as {record.shared_works[0]}; its numbers will flatter"
            )

    def stepped(self, step: int, total_steps: float, seconds: float, pairs: int) -> None:
        """Draw the line, a few times a second on a terminal."""
        self._recent.append((seconds, pairs))
        rate = self._rate()
        left = max(0.0, total_steps - step) * seconds / max(step, 1)
        line = (
            f"step {step} of {total_steps:.0f}, {rate:.0f} pairs/s{self._losses}{self._score}, "
            f"{_clock(left)} left"
        )
        self._line(line)

    def kept(self, source: str, done: int, total: int) -> None:
        """Draw the line while features of frozen towers are computed."""
        if done < total:
            self._line(f"features of frozen towers: {done} of {total} items of {source}")

    def noted(self, record: StepRecord | ValidationRecord | EndRecord) -> None:
        """Take up numbers for the line; say how a stage ended."""
        if isinstance(record, StepRecord):
            mean = sum(record.losses.values()) / max(len(record.losses), 1)
            self._losses = f", loss {mean:.2f}"
            if record.waited_share > 0.15:
                self._losses += f" (waits {100 * record.waited_share:.0f} % for data)"
        elif isinstance(record, ValidationRecord):
            self._score = f", R@1 {100 * record.score:.1f} %"
        else:
            self._say(f"{record.stage}: {record.why} after step {record.step}")

    def complained(self, sentence: str) -> None:
        """Say which file was passed over."""
        self._say(f"passed over: {sentence}")

    def _line(self, line: str) -> None:
        """Write a line over the last one; rarely where the output is no terminal."""
        now = time.monotonic()
        if now - self._shown < (0.2 if self._live else _QUIET_S):
            return
        self._shown = now
        if self._live:
            sys.stderr.write(f"\r\x1b[K{line}")
            sys.stderr.flush()
        else:
            print(line, file=sys.stderr, flush=True)

    def _say(self, sentence: str) -> None:
        start = "\r\x1b[K" if self._live else ""
        print(f"{start}{sentence}", file=sys.stderr, flush=True)

    def _rate(self) -> float:
        if len(self._recent) < 2:
            return 0.0
        seconds = self._recent[-1][0] - self._recent[0][0]
        return sum(pairs for _, pairs in list(self._recent)[1:]) / max(seconds, 1e-9)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
