"""The process that encodes files for another one, started with ``python -m``.

It is given a space and then jobs on standard input, and answers on what was standard output, all
pickled. It ends when its input does, so that none is left when its master is killed.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from unisono.alignment.indexing.encoding_files import Job, encode_file

if TYPE_CHECKING:
    from unisono.towers.space import Space

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Open the space, say its fingerprint, and encode until the input ends."""
    replies = os.fdopen(os.dup(1), "wb")
    # Decoders that print must not print among the replies.
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _die_with_master()
    incoming: queue.SimpleQueue[object] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, incoming), daemon=True).start()
    handle = incoming.get()
    assert isinstance(handle, Handle)
    try:
        space = handle.open()
    except Exception as error:
        _reply(replies, OpeningFailed(" ".join(str(error).split()) or type(error).__name__))
        return
    _reply(replies, space.fingerprint)
    while True:
        job = incoming.get()
        assert isinstance(job, Job)
        _reply(replies, encode_file(space, job))


class Handle:
    """How another process opens a space: from its bundle's folder, or from its pickled self.

    Raises TypeError for a space that has no bundle and cannot be pickled.
    """

    def __init__(self, space: Space) -> None:
        bundle = getattr(space, "bundle", None)
        self.folder: Path | None = bundle.weights.parent.absolute() if bundle else None
        self.pickled = b""
        if self.folder is None:
            try:
                self.pickled = pickle.dumps(space)
            except Exception as error:
                raise TypeError(f"this space cannot be opened in a worker: {error}") from error

    def open(self) -> Space:
        """Open the space. Raises BundleError."""
        if self.folder is None:
            space: Space = pickle.loads(self.pickled)
            return space
        from unisono.towers.space import load

        return load(self.folder)


class OpeningFailed(str):
    """Why a worker could not open the space."""


def _listen(stream: BinaryIO, incoming: queue.SimpleQueue[object]) -> None:
    try:
        while True:
            incoming.put(pickle.load(stream))
    except BaseException:
        os._exit(0)


def _reply(replies: BinaryIO, reply: object) -> None:
    try:
        replies.write(pickle.dumps(reply))
        replies.flush()
    except BrokenPipeError:
        os._exit(0)


def _die_with_master() -> None:
    """On Linux also where a decoder holds the interpreter, so that no thread sees the input end."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    # Under its own name, so that what is pickled here is known to the master.
    from unisono.alignment.indexing import encoding_worker

    encoding_worker.main()
