"""Ctrl-C at a moment at which a run can be stopped."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_PATIENCE = 3


@contextmanager
def held_interrupts() -> Iterator[None]:
    """Ctrl-C waits for the end of the block, so that a step or a checkpoint is whole or not there.

    The third one goes through at once: something hangs. An error of the block becomes the
    KeyboardInterrupt too, as a process fails whose neighbours were stopped by the same Ctrl-C.
    Outside the main thread, which alone is interrupted, nothing is held.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    seen = 0

    def hold(number: int, frame: FrameType | None) -> None:
        nonlocal seen
        seen += 1
        if seen >= _PATIENCE:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, hold)
    try:
        yield
    except Exception as error:
        if seen:
            raise KeyboardInterrupt from error
        raise
    finally:
        signal.signal(signal.SIGINT, before)
    if seen:
        raise KeyboardInterrupt
