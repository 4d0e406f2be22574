"""How long a library takes: songs an hour, and what a song takes on disk.

    python -m benchmarks.catalogue_indexing [--files 40] [--seconds 180]

MP3 files of three minutes are made on the spot, each another: three of forty stretches of music in
an order that no other file has, so that writing them takes minutes, not an hour. They are indexed
by the command line in a process of its own on two cores. 1,000 files are the full figure. What two
files alone take, mostly the start of the program and its workers, is measured and taken off, so
that the rate of a sample stands for that of a library; the figure says so.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from concurrent.futures import ProcessPoolExecutor
from itertools import islice, permutations
from pathlib import Path

from benchmarks.bundle import bundle_folder
from benchmarks.figures import Figure, run_part
from benchmarks.timing import CORES, progress

LIBRARY = 22_000
HOURS = 8.0
FULL = 1_000
_STRETCHES, _PARTS = 40, 3


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("--files", type=int, default=40, help=f"{FULL} is the full figure")
    parser.add_argument("--seconds", type=float, default=180.0, help="length of a file")


def part(arguments: Namespace) -> list[Figure]:
    with bundle_folder(arguments.bundle) as bundle, tempfile.TemporaryDirectory() as folder:
        music, where = Path(folder) / "music", Path(folder) / "music.lance"
        write_library(music, arguments.files, arguments.seconds)
        few = Path(folder) / "few"
        few.mkdir()
        for path in sorted(music.iterdir())[:CORES]:
            (few / path.name).symlink_to(path)
        progress(f"indexing {CORES} files, then {arguments.files:,}")
        start_s = index(bundle, few, Path(folder) / "few.lance", CORES)
        seconds = index(bundle, music, where, arguments.files)
        stored = sum(path.stat().st_size for path in where.rglob("*") if path.is_file())
    rate = (arguments.files - CORES) / max(seconds - start_s, 1e-3) * 3600
    how = (
        f"{arguments.files:,} MP3 files of {arguments.seconds:g} s in {seconds:.0f} s, "
        f"{CORES} in {start_s:.0f} s"
    )
    if arguments.files < FULL:
        how += f"; a sample, the full figure is --files {FULL}"
    return [
        Figure("songs indexed", rate, "an hour", how, at_least=LIBRARY / HOURS),
        Figure(f"{LIBRARY:,} songs", LIBRARY / rate, "h", "at this rate", at_most=HOURS),
        Figure("catalogue", stored / arguments.files / 1024, "KiB a song"),
    ]


def write_library(folder: Path, count: int, seconds: float) -> None:
    """Write so many different recordings: stretches of music in orders of their own."""
    from benchmarks.music import mp3_frames

    folder.mkdir()
    progress(f"writing {count:,} MP3 files of {seconds:g} s")
    with ProcessPoolExecutor(CORES) as pool:
        lengths = [seconds / _PARTS] * _STRETCHES
        stretches = list(pool.map(mp3_frames, lengths, range(_STRETCHES)))
    orders = permutations(range(_STRETCHES), _PARTS)
    for number, order in enumerate(islice(orders, count)):
        (folder / f"{number:05}.mp3").write_bytes(b"".join(stretches[i] for i in order))


def index(bundle: Path, music: Path, where: Path, count: int) -> float:
    """Seconds that the command takes from its start to its end."""
    command = [sys.executable, "-m", "unisono", "index", str(music), "--json"]
    command += ["--catalogue", str(where), "--bundle", str(bundle)]
    start = time.perf_counter()
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    seconds = time.perf_counter() - start
    report = json.loads(done.stdout)
    if report["indexed"] != count:
        raise RuntimeError(f"{report['indexed']} of {count} files were indexed")
    return seconds


if __name__ == "__main__":
    run_part(__doc__, part, configure)
