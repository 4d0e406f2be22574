"""Cells a second of dynamic time warping, beside librosa and Sync Toolbox on the same costs.

    python -m benchmarks.dynamic_time_warping [--side 4000] [--runs 5] [--hours 1]

Steps (1, 1), (1, 0) and (0, 1) with weights 2, 1.5, 1.5 through a matrix of random costs,
float32 for this program, float64 for those that ask for it. All give the path; their totals are
compared. Seconds are those of the processor that the thread has used, so that other work on the
machine counts less; compiling is not counted. "Linear memory" works the ways back out a second
time, section by section. The long pair is the features of a recording and of its notes, at 50
frames a second, of random notes at a varying pace; features of the sound are timed on noise.
Peers that are not installed are said to be, with what installs them.
"""

from __future__ import annotations

import importlib.util
import statistics
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from itertools import chain, repeat

import numpy as np
import numpy.typing as npt

from benchmarks.figures import Figure, run_part
from benchmarks.timing import Timing, progress

RAFFEL = 254.0
"""Million cells a second of the compiled DTW in Raffel, "Learning-based methods for comparing
sequences", 2016, as a figure to reach."""

Costs = npt.NDArray[np.float32]


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("--side", type=int, default=4000, help="rows and columns of the matrix")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--hours", type=float, default=1.0, help="of the long recording")
    parser.add_argument("--long-only", action="store_true", help="only the long pair, in figures")


def part(arguments: Namespace) -> list[Figure]:
    if arguments.long_only:
        return _long_figures(arguments.hours)
    figures = _figures_of_a_matrix(arguments.side, arguments.runs)
    figures += _figures_of_features(arguments.side, arguments.runs)
    # In a process of its own, so that its peak memory is its own.
    progress(f"a recording of {arguments.hours:g} hours and its notes")
    command = [sys.executable, "-m", "benchmarks.dynamic_time_warping", "--long-only"]
    done = subprocess.run(
        [*command, "--hours", str(arguments.hours), "--json", "/dev/stdout"],
        stdout=subprocess.PIPE,
        check=True,
    )
    return figures + _read(done.stdout)


def _read(text: bytes) -> list[Figure]:
    import json

    rows = json.loads(text)
    return [Figure(**{key: row[key] for key in row if key != "met"}) for row in rows]


def _figures_of_a_matrix(side: int, runs: int) -> list[Figure]:
    from unisono.alignment.time.dtw import SlopedStepWeights, StepWeights, dtw

    cost = np.random.default_rng(0).random((side, side), dtype=np.float32)
    weights = StepWeights(2.0, 1.5, 1.5)
    ways: dict[str, Callable[[], float]] = {
        "this program": lambda: dtw(cost, weights=weights).total,
        "in linear memory": lambda: dtw(cost, weights=weights, held_bytes=0).total,
        "steps (1, 1), (2, 1), (1, 2)": lambda: dtw(cost, weights=SlopedStepWeights()).total,
    }
    peers = {"librosa": _librosa, "Sync Toolbox": _sync_toolbox}
    missing = []
    for name, make in peers.items():
        try:
            ways[name] = make(cost.astype(np.float64))
        except ImportError as error:
            missing.append(f"{name} is not installed ({error}); {INSTALL[name]}")
    timings, totals = _thread_times(ways, runs)
    for text in missing:
        progress(text)
    for name in (*peers, "in linear memory"):
        if name in totals and not np.isclose(totals[name], totals["this program"], rtol=1e-6):
            raise SystemExit(f"{name}: {totals[name]}, this program: {totals['this program']}")
    millions = side * side / 1e6
    figures = []
    for name, timing in timings.items():
        own = name in ("this program", "in linear memory")
        figures.append(
            Figure(
                f"DTW of {side} x {side} with path, {name}",
                millions / timing.median,
                "million cells/s",
                timing.spread("", lambda s: millions / s).strip(),
                at_least=RAFFEL if own else None,
            )
        )
    for name in peers:
        if name in timings:
            times = timings[name].median / timings["this program"].median
            target = 10.0 if name == "librosa" else None
            figures.append(
                Figure(f"speed of this program / of {name}", times, "times", at_least=target)
            )
    return figures


def _figures_of_features(side: int, runs: int) -> list[Figure]:
    """Costs that are worked out block by block from vectors of 12 numbers."""
    from unisono.alignment.time.cost_blocks import CosineCost
    from unisono.alignment.time.dtw import StepWeights, dtw

    x, y = (_unit_walk(side, seed) for seed in (1, 2))
    weights = StepWeights(2.0, 1.5, 1.5)
    ways = {"costs from features": lambda: dtw(CosineCost(x, y), weights=weights).total}
    timing = _thread_times(ways, runs)[0]["costs from features"]
    millions = side * side / 1e6
    return [
        Figure(
            f"DTW of {side} x {side} with path, costs from features of 12",
            millions / timing.median,
            "million cells/s",
            timing.spread("", lambda s: millions / s).strip(),
        )
    ]


def _long_figures(hours: float) -> list[Figure]:
    from benchmarks.own_peak import peak_mib
    from unisono.alignment.time.note_alignment import align_features
    from unisono.alignment.time.note_jumps import find_bar_order
    from unisono.alignment.time.onset_alignment import on_onsets
    from unisono.alignment.time.pitch_features import (
        SAMPLE_RATE,
        features_of_audio,
        features_of_notes,
    )

    noise = np.random.default_rng(0).standard_normal(20 * SAMPLE_RATE).astype(np.float32)
    features_of_audio([noise])
    short, other = (features_of_notes(_notes(20, pace)) for pace in (1.0, 1.2))
    find_bar_order(other, short, [0.0, 10.0], range(2))
    on_onsets(other, _notes(20, 1.0), align_features(other, short))
    start = time.process_time()
    features_of_audio(chain(repeat(noise, round(hours * 180))))
    of_sound = time.process_time() - start
    seconds = 3600 * hours / PACE
    notes = _notes(seconds, 1.0)
    score = features_of_notes(notes)
    # So fast that the order of bars is looked for twice.
    played = features_of_notes(_notes(seconds, PACE))
    start = time.process_time()
    bars = np.arange(0, seconds, 2.0).tolist()
    order = find_bar_order(played, score, bars, range(len(bars)))
    of_order = time.process_time() - start
    start = time.process_time()
    found = on_onsets(played, notes, align_features(played, score))
    of_path = time.process_time() - start
    truth = _played_at(found.score_s, PACE)
    error = float(np.median(np.abs(found.recording_s - truth)))
    how = f"median error {error * 1000:.0f} ms"
    runs = f"{len(bars):,} bars found in {len(order.path.sections)} run"
    total = of_sound + of_order + of_path
    # Two cores: decoding goes beside the features, the path has one of them.
    return [
        Figure(f"features of {hours:g} h of sound", of_sound, "CPU s"),
        Figure(f"order of the bars of {hours:g} h", of_order, "CPU s", runs),
        Figure(f"{hours:g} h of features lined up", of_path, "CPU s", how),
        Figure(f"{hours:g} h, all together", total, "CPU s", at_most=30.0 * hours),
        Figure("peak memory of that process", peak_mib(), "MiB", at_most=1024.0),
    ]


def _notes(seconds: float, pace: float):  # type: ignore[no-untyped-def]
    from unisono.data.notes import Notes

    random = np.random.default_rng(0)
    n = round(seconds * 6)
    onset_s = np.sort(random.uniform(0, seconds, n))
    pitch = random.integers(40, 90, n).astype(np.int16)
    velocity = random.integers(40, 100, n).astype(np.int16)
    start = _played_at(onset_s, pace)
    return Notes(start, start + 0.4, pitch, velocity, np.zeros(n, np.int16))


def _played_at(score_s: npt.NDArray[np.float64], pace: float) -> npt.NDArray[np.float64]:
    swing = 0.0 if pace == 1.0 else 3.0
    moved: npt.NDArray[np.float64] = score_s * pace + swing * (1 - np.cos(score_s / 20))
    return moved


def _unit_walk(n: int, seed: int) -> Costs:
    steps = np.random.default_rng(seed).standard_normal((n, 12)).cumsum(axis=0)
    return (steps / np.linalg.norm(steps, axis=1, keepdims=True)).astype(np.float32)


PACE = 1.3
"""Seconds of the long performance for one of its score."""

INSTALL = {
    "librosa": "pip install librosa",
    "Sync Toolbox": "pip install synctoolbox (or with --no-deps, and libfmp and matplotlib)",
}


def _librosa(cost: npt.NDArray[np.float64]) -> Callable[[], float]:
    from librosa.sequence import dtw

    def run() -> float:
        sums, _ = dtw(
            C=cost,
            step_sizes_sigma=np.array([[1, 1], [1, 0], [0, 1]]),
            weights_mul=np.array([2.0, 1.5, 1.5]),
        )
        # Its first cell is free of weights in the same way.
        return float(sums[-1, -1])

    return run


def _sync_toolbox(cost: npt.NDArray[np.float64]) -> Callable[[], float]:
    if importlib.util.find_spec("synctoolbox") is None:
        raise ImportError("No module named 'synctoolbox'")
    from synctoolbox.dtw.core import compute_warping_path

    def run() -> float:
        sums, _, _ = compute_warping_path(
            cost,
            step_sizes=np.array([[1, 0], [0, 1], [1, 1]], np.int64),
            step_weights=np.array([1.5, 1.5, 2.0]),
            implementation="synctoolbox",
        )
        return float(sums[-1, -1])

    return run


def _thread_times(
    ways: dict[str, Callable[[], float]], runs: int
) -> tuple[dict[str, Timing], dict[str, float]]:
    """Seconds of this thread, in turns after a run that is not counted; and what they gave."""
    totals = {name: way() for name, way in ways.items()}
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for run in range(runs):
        progress(f"run {run + 1} of {runs}")
        for name, way in ways.items():
            start = time.thread_time()
            way()
            taken[name].append(time.thread_time() - start)
    assert all(statistics.median(seconds) > 0 for seconds in taken.values())
    return {name: Timing(tuple(seconds)) for name, seconds in taken.items()}, totals


if __name__ == "__main__":
    run_part(__doc__, part, configure)
