"""Real performances beside simulated ones and beside white noise, on the same notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from unisono.data.augmenting.effect import TimeMap
from unisono.data.augmenting.human_timing import PianistNumbers
from unisono.data.augmenting.human_timing_departures import (
    Departures,
    autocovariance,
    correlation,
    departures,
)
from unisono.data.augmenting.human_timing_matching import PlayedNotes
from unisono.data.augmenting.human_timing_simulation import ScoreNotes, perform

FloatArray = npt.NDArray[np.float64]

LAGS = 8


def played_by_model(
    real: PlayedNotes, numbers: PianistNumbers, random: np.random.Generator
) -> PlayedNotes:
    """The same notes and beats, played by the model at the pace of the real performance."""
    score = _at_pace(real)
    played = perform(score, numbers, random)
    return replace(
        real,
        onset_s=played.onset_s,
        offset_s=played.offset_s,
        velocity=np.rint(played.velocity),
        beats_s=played.beats_s,
    )


def played_by_noise(
    real: PlayedNotes, like: Sequence[Departures], random: np.random.Generator
) -> PlayedNotes:
    """The same notes and beats with independent normal noise of the right standard deviations.

    like: what the deviations are taken from: of beats, of notes within chords, of velocities and
    of lengths.
    """
    score = _at_pace(real)
    beat, late, velocity, length = (
        np.concatenate(values)
        for values in zip(
            *((one.beat, one.late_s[one.chord_size[one.chord_of] > 1], one.velocity, one.length)
              for one in like),
            strict=True,
        )
    )  # fmt: skip
    logs = beat.std() * random.standard_normal(len(score.beats_s) - 1)
    beats = np.concatenate([[0.0], np.cumsum(np.diff(score.beats_s) * np.exp(logs))])
    tempo = TimeMap(score.beats_s, beats)
    count = len(score.onset_s)
    expected = tempo(score.onset_s)
    onset = expected + late.std() * random.standard_normal(count)
    factor = np.exp(length.mean() + length.std() * random.standard_normal(count))
    loud = velocity.mean() + velocity.std() * random.standard_normal(count)
    return replace(
        real,
        onset_s=onset,
        offset_s=onset + (tempo(score.offset_s) - expected) * factor,
        velocity=np.clip(np.rint(loud), 1, 127),
        beats_s=beats,
    )


def statistics(seen: Sequence[Departures]) -> dict[str, float]:
    """What is compared, over all performances seen."""
    result = {
        "tempo: std of log beat length": _root_mean_square([one.beat for one in seen]),
        "tempo: std of its change beat to beat": _std([np.diff(one.beat) for one in seen]),
    }
    result |= _memory("tempo", [one.beat for one in seen])
    off = [one.off_beat[np.isfinite(one.off_beat)] for one in seen]
    result["between beats: std, share of beat"] = _std(off)
    result["between beats: autocorrelation, next chord"] = _next_in_beat(seen)
    result |= _chord_statistics(seen)
    rest = [one.velocity - one.velocity.mean() for one in seen]
    result["velocity: std in a performance"] = _std(rest)
    result["velocity: top note over its chord"] = float(
        np.mean(np.concatenate([
            (one.velocity - one.mean_of_chords(one.velocity)[one.chord_of])[one.top]
            for one in seen
        ]))
    )  # fmt: skip
    result |= _memory("velocity", [one.mean_of_chords(one.velocity) for one in seen])
    result["length: mean log ratio"] = float(np.mean(np.concatenate([o.length for o in seen])))
    result["length: std in a performance"] = _std([one.length - one.length.mean() for one in seen])
    lengths = autocovariance([one.mean_of_chords(one.length) for one in seen], 1)
    result["length: autocorrelation, next chord"] = float(lengths[1] / lengths[0])
    return result


def table(columns: dict[str, dict[str, float]]) -> str:
    """Statistics as a table, a column for each way of playing, the first one real.

    The last rows are mean distances from the first column: over all autocorrelations, and over
    all other numbers as shares of the first column's.
    """
    names = list(columns)
    first = columns[names[0]]
    width = max(map(len, first)) + 2
    lines = ["".ljust(width) + "".join(name.rjust(14) for name in names)]
    for key in first:
        lines.append(key.ljust(width) + "".join(f"{columns[n][key]:14.4f}" for n in names))
    for title, distance in (
        ("mean distance, autocorrelations", autocorrelation_distance),
        ("mean relative distance, others", relative_distance),
    ):
        shown = "".join(f"{distance(first, columns[name]):14.4f}" for name in names)
        lines.append(title.ljust(width) + shown)
    return "\n".join(lines)


def autocorrelation_distance(real: dict[str, float], other: dict[str, float]) -> float:
    """Mean absolute difference over all statistics that are autocorrelations."""
    keys = [key for key in real if "autocorrelation" in key]
    return float(np.mean([abs(real[key] - other[key]) for key in keys]))


def relative_distance(real: dict[str, float], other: dict[str, float]) -> float:
    """Mean absolute difference over the statistics that are no autocorrelations, over the real."""
    keys = [key for key in real if "autocorrelation" not in key]
    return float(np.mean([abs(real[key] - other[key]) / abs(real[key]) for key in keys]))


def _at_pace(real: PlayedNotes) -> ScoreNotes:
    ratio = np.diff(real.beats_s) / np.diff(real.score_beats_s)
    pace = float(np.median(ratio))
    origin = real.score_beats_s[0]
    return ScoreNotes(
        pace * (real.score_onset_s - origin),
        pace * (real.score_offset_s - origin),
        real.pitch,
        real.pitch,
        pace * (real.score_beats_s - origin),
        real.downbeat,
    )


def of_played(played: Sequence[PlayedNotes]) -> list[Departures]:
    """Departures of each performance."""
    return [departures(one) for one in played]


def _chord_statistics(seen: Sequence[Departures]) -> dict[str, float]:
    late, lead, ranges, rolled, chords = [], [], [], 0, 0
    for one in seen:
        several = (one.chord_size > 1)[one.chord_of]
        late.append(one.late_s[several])
        lead.append(-one.late_s[one.top])
        count = len(one.chord_start)
        last, first = np.full(count, -np.inf), np.full(count, np.inf)
        np.maximum.at(last, one.chord_of, one.late_s)
        np.minimum.at(first, one.chord_of, one.late_s)
        ranges.append((last - first)[one.chord_size > 1])
        rolled += int((one.roll_s > 0).sum())
        chords += int((one.chord_size >= 3).sum())
    return {
        "chords: std of notes, ms": 1000 * _std(late),
        "chords: top note early by, ms": 1000 * float(np.median(np.concatenate(lead))),
        "chords: median spread, ms": 1000 * float(np.median(np.concatenate(ranges))),
        "chords: 90th percentile of spread, ms": 1000
        * float(np.quantile(np.concatenate(ranges), 0.9)),
        "chords: share rolled": rolled / max(chords, 1),
    }


def _memory(name: str, series: list[FloatArray]) -> dict[str, float]:
    covariance = autocovariance(series, LAGS)
    return {
        f"{name}: autocorrelation, lag {lag}": float(covariance[lag] / covariance[0])
        for lag in range(1, LAGS + 1)
    }


def _next_in_beat(seen: Sequence[Departures]) -> float:
    pairs = []
    for one in seen:
        following = np.flatnonzero(np.diff(one.in_beat) == 0)
        pairs.append(np.column_stack([one.off_beat[following], one.off_beat[following + 1]]))
    inside = np.concatenate(pairs)
    first, second = inside[np.isfinite(inside).all(axis=1)].T
    return correlation(first, second)


def _std(series: Sequence[FloatArray]) -> float:
    return float(np.concatenate(series).std())


def _root_mean_square(series: Sequence[FloatArray]) -> float:
    return float(np.sqrt(np.mean(np.concatenate([(x - x.mean()) ** 2 for x in series]))))
