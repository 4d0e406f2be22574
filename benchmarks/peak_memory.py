"""Peak memory of a process that encodes a recording of two hours, and one of two minutes.

    python -m benchmarks.peak_memory [--bundle FOLDER] [--hours 2]

Each recording is encoded in a process of its own, which then gives its peak resident memory
(ru_maxrss). A new process begins with the peak of the one that started it, so this one stays
small: the recordings too are written by another.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bundle import bundle_folder
from benchmarks.figures import Figure, run_part
from benchmarks.timing import progress

SHORT_S = 120.0
SLACK_S = 10.0
"""Each minute of the long recording ends with the encoder's padding, some 40 ms."""

_WRITE = """
import sys
from pathlib import Path
from benchmarks.music import write_long_mp3
write_long_mp3(Path(sys.argv[1]), float(sys.argv[2]))
"""
_ENCODE = """
import json, resource, sys, time
from pathlib import Path
from unisono.towers.space import load
space = load(Path(sys.argv[1]))
start = time.perf_counter()
encoding = space.encode_item(Path(sys.argv[2]))
taken = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({
    "peak_mib": peak / (1 << 20 if sys.platform == "darwin" else 1 << 10),
    "duration_s": encoding.duration_s, "passages": len(encoding.passages), "taken_s": taken,
}))
"""


@dataclass(frozen=True)
class Encoded:
    """What the process that encoded a recording said of it."""

    peak_mib: float
    duration_s: float
    passages: int
    taken_s: float


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("--hours", type=float, default=2.0, help="length of the long recording")


def part(arguments: Namespace) -> list[Figure]:
    long_s = 3600 * arguments.hours
    with bundle_folder(arguments.bundle) as bundle:
        short = encode(SHORT_S, bundle)
        long = encode(long_s, bundle)
    return [
        Figure("peak memory, 2 minutes", short.peak_mib, "MiB", _how(short)),
        Figure(f"peak memory, {arguments.hours:g} hours", long.peak_mib, "MiB", _how(long)),
        Figure("difference", abs(long.peak_mib - short.peak_mib), "MiB", at_most=300.0),
    ]


def encode(seconds: float, bundle: Path) -> Encoded:
    """Write and encode a recording, each in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "take.mp3"
        progress(f"writing an MP3 of {seconds:g} s")
        _python(_WRITE, str(path), str(seconds))
        progress("encoding it")
        encoded = Encoded(**json.loads(_python(_ENCODE, str(bundle), str(path))))
    if not seconds <= encoded.duration_s <= seconds + SLACK_S:
        raise RuntimeError(f"{encoded.duration_s} s were encoded of a recording of {seconds} s")
    return encoded


def _how(encoded: Encoded) -> str:
    return f"{encoded.passages:,} passages in {encoded.taken_s:.1f} s"


def _python(program: str, *arguments: str) -> str:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    run_part(__doc__, part, configure)
