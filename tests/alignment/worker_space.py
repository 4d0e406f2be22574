"""A space that other processes can be given, some of whose files break what decodes them.

The first word of a file says what happens: ``segfault``, ``abort``, ``exit``, ``hang``, ``hog``
(memory), ``memory`` (a MemoryError), ``noise`` (a decoder that prints), ``slow``, ``orphan`` (the
process that has started this one is killed).
"""

import os
import signal
import sys
import time

from fake_space import FakeSpace

_hoarded = []


class WorkerSpace(FakeSpace):
    def __reduce__(self):
        return WorkerSpace, (self.fingerprint,)

    def encode_item(self, item, *, modality=None, hop_s=None, every_column=False):
        words = item if isinstance(item, str) else item.read_text()
        match words.split(maxsplit=1)[0]:
            case "segfault":
                os.kill(os.getpid(), signal.SIGSEGV)
            case "abort":
                os.abort()
            case "exit":
                os._exit(3)
            case "hang":
                time.sleep(1000)
            case "hog":
                while True:
                    _hoarded.append(bytearray(16 << 20))
            case "memory":
                raise MemoryError
            case "noise":
                print("a decoder prints what it likes", flush=True)
                os.write(1, b"and a library too\n")
            case "orphan":
                # As where the system, short of memory, ends the process above.
                os.kill(os.getppid(), signal.SIGKILL)
                time.sleep(1000)
            case "slow":
                time.sleep(0.3)
        return super().encode_item(item, modality=modality, hop_s=hop_s)


class UnopenableSpace(WorkerSpace):
    def __reduce__(self):
        return _refuse, ()


class OtherThereSpace(WorkerSpace):
    def __reduce__(self):
        return WorkerSpace, ("changed meanwhile",)


def _refuse():
    raise ValueError("the weights are damaged")


if __name__ == "__main__":
    # python worker_space.py CATALOGUE FOLDER LOG [WORKERS]: add, prune, log what is done.
    import lancedb  # noqa: F401

    from unisono.alignment.catalogue import Catalogue

    where, folder, log, *rest = sys.argv[1:]
    from worker_space import WorkerSpace as ImportedSpace

    with open(log, "a", buffering=1) as lines:
        print("started", file=lines)
        catalogue = Catalogue(where, ImportedSpace())
        catalogue.add(
            folder,
            workers=int(rest[0]) if rest else 0,
            on_done=lambda done: print(f"{done.state} {done.path}", file=lines),
        )
        catalogue.prune([folder])
        print("ended", file=lines)
