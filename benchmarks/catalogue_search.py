"""Searching large catalogues: exact neighbours beside FAISS and NumPy, a warm question, growth.

    python -m benchmarks.catalogue_search [--vectors 1000000] [--items 100000] [--runs 5]

Vectors are random. The catalogues are written through the catalogue's own tables, with three
passages an item, and asked with different sentences and with one sentence again and again. Memory
is the peak of a process of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from benchmarks.bundle import bundle_folder
from benchmarks.figures import Figure, run_part
from benchmarks.timing import Timing, measure, progress

DIMENSION, K = 128, 10
BATCH = 16
MIB = 1 << 20

_NEAREST = """
import json, sys
import numpy as np
from unisono.alignment.searching.nearest import nearest
count, dimension, k = map(int, sys.argv[1:])
vectors = np.empty((count, dimension), np.float32)
random = np.random.default_rng(0)
for start in range(0, count, 10_000):
    vectors[start:start + 10_000] = random.standard_normal((len(vectors[start:start + 10_000]), dimension), np.float32)
from benchmarks.own_peak import peak_mib as peak
before = peak()
nearest(vectors, vectors[:1], k)
nearest(vectors, vectors[:16], k)
print(json.dumps({"searching_mib": peak() - before, "vectors_mib": vectors.nbytes / (1 << 20)}))
"""  # noqa: E501
_ASK = """
import json, sys, time
from pathlib import Path
from unisono.alignment.catalogue import Catalogue
from unisono.towers.space import load
space = load(Path(sys.argv[1]))
catalogue = Catalogue(sys.argv[2], space)
space.encode_item("warm")
from benchmarks.own_peak import peak_mib as peak
before = peak()
def ask(text):
    start = time.perf_counter()
    catalogue.search(text)
    return time.perf_counter() - start
first = ask("calm solo piano, minor key")
again = [ask("calm solo piano, minor key") for _ in range(int(sys.argv[3]))]
words = ("fast", "slow", "sad", "happy", "loud", "soft", "dark", "bright", "old", "new")
other = [ask(f"{word} music for strings") for word in words]
print(json.dumps({"first_s": first, "again_s": again, "other_s": other, "more_mib": peak() - before}))
"""  # noqa: E501


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("--vectors", type=int, default=1_000_000, help="of the exact search")
    parser.add_argument("--items", type=int, default=100_000, help="of the largest catalogue")
    parser.add_argument("--runs", type=int, default=5)


def part(arguments: Namespace) -> list[Figure]:
    figures = exact_figures(arguments.vectors, arguments.runs)
    with bundle_folder(arguments.bundle) as bundle, tempfile.TemporaryDirectory() as folder:
        sizes = [max(20, arguments.items // share) for share in (100, 10, 1)]
        grown = [
            catalogue_figures(bundle, Path(folder), count, arguments.runs, count == sizes[-1])
            for count in sizes
        ]
    figures += [figure for one in grown for figure in one]
    return figures + growth_figures(sizes, grown)


def growth_figures(sizes: list[int], grown: list[list[Figure]]) -> list[Figure]:
    """What grew from the smallest to the largest catalogue; as much as the items is linear."""
    more = sizes[-1] / sizes[0]
    return [
        Figure(
            f"growth of {small.what.partition(', ')[0]}",
            large.value / max(small.value, 1e-9),
            "times",
            f"from {sizes[0]:,} to {sizes[-1]:,} items",
            at_most=more,
        )
        for small, large in zip(grown[0], grown[-1], strict=True)
        if small.unit != "KiB an item"
    ]


def exact_figures(count: int, runs: int) -> list[Figure]:
    """Time and memory of exact search on one core, beside FAISS and NumPy."""
    import numpy as np

    from unisono.alignment.searching.nearest import nearest

    # Each library counts its threads in its own way; all of them see one core.
    cores = _one_core()
    progress(f"{count:,} vectors of {DIMENSION}")
    random = np.random.default_rng(0)
    vectors = random.standard_normal((count, DIMENSION), np.float32)
    queries = random.standard_normal((BATCH, DIMENSION), np.float32)
    flat = _faiss(vectors)
    if flat is None:
        progress("faiss-cpu is not installed: no figures beside FAISS (pip install faiss-cpu)")
    figures = []
    for asking, what in ((queries[:1], "one question"), (queries, f"{BATCH} questions at once")):
        functions = [
            lambda asking=asking: nearest(vectors, asking, K),
            lambda asking=asking: np.argsort(-(asking @ vectors.T), axis=1)[:, :K],
        ]
        if flat is not None:
            functions.append(lambda asking=asking: flat.search(asking, K))
        times = measure(functions, runs=runs)
        ours, plain = times[0].median * 1e3, times[1].median * 1e3
        how = f"{count:,} x {DIMENSION}, one core, {times[0].spread('ms', lambda s: s * 1e3)}"
        figures.append(Figure(f"exact top-{K}, {what}", ours, "ms", how))
        figures.append(Figure(f"plain NumPy, {what}", plain, "ms", "product and full sort"))
        if len(times) > 2:
            theirs = times[2].median * 1e3
            figures.append(Figure(f"FAISS flat, {what}", theirs, "ms"))
            figures.append(Figure(f"time over FAISS, {what}", ours / theirs, "", at_most=3.0))
    if cores:
        os.sched_setaffinity(0, cores)
    said = json.loads(_python(_NEAREST, str(count), str(DIMENSION), str(K)))
    share = 100 * said["searching_mib"] / said["vectors_mib"]
    how = f"beside {said['vectors_mib']:.0f} MiB of vectors"
    figures.append(Figure("memory of exact search", share, "%", how, at_most=20.0))
    return figures


def catalogue_figures(
    bundle: Path, folder: Path, count: int, runs: int, largest: bool
) -> list[Figure]:
    """A catalogue of so many items: questions, memory and bytes."""
    where = folder / f"{count}.lance"
    progress(f"a catalogue of {count:,} items")
    command = [sys.executable, "-m", "benchmarks.synthetic_catalogue", bundle, where, str(count)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    written = json.loads(done.stdout)
    said = json.loads(_python(_ASK, str(bundle), str(where), str(max(10, runs))))
    again, other = Timing(tuple(said["again_s"])), Timing(tuple(said["other_s"]))
    size = sum(path.stat().st_size for path in where.rglob("*") if path.is_file())
    target = 30.0 if largest else None
    name = f"{count:,} items"
    return [
        Figure(f"first question, {name}", said["first_s"] * 1e3, "ms"),
        Figure(
            f"the same again, {name}",
            again.median * 1e3,
            "ms",
            again.spread("ms", lambda s: s * 1e3),
            at_most=target,
        ),
        Figure(
            f"other questions, {name}",
            other.median * 1e3,
            "ms",
            other.spread("ms", lambda s: s * 1e3),
        ),
        Figure(f"writing one file, {name}", written["write_s"] * 1e3, "ms", "without encoding"),
        Figure(f"memory of asking, {name}", said["more_mib"], "MiB"),
        Figure(f"on disk, {name}", size / count / 1024, "KiB an item", "3 passages an item"),
    ]


def _faiss(vectors: Any) -> Any:
    try:
        import faiss
    except ImportError:
        return None
    faiss.omp_set_num_threads(1)
    index = faiss.IndexFlatIP(DIMENSION)
    index.add(vectors)
    return index


def _one_core() -> set[int]:
    """Hold this process to one core, and give those that it had."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)
    if not hasattr(os, "sched_setaffinity"):
        return set()
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(cores)[:1])
    return cores


def _python(program: str, *arguments: str) -> str:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    run_part(__doc__, part, configure)
