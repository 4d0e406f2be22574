"""Fit a pianist's numbers to departures that were seen: moments and autocovariances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unisono.data.augmenting.human_timing import (
    LengthNumbers,
    OnsetNumbers,
    PedalNumbers,
    PianistNumbers,
    TempoNumbers,
    VelocityNumbers,
    Wander,
)
from unisono.data.augmenting.human_timing_departures import (
    Departures,
    autocovariance,
    correlation,
)

FloatArray = npt.NDArray[np.float64]

_SLOW = np.arange(0.80, 0.981, 0.02)
_FAST = np.arange(0.0, 0.76, 0.05)
_ENDING_BEATS = 8
_HELD = 4.0  # robust standard deviations from which on a beat counts as held
_BEAT_LAGS = 24
_CHORD_LAGS = 48


@dataclass(frozen=True)
class PedalUse:
    """The pedal in one performance, in beats.

    down_beats, up_beats: how long it was down and up, each time. at_beats: how far each release
    lies after its nearest beat. beat_s: median length of a beat.
    """

    down_beats: FloatArray
    up_beats: FloatArray
    release: FloatArray
    beat_s: float


def fit_pianist(seen: Sequence[Departures], pedals: Sequence[PedalUse]) -> PianistNumbers:
    """Numbers that give simulated performances the same moments as those seen."""
    return PianistNumbers(
        _fit_tempo(seen), _fit_onsets(seen), _fit_velocity(seen), _fit_length(seen),
        _fit_pedal(pedals),
    )  # fmt: skip


def _fit_tempo(seen: Sequence[Departures]) -> TempoNumbers:
    long = [one for one in seen if len(one.beat) > 3 * _ENDING_BEATS]
    ending = np.mean([one.beat[-_ENDING_BEATS:] for one in long], axis=0)
    bodies = [one.beat[:-_ENDING_BEATS] for one in long]
    marks = [one.is_downbeat[:-_ENDING_BEATS] for one in long]
    downbeat = float(
        np.mean([x[m].mean() - x[~m].mean() for x, m in zip(bodies, marks, strict=True)
                 if m.any() and not m.all()])
    )  # fmt: skip
    spreads = [1.4826 * np.median(np.abs(x - np.median(x))) for x in bodies]
    limits = [np.maximum(_HELD * spread, 0.1) for spread in spreads]
    held = np.concatenate([x[x > limit] for x, limit in zip(bodies, limits, strict=True)])
    calm = [np.clip(x - downbeat * m, -limit, limit)
            for x, m, limit in zip(bodies, marks, limits, strict=True)]  # fmt: skip
    jitter = np.zeros(_BEAT_LAGS + 1)
    jitter[:2] = 2, -1
    slow, fast, jitters = _fit_wanders(autocovariance(calm, _BEAT_LAGS), jitter, first=0)
    return TempoNumbers(
        slow=slow,
        fast=fast,
        jitter=_rounded(np.sqrt(jitters)),
        hesitation=_rounded(held.mean()) if len(held) else 0.0,
        hesitates=_rounded(len(held) / sum(map(len, bodies))),
        downbeat=_rounded(downbeat),
        ending=tuple(_rounded(value) for value in ending),
        between=_spread_of_scale([float(x.std()) for x in calm]),
    )


def _fit_onsets(seen: Sequence[Departures]) -> OnsetNumbers:
    pairs, lateness, louder, leads, rolls, chords = [], [], [], [], [], 0
    for one in seen:
        roll = one.roll_s
        rolls.append(roll[roll > 0])
        chords += int((one.chord_size >= 3).sum())
        near = (np.abs(one.late_s) < 0.06) & (one.chord_size > 1)[one.chord_of]
        near &= (roll == 0)[one.chord_of]
        loud = one.velocity - one.mean_of_chords(one.velocity)[one.chord_of]
        lateness.append(one.late_s[near])
        louder.append(np.column_stack([loud, one.top - 0.0])[near])
        lead = np.full(len(one.chord_start), np.nan)
        lead[one.chord_of[one.top & near]] = -one.late_s[one.top & near]
        leads.append(lead)
        following = np.flatnonzero(np.diff(one.in_beat) == 0)
        pairs.append(np.column_stack([one.off_beat[following], one.off_beat[following + 1]]))
    inside = np.concatenate(pairs)
    before, after = inside[np.isfinite(inside).all(axis=1)].T
    off = np.concatenate([one.off_beat[np.isfinite(one.off_beat)] for one in seen])
    late, features = np.concatenate(lateness), np.concatenate(louder)
    features[:, 1] -= features[:, 1].mean()
    per_velocity, top = np.linalg.lstsq(features, late, rcond=None)[0]
    covariance = autocovariance(leads, 1)
    memory = float(np.clip(covariance[1] / covariance[0], 0, 0.95))
    rest = float((late - features @ [per_velocity, top]).std())
    rolled = np.concatenate(rolls)
    return OnsetNumbers(
        within_beat=Wander(
            _rounded(off.std()), _rounded(np.clip(correlation(before, after), 0, 0.95))
        ),
        lead_s=_rounded(-top),
        lead_wander=Wander(_rounded(np.sqrt(max(covariance[1], 0.0))), _rounded(max(memory, 0.5))),
        per_velocity_s=_rounded(per_velocity, 6),
        spread_s=_rounded(rest),
        rolled=_rounded(len(rolled) / max(chords, 1)),
        roll_s=_rounded(rolled.mean()) if len(rolled) else 0.1,
        between=_spread_of_scale([float(x.std()) for x in lateness if len(x) > 50]),
    )


def _fit_velocity(seen: Sequence[Departures]) -> VelocityNumbers:
    rows, values = [], []
    for one in seen:
        features = np.column_stack(
            [one.pitch / 12, one.top, one.bottom, one.on_beat[one.chord_of],
             one.on_downbeat[one.chord_of]]
        )  # fmt: skip
        rows.append(features - features.mean(axis=0))
        values.append(one.velocity - one.velocity.mean())
    weights = np.linalg.lstsq(np.concatenate(rows), np.concatenate(values), rcond=None)[0]
    series, within, degrees = [], 0.0, 0
    for one, row, value in zip(seen, rows, values, strict=True):
        rest = value - row @ weights
        mean = one.mean_of_chords(rest)
        series.append(mean)
        within += float(((rest - mean[one.chord_of]) ** 2).sum())
        degrees += len(rest) - len(mean)
    note = within / max(degrees, 1)
    covariance = autocovariance(series, _CHORD_LAGS)
    slow, fast, _ = _fit_wanders(covariance, None, first=1)
    explained = slow.deviation**2 + fast.deviation**2
    chord = covariance[0] - explained
    levels = [float(one.velocity.mean()) for one in seen]
    per_octave, top, bottom, beat, downbeat = (_rounded(weight) for weight in weights)
    return VelocityNumbers(
        level=_rounded(np.mean(levels)),
        between=_rounded(np.std(levels)),
        per_octave=per_octave,
        top=top,
        bottom=bottom,
        beat=beat,
        downbeat=downbeat,
        slow=slow,
        fast=fast,
        chord=_rounded(np.sqrt(max(chord, 0.0))),
        note=_rounded(np.sqrt(note)),
        between_departures=_spread_of_scale([float(value.std()) for value in values]),
    )


def _fit_length(seen: Sequence[Departures]) -> LengthNumbers:
    levels = [float(one.length.mean()) for one in seen]
    series = [one.mean_of_chords(one.length) for one in seen]
    covariance = autocovariance(series, 2)
    memory = float(np.clip(covariance[2] / covariance[1], 0.0, 0.95))
    wander = float(np.clip(covariance[1] / max(memory, 0.1), 0.0, None))
    total = float(np.mean([one.length.var() for one in seen]))
    return LengthNumbers(
        level=_rounded(np.mean(levels)),
        between=_rounded(np.std(levels)),
        wander=Wander(_rounded(np.sqrt(wander)), _rounded(memory)),
        note=_rounded(np.sqrt(max(total - wander, 0.0))),
    )


def _fit_pedal(pedals: Sequence[PedalUse]) -> PedalNumbers:
    used = [pedal for pedal in pedals if len(pedal.down_beats) > 3]
    if not used:
        return PedalNumbers(used=0.0, down_beats=1.0, up_beats=1.0, at_beats=0.0, lag_s=0.0)
    release = np.concatenate([pedal.release for pedal in used])
    near = np.abs(release - np.median(release)) < 0.1  # a fifth of a beat, by chance a fifth
    lags = [float(np.median(pedal.release)) * pedal.beat_s for pedal in used]
    return PedalNumbers(
        used=_rounded(len(used) / len(pedals)),
        down_beats=_rounded(np.mean(np.concatenate([pedal.down_beats for pedal in used]))),
        up_beats=_rounded(np.mean(np.concatenate([pedal.up_beats for pedal in used]))),
        at_beats=_rounded(np.clip((near.mean() - 0.2) / 0.8, 0.0, 1.0)),
        lag_s=_rounded(max(float(np.median(lags)), 0.0)),
    )


def _fit_wanders(
    covariance: FloatArray, jitter: FloatArray | None, first: int
) -> tuple[Wander, Wander, float]:
    """Two autoregressions whose sum has an autocovariance, and the weight of a third shape.

    Each series was seen about its own mean, which takes a constant off the autocovariance.
    """
    from scipy.optimize import nnls

    lags = np.arange(len(covariance))
    best: tuple[float, FloatArray, float, float] | None = None
    for slow in _SLOW:
        for fast in _FAST:
            shapes = [slow**lags, fast**lags, -np.ones(len(lags))]
            shapes.append(np.zeros(len(lags)) if jitter is None else jitter)
            weights, residue = nnls(np.column_stack(shapes)[first:], covariance[first:])
            if best is None or residue < best[0]:
                best = float(residue), weights, float(slow), float(fast)
    assert best is not None
    _, weights, slow_memory, fast_memory = best
    return (
        Wander(_rounded(np.sqrt(weights[0])), _rounded(slow_memory)),
        Wander(_rounded(np.sqrt(weights[1])), _rounded(fast_memory)),
        float(weights[3]),
    )


def _spread_of_scale(deviations: list[float]) -> float:
    """Standard deviation of logarithms, from the middle half: a few are far off."""
    logs = np.log([value for value in deviations if value > 0])
    return _rounded((np.quantile(logs, 0.75) - np.quantile(logs, 0.25)) / 1.349)


def _rounded(value: float | np.floating, digits: int = 4) -> float:
    return round(float(value), digits)
