"""Cold start: whole processes, from nothing to their last line.

    python -m benchmarks.cold_start [--bundle FOLDER] [--runs 5]

``unisono --help``, and a text search over a catalogue of the example collection: the catalogue
opened, the text encoded, the table printed. One run goes before, so the files are in the
system's cache and the text model has been prepared, which happens once on a machine.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from pathlib import Path

from benchmarks.bundle import bundle_folder
from benchmarks.figures import Figure, run_part
from benchmarks.timing import measure, progress

COLLECTION = Path(__file__).resolve().parents[1] / "examples" / "collection"
QUERY = "calm solo piano, minor key"
HEAVY = ("torch", "transformers", "sentence_transformers")

_IMPORT_LINE = re.compile(r"^import time:[^|]*\|[^|]*\|\s*(\w+)$", re.MULTILINE)


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("--runs", type=int, default=5)


def part(arguments: Namespace) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder, bundle_folder(arguments.bundle) as bundle:
        where = ["--catalogue", f"{folder}/music.lance", "--bundle", str(bundle)]
        progress("indexing the example collection")
        [indexing] = measure(
            [lambda: unisono("index", str(COLLECTION), *where)], runs=1, warm_ups=0
        )
        files = sum(path.is_file() for path in COLLECTION.glob("*/*"))
        progress("starting unisono again and again")
        help_, search = measure(
            [lambda: unisono("--help"), lambda: _search(where)], runs=arguments.runs
        )
        heavy = imported(["search", QUERY, *where], HEAVY)
    return [
        Figure("unisono --help", help_.median, "s", help_.spread(), at_most=0.4),
        Figure(
            "first text search in a new process", search.median, "s", search.spread(), at_most=3.0
        ),
        Figure("torch, transformers imported by it", len(heavy), "", ", ".join(heavy), at_most=0),
        Figure("indexing the example collection", indexing.median, "s", f"{files} files, 1 run"),
    ]


def unisono(*arguments: str) -> str:
    """Run the installed command and return what it printed."""
    script = Path(sys.executable).with_name("unisono")
    command = [str(script)] if script.is_file() else [sys.executable, "-m", "unisono"]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"unisono {arguments[0]} failed: {done.stderr.strip()[-500:]}")
    return done.stdout


def imported(arguments: list[str], names: tuple[str, ...]) -> list[str]:
    """Which of the packages the command imports."""
    command = [sys.executable, "-X", "importtime", "-m", "unisono", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    modules = set(_IMPORT_LINE.findall(done.stderr))
    if "numpy" not in modules:
        raise RuntimeError("python -X importtime does not list imports as expected")
    return [name for name in names if name in modules]


def _search(where: list[str]) -> None:
    rows = unisono("search", QUERY, *where).splitlines()
    if len(rows) < 3:
        raise RuntimeError("the search printed no table")


if __name__ == "__main__":
    run_part(__doc__, part, configure)
