"""A recording lined up with its score: passages of both, and the cheapest way through them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from unisono.alignment.time.cost import cost_matrix
from unisono.alignment.time.dtw import StepWeights, dtw
from unisono.alignment.time.note_alignment import NoteAlignment, align_features
from unisono.alignment.time.pitch_features import (
    SAMPLE_RATE,
    PitchFeatures,
    features_of_audio,
    features_of_notes,
)
from unisono.alignment.time.score import Floats, Score, ScorePlace, centres, read_score
from unisono.data.errors import ReadError
from unisono.data.modality import Modality
from unisono.data.places import Region
from unisono.towers.encoding import FloatArray

if TYPE_CHECKING:
    from unisono.towers.space import Space

MOST_CELLS = 60_000_000
"""Of the cost matrix; a longer pair is compared at a coarser hop instead of filling memory."""
SMOOTH_S = 1.0
CONFIDENCE_S = 2.0
"""Half-widths in seconds: of the mean that evens out the stairs of a path, and of the stretch
of recording that the confidence of a row speaks of."""


@dataclass(frozen=True)
class AlignmentRow(ScorePlace):
    """A moment of the recording, its place in the score, and how sure that is (0..1)."""

    recording_s: float = 0.0
    confidence: float = 0.0


@dataclass(frozen=True)
class Alignment:
    """A monotone map between the seconds of a recording and places in a score.

    recording_s: (n,) seconds, rising. positions: (n,) positions in ``score``, never falling.
    confidences: (n,) in 0..1 for the surroundings of each row. confidence: for the whole, 0..1;
    0 says that the score fits no better than it does when played backwards.
    rows_s: (r,) seconds of the recording at which ``rows`` says where it is.
    """

    score: Score
    recording_s: Floats
    positions: Floats
    confidences: FloatArray
    confidence: float
    rows_s: Floats

    def to_score(self, seconds: float) -> AlignmentRow:
        """Return the place in the score at a time of the recording; ends hold beyond the ends."""
        at = self.score.place_at(float(np.interp(seconds, self.recording_s, self.positions)))
        return AlignmentRow(
            at.score_s,
            at.beat,
            at.measure,
            at.page,
            at.system,
            at.x,
            at.y,
            recording_s=seconds,
            confidence=float(np.interp(seconds, self.recording_s, self.confidences)),
        )

    def to_recording(self, place: float | Region | ScorePlace) -> float:
        """Return the second of the recording at a place: seconds of the score, or on its pages.

        Raises ValueError where the score does not know places of that kind.
        """
        position = self.score.position_of(place)
        first = np.searchsorted(self.positions, position, side="left")
        last = np.searchsorted(self.positions, position, side="right")
        if last > first:
            # The recording stays at this place for a while: its middle.
            return float(self.recording_s[first:last].mean())
        return float(np.interp(position, self.positions, self.recording_s))

    def rows(self) -> list[AlignmentRow]:
        """Return one row for each passage of the recording, in order."""
        return [self.to_score(float(seconds)) for seconds in self.rows_s]


def align(space: Space, recording: str | Path, score: str | Path, hop_s: float = 0.2) -> Alignment:
    """Line up a recording (or a MIDI performance) with MIDI, MusicXML, page images or a PDF.

    Every ``hop_s`` seconds give a row; long pieces are compared at a coarser hop.

    Pages are followed by what the space says of passages. Where the score has notes (MIDI,
    MusicXML), the way follows the pitches and onsets of the recording, every 20 ms, and the
    passages of the space say how far it can be trusted. Which of two readings of a score with
    repeats is played is decided by whichever is followed.
    Raises ReadError for files that cannot be read or are no recording or no score.
    """
    recording, score = Path(recording), Path(score)
    played = space.encode_item(recording, hop_s=hop_s)
    if played.modality not in (Modality.AUDIO, Modality.MIDI):
        raise ReadError(
            recording, f"this is {played.modality}", "the first file must be a recording or MIDI"
        )
    readings = read_score(space, score, hop_s)
    cells = len(played.passages) * max(len(reading.passages) for reading in readings)
    if cells > MOST_CELLS:
        coarser = hop_s * float(np.sqrt(cells / MOST_CELLS)) * 1.05
        return align(space, recording, score, coarser)
    recording_s = centres(played.passages)
    if not len(recording_s):
        raise ReadError(recording, "too short to align")
    found = []
    for reading in readings:
        cost = cost_matrix(
            space, played.passages, played.modality, reading.passages, reading.modality
        )
        found.append(align_by_cost(cost, reading, recording_s))
    scores = [_pitched_features(reading) for reading in readings]
    surest = max(found, key=lambda alignment: alignment.confidence)
    if any(features is None for features in scores):
        return surest
    heard = features_of_recording(recording, played.modality)
    if not heard.energies.any():  # drums alone
        return surest
    by_notes = [align_features(heard, features) for features in scores if features is not None]
    best = min(range(len(found)), key=lambda i: by_notes[i].cost)
    return refined(found[best], by_notes[best])


def refined(rough: Alignment, fine: NoteAlignment) -> Alignment:
    """Put the pairs of times of ``fine`` in place of the way of ``rough``, and keep its rows."""
    positions = [rough.score.position_of(float(seconds)) for seconds in fine.score_s]
    return Alignment(
        score=rough.score,
        recording_s=fine.recording_s,
        positions=np.array(positions, dtype=np.float64),
        confidences=np.interp(fine.recording_s, rough.recording_s, rough.confidences).astype(
            np.float32
        ),
        confidence=rough.confidence,
        rows_s=rough.rows_s,
    )


def _pitched_features(score: Score) -> PitchFeatures | None:
    """What sounds in the score; None for pages, and for drums alone."""
    if score.notes is None:
        return None
    features = features_of_notes(score.notes)
    return features if features.energies.any() else None


def features_of_recording(recording: Path, modality: Modality) -> PitchFeatures:
    """What sounds in a recording, or in a performance as MIDI. Raises ReadError."""
    if modality is Modality.MIDI:
        from unisono.data.readers.midi import read_midi

        return features_of_notes(read_midi(recording).notes)
    from unisono.data.readers.audio import read_blocks

    return features_of_audio(read_blocks(recording, SAMPLE_RATE))


def align_by_cost(cost: FloatArray, score: Score, recording_s: Floats) -> Alignment:
    """Find the way through a cost matrix (n, m) of n moments of a recording and m passages."""
    # On pages a system holds many moments, so that stairs are the rule and cost nothing extra.
    on_pages = score.modality is Modality.SHEET
    weights = StepWeights() if on_pages else StepWeights(diagonal=2.0, down=1.5, right=1.5)
    path = dtw(cost, weights=weights).path
    backwards = cost[:, ::-1]
    by_chance = max(1e-6, _mean_cost(backwards, dtw(backwards, weights=weights).path))
    rows = np.arange(len(cost))
    steps = np.bincount(path[:, 0], minlength=len(cost))
    positions = np.bincount(path[:, 0], weights=path[:, 1], minlength=len(cost)) / steps
    costs = np.bincount(path[:, 0], weights=cost[path[:, 0], path[:, 1]]) / steps
    hop_s = float(np.median(np.diff(recording_s))) if len(rows) > 1 else 1.0
    near = smoothed(costs, round(CONFIDENCE_S / hop_s))
    return Alignment(
        score=score,
        recording_s=recording_s,
        # Rounding may not undo the order.
        positions=np.maximum.accumulate(smoothed(positions, round(SMOOTH_S / hop_s))),
        confidences=np.clip(1 - near / by_chance, 0, 1).astype(np.float32),
        confidence=float(np.clip(1 - _mean_cost(cost, path) / by_chance, 0, 1)),
        rows_s=recording_s,
    )


def smoothed(values: Floats, half_width: int) -> Floats:
    """Mean over 2 * half_width + 1 neighbours, fewer on both sides alike towards the ends.

    What never falls still never falls, and the first and last value stay.
    """
    n = len(values)
    rows = np.arange(n)
    width = np.minimum(half_width, np.minimum(rows, n - 1 - rows))
    sums = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    means: Floats = (sums[rows + width + 1] - sums[rows - width]) / (2 * width + 1)
    return means


def _mean_cost(cost: FloatArray, path: np.ndarray[tuple[int, int], np.dtype[np.int64]]) -> float:
    return float(cost[path[:, 0], path[:, 1]].mean())
