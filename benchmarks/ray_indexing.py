"""What Ray costs on one machine: songs an hour and memory with ``--ray`` and without.

    python -m benchmarks.ray_indexing [--files 24] [--seconds 180]

The same MP3 files are indexed by two workers, without Ray and over a Ray that is started for the
run. What two files alone take, mostly the start, is measured and taken off, and shown: Ray takes
longer to start, and on a cluster that is there already it does not start at all. Songs an hour are
given only where the other files take at least a quarter as long as that start, which differs from
run to run by as much; with fewer or shorter files, seconds are all that is shown. Memory is the
most that the command and all processes below it hold at a time (PSS: what is shared counts once),
looked at five times a second; Linux only. Bytes are those of the files that the newest version of
the tables uses, without the older versions that a catalogue keeps for an hour.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bundle import bundle_folder
from benchmarks.catalogue_indexing import write_library
from benchmarks.figures import Figure, run_part
from benchmarks.timing import CORES, progress

WAYS = {"without Ray": [], "over Ray": ["--ray"]}
_LOOK_S = 0.2
_LEAST_BEYOND = 0.25


@dataclass(frozen=True)
class Run:
    """Wall-clock seconds of a command, and the most memory of all its processes."""

    seconds: float
    peak_mib: float


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("--files", type=int, default=24)
    parser.add_argument("--seconds", type=float, default=180.0, help="length of a file")


def part(arguments: Namespace) -> list[Figure]:
    if arguments.files <= CORES:
        raise SystemExit(f"--files must be more than {CORES}, which are for measuring the start")
    figures: list[Figure] = []
    with bundle_folder(arguments.bundle) as bundle, tempfile.TemporaryDirectory() as folder:
        music, few = Path(folder) / "music", Path(folder) / "few"
        write_library(music, arguments.files, arguments.seconds)
        few.mkdir()
        for path in sorted(music.iterdir())[:CORES]:
            (few / path.name).symlink_to(path)
        for number, (way, options) in enumerate(WAYS.items()):
            progress(f"indexing {CORES} and {arguments.files} files {way}")
            start = index(bundle, few, Path(folder) / f"few{number}.lance", options)
            whole = index(bundle, music, Path(folder) / f"all{number}.lance", options)
            rate = songs_an_hour(arguments.files, whole.seconds, start.seconds)
            beyond = f"{arguments.files - CORES} in {whole.seconds - start.seconds:.1f} s"
            if rate is None:
                progress(f"too few or too short files to say how many an hour {way}; give more")
            else:
                figures.append(
                    Figure(
                        f"songs indexed {way}", rate, "an hour", f"{beyond}, the start taken off"
                    )
                )
            length = f"MP3s of {arguments.seconds:g} s"
            figures += [
                Figure(f"{arguments.files} songs {way}", whole.seconds, "s", length),
                Figure(f"{CORES} songs {way}", start.seconds, "s", f"{length}; mostly the start"),
                Figure(f"peak memory {way}", whole.peak_mib, "MiB", "all processes, PSS"),
            ]
        for table in ("items", "passages"):
            used = used_bytes(Path(folder) / "all1.lance" / f"{table}.lance")
            figures.append(Figure(table, used / arguments.files / 1024, "KiB a song"))
    return figures


def songs_an_hour(files: int, seconds: float, start_s: float) -> float | None:
    """Songs an hour beyond the first two; None where the others take too little time to tell."""
    beyond_s = seconds - start_s
    enough = beyond_s >= _LEAST_BEYOND * start_s
    return (files - CORES) / beyond_s * 3600 if enough else None


def index(bundle: Path, music: Path, where: Path, options: list[str]) -> Run:
    """Run the command and watch it; raises RuntimeError where a file was not indexed."""
    command = [sys.executable, "-m", "unisono", "index", str(music), "--json", "--workers"]
    command += [str(CORES), *options, "--catalogue", str(where), "--bundle", str(bundle)]
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    peak = [0.0]
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(_LOOK_S):
            peak[0] = max(peak[0], memory_below(process.pid))

    looking = threading.Thread(target=look)
    looking.start()
    out, _ = process.communicate()
    seconds = time.perf_counter() - began
    ended.set()
    looking.join()
    if process.returncode or json.loads(out)["quarantine"]:
        raise RuntimeError(f"indexing failed: {out}")
    return Run(seconds, peak[0])


def memory_below(root: int) -> float:
    """MiB that a process and all below it hold."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(entry.parent.name)] = int(entry.read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError):
            continue
    below, found = {root}, {root}
    while found:
        found = {one for one, parent in parents.items() if parent in below} - below
        below |= found
    return sum(_held(one) for one in below)


def used_bytes(table: Path) -> int:
    """Bytes of the data files of the newest version of a table."""
    import lance

    parts = lance.dataset(table).get_fragments()
    names = {file.path for part in parts for file in part.data_files()}
    return sum((table / "data" / name).stat().st_size for name in names)


def _held(process: int) -> float:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


if __name__ == "__main__":
    run_part(__doc__, part, configure)
