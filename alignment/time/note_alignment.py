"""A recording lined up with notes by what the signal tells: which pitches sound, which begin.

From coarse to fine, as Ewert, Müller and Grosche, "High resolution audio synchronization using
chroma onset features", 2009, and Prätzlich, Driedger and Müller, 2016: chroma says which notes
these are, onsets say when. Both are compared at a low rate over the whole, then at the rate of
the features in the surroundings of the path that was found.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from unisono.alignment.time.chroma import chroma, decaying_onsets, unit_rows
from unisono.alignment.time.cost_blocks import (
    CosineCost,
    CostBlocks,
    EuclideanCost,
    PaddedCost,
    WeightedCost,
)
from unisono.alignment.time.dtw import StepWeights, multi_scale_dtw
from unisono.alignment.time.pitch_features import LOWEST, PitchFeatures

FloatArray = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]

MOST_COARSE_CELLS = 1_500_000_000
"""Of the first comparison; longer pieces are first compared at a lower rate."""


@dataclass(frozen=True)
class NoteAlignmentSettings:
    """Found on ten piano performances and five violin recordings; see docs/experiments.md.

    compression: of chroma, see ``chroma``. onset_weight: of the distance of onsets, beside 1 for
    that of chroma. coarse: frames that are put together for the first comparison. radius: frames
    that the path may then leave the first one by. weights: of the steps.
    passing_over: the recording may hold something else before and after the score; to pass over
    a frame of it costs this share of the mean cost. None: all of it is the score.
    silence_db, margin_s: what is quieter than the loudest moments by so much is silence before
    and after the music, and is left out but for the margin.
    """

    compression: float = 30.0
    onset_weight: float = 2.0
    coarse: int = 5
    radius: int = 60
    weights: StepWeights = field(default_factory=lambda: StepWeights(2.0, 1.5, 1.5))
    passing_over: float | None = None
    silence_db: float = 45.0
    margin_s: float = 0.2


@dataclass(frozen=True)
class NoteAlignment:
    """Pairs of times, rising strictly in both, and how badly they fit.

    recording_s, score_s: (k,) seconds. cost: along the path for each frame of both.
    """

    recording_s: Floats
    score_s: Floats
    cost: float


def align_features(
    recording: PitchFeatures,
    score: PitchFeatures,
    settings: NoteAlignmentSettings | None = None,
) -> NoteAlignment:
    """Line up features of the same hop. Raises ValueError where that differs or nothing sounds."""
    settings = settings or NoteAlignmentSettings()
    if recording.hop_s != score.hop_s:
        raise ValueError(f"hops of {recording.hop_s} s and {score.hop_s} s cannot be compared")
    chromas, onsets, starts = [], [], []
    for side in (recording, score):
        start, stop = sounding(side, settings.silence_db, settings.margin_s)
        chromas.append(chroma(side.energies[start:stop], LOWEST, settings.compression))
        onsets.append(decaying_onsets(side.onsets[start:stop], LOWEST, side.hop_s))
        starts.append(start)
    cells = len(chromas[0]) * len(chromas[1])
    coarse = max(settings.coarse, int(np.ceil(np.sqrt(cells / MOST_COARSE_CELLS))))

    def costs(count: int) -> CostBlocks:
        chroma_costs = CosineCost(*(unit_rows(pooled(side, count), 1e-3) for side in chromas))
        onset_costs = EuclideanCost(*(pooled(side, count, highest=True) for side in onsets))
        return WeightedCost([chroma_costs, onset_costs], [1.0, settings.onset_weight])

    levels = [costs(coarse), costs(1)]
    if settings.passing_over is not None:
        levels = [with_passing_over(level, settings.passing_over) for level in levels]
    warp = multi_scale_dtw(
        levels,
        weights=settings.weights,
        radius=max(settings.radius, 3 * coarse),
    )
    path = warp.path
    if settings.passing_over is not None:
        inside = (path[:, 1] > 0) & (path[:, 1] <= len(chromas[1]))
        path = path[inside] - np.array([0, 1])
    rows, columns = pairs_of_path(path)
    return NoteAlignment(
        (rows + starts[0]) * recording.hop_s,
        (columns + starts[1]) * score.hop_s,
        warp.total / (len(chromas[0]) + len(chromas[1])),
    )


def with_passing_over(cost: CostBlocks, share: float) -> PaddedCost:
    """Costs with a column before and after that fit each row at ``share`` of the mean cost."""
    n, m = cost.shape
    rows = np.unique(np.linspace(0, n - 1, 64).astype(int))
    mean = np.mean([cost.block(slice(row, row + 1), slice(0, m)).mean() for row in rows])
    return PaddedCost(cost, float(mean) * share)


def sounding(features: PitchFeatures, silence_db: float, margin_s: float) -> tuple[int, int]:
    """First frame, and the one after the last, of all that is not silence before and after."""
    power = features.energies.sum(axis=1)
    loud = float(np.quantile(power, 0.95)) if len(power) else 0.0
    loud = loud or float(power.max(initial=0))
    over = np.flatnonzero(power > loud * 10 ** (-silence_db / 10))
    if not len(over):
        raise ValueError("nothing sounds")
    margin = round(margin_s / features.hop_s)
    return max(0, int(over[0]) - margin), min(len(power), int(over[-1]) + 1 + margin)


def pooled(frames: FloatArray, count: int, *, highest: bool = False) -> FloatArray:
    """Means, or highest values, of each ``count`` frames (n, d): (ceil(n / count), d)."""
    if count == 1:
        return frames
    n = -(-len(frames) // count)
    whole = np.pad(frames, ((0, n * count - len(frames)), (0, 0)))
    grouped = whole.reshape(n, count, -1)
    found: FloatArray = grouped.max(axis=1) if highest else grouped.mean(axis=1)
    return found


def pairs_of_path(path: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
    """The path (k, 2) as rows and columns that both rise strictly: its stairs at their middles."""
    return pairs_of_times(path[:, 0].astype(np.float64), path[:, 1].astype(np.float64))


def pairs_of_times(rows: Floats, columns: Floats) -> tuple[Floats, Floats]:
    """Never falling rows and columns (k,) as pairs of which both rise strictly."""
    for _ in range(2):
        rows, columns = _middles(columns, rows)
    return rows, columns


def _middles(key: Floats, other: Floats) -> tuple[Floats, Floats]:
    """The means of both over each run of equal keys."""
    run = np.concatenate([[0], np.cumsum(np.diff(key) > 0)])
    count = np.bincount(run)
    return np.bincount(run, weights=key) / count, np.bincount(run, weights=other) / count
