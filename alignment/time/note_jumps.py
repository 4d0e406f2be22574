"""The order in which the bars of a score of notes were played, and its notes in that order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unisono.alignment.time.chroma import downsampled
from unisono.alignment.time.cost import standardised_cost
from unisono.alignment.time.cost_blocks import MatrixCost
from unisono.alignment.time.jumps import LONGEST_STEP, JumpPrices, PlayedPath, find_order
from unisono.alignment.time.note_alignment import pooled
from unisono.alignment.time.pitch_features import PitchFeatures
from unisono.data.notes import Notes
from unisono.data.scores.repeats import RepeatMap

Floats = npt.NDArray[np.float64]
FloatArray = npt.NDArray[np.float32]

FRAMES = 10
"""Of the features (at 20 ms) that make one moment of the search for jumps, at least."""
WIDTH = 5
"""Moments over which features are evened out."""
MOST_CELLS = 32_000_000
"""Five bytes each; longer pairs are searched at a lower rate."""
OTHER_PACE = 1.2
"""Times faster or slower than the score, from which on its moments are measured out anew."""
COMPRESSION = 100.0
SILENCE, HUM = 1e-6, 1e-3
"""Of the greatest power: below it there is silence, or at both ends hum, if nothing is louder."""
HUM_MOMENTS = 5
"""At each end, that may be hum."""


@dataclass(frozen=True)
class BarPath:
    """In which order bars were played: a path, and how long its rows and its columns are."""

    path: PlayedPath
    moment_s: float
    column_s: float

    def score_s(self, recording_s: npt.ArrayLike) -> Floats:
        """Seconds of the score as it is written, -1 for what is not of the score; any shape."""
        row = (np.asarray(recording_s, np.float64) / self.moment_s).astype(np.int64)
        column = self.path.columns[np.clip(row, 0, len(self.path.columns) - 1)]
        return np.where(column >= 0, (column + 0.5) * self.column_s, -1.0)


def find_bar_order(
    recording: PitchFeatures,
    score: PitchFeatures,
    bar_s: Sequence[float],
    order: Sequence[int],
    prices: JumpPrices | None = None,
) -> BarPath:
    """Find in which order the bars of a score were played.

    Where the pace on the way that was found is another than that of the score, the way is looked
    for once more with moments of the score that are longer or shorter by as much: hurrying costs,
    and an ending that hurries on would seem to be something else.

    bar_s: (b,) seconds of the score as it is written at which each bar begins. order: the bars in
    the order that the marks say. Raises ValueError as ``find_order`` does.
    """

    def found_at(pace: float) -> BarPath:
        cells = len(recording) * len(score) / pace
        frames = max(FRAMES, int(np.ceil(np.sqrt(cells / MOST_CELLS))))
        in_score = max(1, round(frames * pace))
        cost = MatrixCost(coarse_cost(recording, score, frames, in_score))
        column_s = in_score * score.hop_s
        starts = np.rint(np.asarray(bar_s, np.float64) / column_s).astype(np.int64)
        starts = np.clip(starts, 0, cost.shape[1] - 1)
        starts[0] = 0
        path = find_order(cost, starts.tolist(), order, prices)
        return BarPath(path, frames * recording.hop_s, column_s)

    found = found_at(1.0)
    pace = pace_along(found.path)
    return found_at(pace) if abs(np.log(pace)) > np.log(OTHER_PACE) else found


def pace_along(path: PlayedPath) -> float:
    """Columns for each moment, where the path goes on without a jump; from a third to three."""
    steps = np.diff(path.columns)
    going = (path.columns[1:] >= 0) & (path.columns[:-1] >= 0)
    going &= (steps >= 0) & (steps <= LONGEST_STEP)
    mean = float(steps[going].mean()) if going.any() else 1.0
    return float(np.clip(mean, 1 / LONGEST_STEP, LONGEST_STEP))


def coarse_cost(
    recording: PitchFeatures, score: PitchFeatures, frames: int, score_frames: int
) -> FloatArray:
    """Cost (n, m) in 0..1 of all moments of both, so many frames long.

    What sounds and what begins, pitch by pitch and even over a second, is compared by cosine, and
    what everything has in common with everything is taken off: for whole sections, that tells
    better than the features with which ``align_features`` finds the moment.
    """
    sides = ((recording, frames), (score, score_frames))
    level, attack = ([of(*side) for side in sides] for of in (levels, attacks))
    similarity = level[0] @ level[1].T + attack[0] @ attack[1].T
    return standardised_cost(similarity, *(sounds(*side) for side in sides))


def levels(features: PitchFeatures, frames: int) -> FloatArray:
    """How strongly each pitch sounds in each moment (n, BANDS), unit rows."""
    loud = float(np.quantile(features.energies, 0.999)) or float(features.energies.max(initial=0))
    level = np.log1p(np.float32(COMPRESSION) * features.energies / np.float32(max(loud, 1e-20)))
    return downsampled(pooled(level, frames), 1, WIDTH)


def attacks(features: PitchFeatures, frames: int) -> FloatArray:
    """How strongly each pitch begins in each moment (n, BANDS), unit rows."""
    return downsampled(pooled(features.onsets, frames, highest=True), 1, WIDTH)


def sounds(features: PitchFeatures, frames: int) -> FloatArray:
    """1 for moments (n,) in which something sounds, else 0: silence, and hum before and after."""
    power = pooled(features.energies, frames).sum(axis=1)
    heard: FloatArray = (power > power.max(initial=0) * SILENCE).astype(np.float32)
    hum = _hum_at_beginning(power), _hum_at_beginning(power[::-1])
    heard[: hum[0]] = 0
    heard[len(heard) - hum[1] :] = 0
    return heard


def _hum_at_beginning(power: FloatArray) -> int:
    """Moments (n,) before anything is louder than the first ones, where these are hum."""
    first = float(np.median(power[:HUM_MOMENTS])) if len(power) else 0.0
    if first > power.max(initial=0) * HUM:
        return 0
    louder = np.flatnonzero(power > 4 * first)
    return int(louder[0]) if len(louder) else 0


def notes_in_order(notes: Notes, played: RepeatMap) -> Notes:
    """The notes of a written score as they sound when its bars are played in an order.

    A note that is held over the end of a run of bars ends there.
    """
    rows, onsets, offsets = [], [], []
    for span in played.spans:
        start, end = span.notated_s
        # Rounding puts a note of the first beat a little before its bar line.
        inside = np.flatnonzero((notes.onset_s >= start - 1e-4) & (notes.onset_s < end - 1e-4))
        shift = span.played_s[0] - start
        rows.append(inside)
        onsets.append(np.maximum(notes.onset_s[inside] + shift, span.played_s[0]))
        offsets.append(np.minimum(notes.offset_s[inside], end) + shift)
    row = np.concatenate(rows)
    onset_s, offset_s = np.concatenate(onsets), np.concatenate(offsets)
    return Notes(
        onset_s,
        np.maximum(offset_s, onset_s + 1e-3),
        notes.pitch[row],
        notes.velocity[row],
        notes.program[row],
    )
