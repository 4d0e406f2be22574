"""The order in which the bars of a score of notes were played, and its notes in that order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from unisono.alignment.time.chroma import chroma, decaying_onsets, unit_rows
from unisono.alignment.time.cost_blocks import (
    CosineCost,
    CostBlocks,
    EuclideanCost,
    WeightedCost,
)
from unisono.alignment.time.jumps import JumpPrices, PlayedPath, find_order
from unisono.alignment.time.note_alignment import NoteAlignmentSettings, pooled
from unisono.alignment.time.pitch_features import LOWEST, PitchFeatures
from unisono.data.notes import Notes
from unisono.data.scores.repeats import RepeatMap

Floats = npt.NDArray[np.float64]

FRAMES = 10
"""Of the features (at 20 ms) that make one moment of the search for jumps, at least."""
MOST_CELLS = 64_000_000
"""A byte each; longer pairs are searched at a lower rate."""


def find_bar_order(
    recording: PitchFeatures,
    score: PitchFeatures,
    bar_s: Sequence[float],
    order: Sequence[int],
    prices: JumpPrices | None = None,
) -> tuple[PlayedPath, float]:
    """Find in which order the bars of a score were played, and how many seconds a moment is.

    bar_s: (b,) seconds of the score as it is written at which each bar begins. order: the bars in
    the order that the marks say. Raises ValueError as ``find_order`` does.
    """
    cells = len(recording) * len(score)
    frames = max(FRAMES, int(np.ceil(np.sqrt(cells / MOST_CELLS))))
    cost = coarse_costs(recording, score, frames)
    hop_s = frames * score.hop_s
    starts = np.rint(np.asarray(bar_s, np.float64) / hop_s).astype(np.int64)
    starts = np.clip(starts, 0, cost.shape[1] - 1)
    starts[0] = 0
    return find_order(cost, starts.tolist(), order, prices), hop_s


def coarse_costs(recording: PitchFeatures, score: PitchFeatures, frames: int) -> CostBlocks:
    """Costs of chroma and of onsets, as ``align_features`` compares them, ``frames`` at a time."""
    settings = NoteAlignmentSettings()
    sides = (recording, score)
    chromas = [chroma(side.energies, LOWEST, settings.compression) for side in sides]
    onsets = [decaying_onsets(side.onsets, LOWEST, side.hop_s) for side in sides]
    return WeightedCost(
        [
            CosineCost(*(unit_rows(pooled(side, frames), 1e-3) for side in chromas)),
            EuclideanCost(*(pooled(side, frames, highest=True) for side in onsets)),
        ],
        [1.0, settings.onset_weight],
    )


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
