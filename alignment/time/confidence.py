"""How sure it is that a recording plays a score, and that a moment was put where it belongs.

What speaks for a pair is set against what the same search finds where there is nothing to be
found: in the score played backwards, which has the same notes, as many of each, in another order.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from math import exp, log

import numpy as np
import numpy.typing as npt

from unisono.alignment.time.chroma import chroma, decaying_onsets, unit_rows
from unisono.alignment.time.cost_blocks import CosineCost, EuclideanCost, WeightedCost
from unisono.alignment.time.dtw import StepWeights, dtw
from unisono.alignment.time.note_alignment import (
    NoteAlignment,
    NoteAlignmentSettings,
    pooled,
)
from unisono.alignment.time.pitch_features import LOWEST, PitchFeatures

Floats = npt.NDArray[np.float64]

BELONGS = 0.5
"""A pair with a lower probability is said not to belong together."""
STRETCH_S = 4.0
"""Of the recording, over which its pace is taken."""
UNSTEADIEST = 4.0
"""A stretch at so many times the usual pace, or slower by as much, counts as no worse."""
_FRAMES = 10
_MOST_CELLS = 4_000_000
_LONGEST_S = 300.0
_MOST_LEAPS = 10.0


@dataclass(frozen=True)
class MatchGrounds:
    """What speaks for a recording and a score belonging together.

    fit: by how much of its cost the path is cheaper than through the score played backwards, by
        pitches and onsets; 0 for pages.
    crossing: by how much cheaper it is than the costs that it crosses (Raffel, "Learning-Based
        Methods for Comparing Sequences", 2016, section 4.3); 0 for pages.
    likeness: as ``fit``, by passages in the joint space.
    alike: mean similarity of passages along the path, in deviations above that of other works.
    wandering: mean distance of the logarithm of the pace from its median; its parts at most log 4.
    passed_over: share of what sounds in the recording that was not lined up.
    leaps: in a minute, how often the order of bars goes on elsewhere where no mark says so.
    seconds: how long the part of the recording is that was lined up.
    """

    fit: float
    crossing: float
    likeness: float
    alike: float
    wandering: float
    passed_over: float
    leaps: float
    seconds: float


@dataclass(frozen=True)
class MatchConfidence:
    """A logistic function of grounds: probability = 1 / (1 + exp(-logit)).

    logit = offset + fit * g.fit + crossing * g.crossing + likeness * g.likeness
        + alike * g.alike - wandering * g.wandering - passed_over * g.passed_over
        - leaps * g.leaps + length * log(g.seconds)

    with at most 10 leaps, and seconds within 1 and 300.
    ``unisono.eval.alignment_calibration`` fits it.
    Raises ValueError for weights but the offset that are below 0.
    """

    offset: float
    fit: float
    crossing: float
    likeness: float
    alike: float
    wandering: float
    passed_over: float
    leaps: float
    length: float

    def __post_init__(self) -> None:
        for one in fields(self)[1:]:
            if getattr(self, one.name) < 0:
                raise ValueError(f"the weight of {one.name} is {getattr(self, one.name)}, below 0")

    def probability(self, grounds: MatchGrounds) -> float:
        """That the recording plays the score, 0..1."""
        offset, *weights = astuple(self)
        logit = offset + float(np.dot(weights, features_of(grounds)))
        return 1 / (1 + exp(-max(-60.0, min(60.0, logit))))


def features_of(grounds: MatchGrounds) -> tuple[float, ...]:
    """What the weights of a ``MatchConfidence`` multiply, in their order, without the offset."""
    return (
        grounds.fit,
        grounds.crossing,
        grounds.likeness,
        grounds.alike,
        -grounds.wandering,
        -grounds.passed_over,
        -min(_MOST_LEAPS, grounds.leaps),
        log(min(_LONGEST_S, max(1.0, grounds.seconds))),
    )


@dataclass(frozen=True)
class MomentConfidence:
    """That a moment is where it was put: logistic of how well its surroundings fit.

    logit = offset + near * n + whole * logit of the whole, cut at -5 and 5, with n by how much
    cheaper the path is around the moment than what it crosses there.
    Raises ValueError for weights but the offset that are below 0.
    """

    offset: float
    near: float
    whole: float

    def __post_init__(self) -> None:
        if self.near < 0 or self.whole < 0:
            raise ValueError("evidence never counts against: no weight may be below 0")

    def probabilities(self, near: npt.ArrayLike, whole: float) -> npt.NDArray[np.float32]:
        """Of moments (n,) with the probability of the whole."""
        logit = self.offset + self.near * np.asarray(near) + self.whole * whole_logit(whole)
        return np.asarray(1 / (1 + np.exp(-np.clip(logit, -60, 60))), np.float32)


@dataclass(frozen=True)
class AlignmentConfidence:
    """Both, as fitted for scores of one kind."""

    match: MatchConfidence
    moment: MomentConfidence


@dataclass(frozen=True)
class SignalFit:
    """How pitches and onsets fit: ``fit`` and ``crossing`` of grounds, and around each moment.

    recording_s, near: (k,) moments, and by how much cheaper the path is there than what it crosses.
    """

    fit: float
    crossing: float
    recording_s: Floats
    near: Floats


def signal_fit(
    recording: PitchFeatures,
    score: PitchFeatures,
    found: NoteAlignment,
    settings: NoteAlignmentSettings | None = None,
) -> SignalFit:
    """Compare what was lined up with what it crosses, five moments a second or fewer."""
    settings = settings or NoteAlignmentSettings()
    parts = [
        cut(recording, found.recording_s[0], found.recording_s[-1]),
        cut(score, found.score_s[0], found.score_s[-1]),
    ]
    cells = len(parts[0]) * len(parts[1])
    count = max(_FRAMES, int(np.ceil(np.sqrt(cells / _MOST_CELLS))))
    chromas = [
        unit_rows(pooled(chroma(one.energies, LOWEST, settings.compression), count), 1e-3)
        for one in parts
    ]
    onsets = [
        pooled(decaying_onsets(one.onsets, LOWEST, one.hop_s), count, highest=True) for one in parts
    ]
    cost = WeightedCost(
        [CosineCost(*chromas), EuclideanCost(*onsets)], [1.0, settings.onset_weight]
    ).block(slice(0, len(chromas[0])), slice(0, len(chromas[1])))
    weights = StepWeights(2.0, 1.5, 1.5)
    forwards = dtw(cost, weights=weights)
    backwards = dtw(np.ascontiguousarray(cost[:, ::-1]), weights=weights).total
    rows, columns = forwards.path.T
    steps = np.bincount(rows, minlength=len(cost))
    along = np.bincount(rows, cost[rows, columns], len(cost)) / steps
    crossed = np.maximum(cost.mean(axis=1), 1e-6)
    width = max(1, round(2.0 / (recording.hop_s * count)))
    near = 1 - _mean_around(along, width) / _mean_around(crossed, width)
    seconds = found.recording_s[0] + (np.arange(len(cost)) + 0.5) * recording.hop_s * count
    return SignalFit(
        fit=1 - forwards.total / max(1e-6, backwards),
        crossing=1 - float(along.mean() / crossed.mean()),
        recording_s=seconds,
        near=near,
    )


def cut(features: PitchFeatures, start_s: float, stop_s: float) -> PitchFeatures:
    """The frames between two times, at least two of them where there are so many."""
    start = max(0, min(len(features) - 2, int(start_s / features.hop_s)))
    stop = max(start + 2, int(np.ceil(stop_s / features.hop_s)) + 1)
    return PitchFeatures(features.energies[start:stop], features.onsets[start:stop], features.hop_s)


def pace_of(recording_s: Floats, places: Floats) -> float:
    """``wandering`` of a path: how unsteady its pace is over stretches of ``STRETCH_S``.

    recording_s: (n,) rising. places: (n,) never falling, in whatever unit.
    """
    length_s = float(recording_s[-1] - recording_s[0])
    if length_s <= 0 or places[-1] <= places[0]:
        return log(UNSTEADIEST)
    borders = np.linspace(recording_s[0], recording_s[-1], max(2, round(length_s / STRETCH_S)) + 1)
    gone = np.diff(np.interp(borders, recording_s, places))
    usual = np.median(gone)
    if usual <= 0:
        return log(UNSTEADIEST)
    away = np.abs(np.log(np.maximum(gone / usual, 1e-6)))
    return float(np.minimum(away, log(UNSTEADIEST)).mean())


def whole_logit(probability: float) -> float:
    """Of the whole, as moments take it."""
    bounded = min(1 - 1e-9, max(1e-9, probability))
    return max(-5.0, min(5.0, log(bounded / (1 - bounded))))


def _mean_around(values: Floats, half_width: int) -> Floats:
    window = np.ones(2 * half_width + 1)
    return np.asarray(
        np.convolve(values, window, "full")[half_width : half_width + len(values)]
        / np.convolve(np.ones(len(values)), window, "full")[half_width : half_width + len(values)],
        np.float64,
    )
