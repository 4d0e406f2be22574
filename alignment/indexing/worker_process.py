"""A process that encodes files, seen from the one that gives it work."""

from __future__ import annotations

import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from unisono.alignment.indexing.encoding_worker import Handle

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")


@dataclass(frozen=True)
class WorkerStart:
    """What a new process is given; ``threads`` is how many it may compute with."""

    handle: Handle
    fingerprint: str
    threads: int


class WorkerProcess:
    """A worker process; ``replies`` has what it says, and None when it is gone."""

    def __init__(self, start: WorkerStart) -> None:
        quiet = None if os.environ.get("UNISONO_TRACEBACK") else subprocess.DEVNULL
        self._popen = subprocess.Popen(
            [sys.executable, "-P", "-m", "unisono.alignment.indexing.encoding_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=quiet,
            env=_environment(start.threads),
            # A session of its own: Ctrl-C is for the master, and ending it ends its children.
            start_new_session=True,
        )
        assert self._popen.stdin and self._popen.stdout
        self._stdin: BinaryIO = self._popen.stdin  # type: ignore[assignment]
        self.replies: queue.SimpleQueue[object] = queue.SimpleQueue()
        listening = (self._popen.stdout, self.replies)
        threading.Thread(target=_listen, args=listening, daemon=True).start()
        self.send(start.handle)

    def send(self, thing: object) -> None:
        """Hand something over; where the process is gone, ``replies`` says so."""
        with suppress(BrokenPipeError):
            self._stdin.write(pickle.dumps(thing))
            self._stdin.flush()

    def resident(self) -> int:
        """Bytes in memory, 0 where that cannot be told (Windows)."""
        try:
            pages = Path(f"/proc/{self._popen.pid}/statm").read_text().split()[1]
            return int(pages) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, IndexError):
            pass
        if not sys.platform.startswith(("darwin", "freebsd")):
            return 0
        shown = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(self._popen.pid)], capture_output=True, check=False
        )
        return int(shown.stdout or 0) * 1024

    def alive(self) -> bool:
        """Whether it still runs."""
        return self._popen.poll() is None

    def wait(self) -> int:
        """The exit status of a process that has closed its output."""
        try:
            return self._popen.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.end()
            return self._popen.returncode

    def end(self) -> None:
        """End it now."""
        with suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(self._popen.pid, signal.SIGKILL)
            else:
                self._popen.kill()
        self._popen.wait()
        with suppress(OSError):
            self._stdin.close()


def ending_of(status: int) -> str:
    """Words for how a process ended that nobody here has ended."""
    if status == -9:
        return "was killed while it was read; the system may be short of memory"
    if status < 0:
        return f"crashed the decoder (signal {-status})"
    return f"crashed the decoder (it ended with {status})"


def _listen(stream: BinaryIO, replies: queue.SimpleQueue[object]) -> None:
    with stream:
        try:
            while True:
                replies.put(pickle.load(stream))
        except Exception:
            # The end of the stream, or half a reply of a process that has crashed.
            replies.put(None)


def _environment(threads: int) -> dict[str, str]:
    """The same modules are found, and all workers together have as many threads as cores."""
    paths = os.pathsep.join(os.path.abspath(path) for path in sys.path)
    counts = {}
    for name in _THREADS:
        given = os.environ.get(name, "")
        counts[name] = str(min(threads, int(given)) if given.isdigit() else threads)
    return os.environ | counts | {"PYTHONPATH": paths}
