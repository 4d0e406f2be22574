"""How late and how near a performance is followed while it is played, beside afterwards.

    python -m benchmarks.following [--scores DIR --ids FILE --side valid] [--only 6]

Scores (by default those of the example collection; else ``<id>.mxl`` in DIR, with ids from FILE
by side) are played as ``eval/harness/jumped_performances.py`` says: as written, with written
repeats taken or not, and with jumps that no mark shows, with rubato, after applause. The sound is
handed on in blocks of 0.1 s. Latency is from the moment that a place speaks of to when it is
known: sound that is waited for, and the time for computing it. The error is that of the place at
that moment, in seconds of the score; "afterwards" is the search for jumps over the whole
recording, at 5 Hz.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.alignment.time.following import Follower
from unisono.alignment.time.note_jumps import find_bar_order
from unisono.alignment.time.pitch_features import (
    SAMPLE_RATE,
    features_of_audio,
    features_of_notes,
)
from unisono.alignment.time.score import ScorePlace
from unisono.alignment.time.written_score import WrittenScore
from unisono.cli.table import table
from unisono.eval.harness.jumped_performances import (
    KINDS,
    JumpedPerformance,
    performances,
    right_bars,
    score_paths,
)

Floats = npt.NDArray[np.float64]

BLOCK = round(0.1 * SAMPLE_RATE)
COLLECTION = Path(__file__).parents[1] / "examples" / "collection"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--scores", type=Path)
    parser.add_argument("--ids", type=Path)
    parser.add_argument("--side", default="valid")
    parser.add_argument("--only", type=int)
    parser.add_argument("--soundfont", default="builtin")
    arguments = parser.parse_args()
    if arguments.scores and arguments.ids:
        paths = score_paths(arguments.scores, arguments.ids, arguments.side)
    else:
        paths = sorted(COLLECTION.glob("*/score.musicxml"))
    rows = defaultdict(list)
    for performance in performances(paths[: arguments.only], soundfont=arguments.soundfont):
        for way, found in ways(performance):
            rows[performance.kind, way].append(found)
    lines = []
    for kind in KINDS:
        for way in ("while played", "afterwards"):
            if found := rows[kind, way]:
                lines.append((kind, way, f"{len(found)}", *cells(np.array(found))))
    header = ("performed", "followed", "number", "latency ms", "95 % ms", "right bar", "median s")
    print(table((*header, "within 1 s", "share of a core"), lines, right=range(2, 9)))


def cells(found: Floats) -> tuple[str, ...]:
    late, latest, right, error, near, busy = found.mean(axis=0)
    latency = (f"{late * 1e3:.0f}", f"{latest * 1e3:.0f}") if late >= 0 else ("-", "-")
    return (*latency, f"{right:.1%}", f"{error:.2f}", f"{near:.1%}", f"{busy:.1%}")


def ways(performance: JumpedPerformance) -> Iterator[tuple[str, tuple[float, ...]]]:
    """Latency and its 95th percentile, right bars, median error, within 1 s, time for a second."""
    seconds = len(performance.sound) / SAMPLE_RATE
    started = time.perf_counter()
    at_s, score_s, late = while_played(performance)
    busy = (time.perf_counter() - started) / seconds
    nearest = np.clip(np.searchsorted(at_s, performance.times_s), 0, len(at_s) - 1)
    latency = (float(late.mean()), float(np.quantile(late, 0.95)))
    yield "while played", (*latency, *errors(performance, score_s[nearest]), busy)
    started = time.perf_counter()
    found = afterwards(performance)
    busy = (time.perf_counter() - started) / seconds
    yield "afterwards", (-1.0, -1.0, *errors(performance, found), busy)


def errors(performance: JumpedPerformance, found_s: Floats) -> tuple[float, float, float]:
    away = np.where(found_s < 0, np.inf, np.abs(found_s - performance.score_s))
    right = right_bars(found_s, performance.score_s, performance.score.bar_s)
    return float(right.mean()), float(np.median(away)), float(np.mean(away < 1))


def while_played(performance: JumpedPerformance) -> tuple[Floats, Floats, Floats]:
    """Seconds (k,), the place in the score then or -1, and how much later it was known."""
    follower = Follower(written(performance))
    at, places, late = [], [], []
    for start in range(0, len(performance.sound), BLOCK):
        begun = time.perf_counter()
        block = performance.sound[start : start + BLOCK]
        for place in follower.hear(block):
            known = (start + len(block)) / SAMPLE_RATE + time.perf_counter() - begun
            at.append(place.recording_s)
            places.append(-1.0 if place.score_s is None else place.score_s)
            late.append(known - place.recording_s)
    return np.array(at), np.array(places), np.array(late)


def afterwards(performance: JumpedPerformance) -> Floats:
    """The place in the score at each of the times of a performance, or -1."""
    score = performance.score
    heard = features_of_audio([performance.sound])
    notes = features_of_notes(score.notes)
    found = find_bar_order(heard, notes, score.bar_s[:-1].tolist(), score.order)
    return found.score_s(performance.times_s)


def written(performance: JumpedPerformance) -> WrittenScore:
    score = performance.score
    return WrittenScore(Path(score.name), score.notes, score.bar_s, score.order, _seconds)


def _seconds(seconds: float) -> ScorePlace:
    return ScorePlace(score_s=seconds)


if __name__ == "__main__":
    main()
