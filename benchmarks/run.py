"""Run all benchmarks, each in a process of its own, and print one table of each.

    python -m benchmarks.run [--only NAME ...] [--json FILE] [--bundle FOLDER] [--quick]

--json writes {"machine": {...}, "seconds", "parts": {NAME: [figure, ...]}}.
Exit code 1 says that a part could not be run; a missed target does not change it.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bundle import bundle_folder
from benchmarks.figures import Figure, figure_json, figures_table, read_figures
from benchmarks.machine import machine_facts

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Part:
    """A module of this package, its heading, and arguments for a run that only tries it."""

    module: str
    title: str
    quick: tuple[str, ...] = ()


PARTS = (
    Part("audio_speed", "Recordings", ("--runs", "1", "--seconds", "10", "--clap-batches", "1")),
    Part("items_speed", "Pages, MIDI files, covers, texts", ("--runs", "1")),
    Part("peak_memory", "Memory", ("--hours", "0.1")),
    Part(
        "catalogue_search",
        "Searching catalogues",
        ("--vectors", "20000", "--items", "2000", "--runs", "1"),
    ),
    Part("catalogue_indexing", "Indexing", ("--files", "4", "--seconds", "10")),
    Part("cold_start", "Cold start", ("--runs", "1")),
    Part("training_speed", "Training, speed", ("--turns", "1", "--steps", "2")),
    Part("training_memory", "Training, memory", ("--batch", "256", "--steps", "1")),
    Part("engraving", "Engraving", ("--runs", "1")),
    Part("synthesis", "Synthesis", ("--minutes", "0.5", "--piece", "15")),
    Part("pair_sampling", "Pairs from the cache", ("--pairs", "50")),
    Part(
        "dynamic_time_warping",
        "Lining up",
        ("--side", "500", "--runs", "1", "--hours", "0.02"),
    ),
    Part("sizes", "Sizes"),
)


def main() -> int:
    """Run the parts that are asked for."""
    arguments = parse()
    facts = machine_facts()
    print("\n".join(f"{name}: {fact}" for name, fact in facts.items()), flush=True)
    start = time.perf_counter()
    found: dict[str, list[Figure]] = {}
    chosen = [part for part in PARTS if not arguments.only or part.module in arguments.only]
    # All that the parts write goes into one folder, which goes away even when one breaks off
    # or this process is told to end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="unisono-bench-") as folder:
        os.environ["TMPDIR"] = tempfile.tempdir = folder
        with bundle_folder(arguments.bundle) as bundle:
            for part in chosen:
                print(f"\n{part.title}\n", flush=True)
                figures = run(part, bundle, Path(folder), quick=arguments.quick)
                if figures is None:
                    print("could not be measured; the reason stands above", flush=True)
                    continue
                found[part.module] = figures
                print(figures_table(figures), flush=True)
    seconds = time.perf_counter() - start
    print(f"\n{summary(found)}; {seconds:.0f} s in all")
    if arguments.json:
        parts = {name: [figure_json(f) for f in figures] for name, figures in found.items()}
        report = {"machine": facts, "seconds": round(seconds, 1), "parts": parts}
        arguments.json.write_text(json.dumps(report, indent=2) + "\n")
    return 0 if len(found) == len(chosen) else 1


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    names = [part.module for part in PARTS]
    parser.add_argument("--only", nargs="+", choices=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON too")
    parser.add_argument("--bundle", type=Path, help="another bundle than the default one")
    parser.add_argument(
        "--quick", action="store_true", help="only try the scripts; the figures mean little"
    )
    return parser.parse_args()


def run(part: Part, bundle: Path, folder: Path, *, quick: bool) -> list[Figure] | None:
    """Run one part in a new process; None when it fails."""
    result = folder / f"{part.module}.json"
    command = [sys.executable, "-m", f"benchmarks.{part.module}"]
    command += ["--bundle", str(bundle.resolve()), "--json", str(result)]
    done = subprocess.run([*command, *(part.quick if quick else ())], cwd=ROOT, check=False)
    return read_figures(result) if done.returncode == 0 else None


def summary(found: dict[str, list[Figure]]) -> str:
    """How many targets are met, and which are not."""
    judged = [f for figures in found.values() for f in figures if f.met is not None]
    missed = [figure.what for figure in judged if not figure.met]
    text = f"{len(judged) - len(missed)} of {len(judged)} targets met"
    return f"{text}; missed: {', '.join(missed)}" if missed else text


if __name__ == "__main__":
    sys.exit(main())
