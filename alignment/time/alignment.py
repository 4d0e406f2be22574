"""A recording lined up with its score: passages of both, and the cheapest way through them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from unisono.alignment.time.confidence import BELONGS
from unisono.alignment.time.cost import MOST_CELLS, cost_matrix
from unisono.alignment.time.cost_blocks import MatrixCost
from unisono.alignment.time.dtw import StepWeights, dtw
from unisono.alignment.time.fine_pages import finer_on_pages
from unisono.alignment.time.judging import (
    Evidence,
    NoteWay,
    judged_by_notes,
    judged_by_passages,
    leaps_of,
)
from unisono.alignment.time.jumps import find_order
from unisono.alignment.time.note_alignment import NoteAlignment, align_features
from unisono.alignment.time.note_jumps import find_bar_order
from unisono.alignment.time.onset_alignment import on_onsets
from unisono.alignment.time.pitch_features import (
    SAMPLE_RATE,
    PitchFeatures,
    features_of_audio,
    features_of_notes,
)
from unisono.alignment.time.played_order import PlayedOrder
from unisono.alignment.time.score import (
    Floats,
    Score,
    ScorePlace,
    centres,
    is_midi,
    is_musicxml,
    read_pages,
)
from unisono.alignment.time.sections import (
    BAR_PRICES,
    SYSTEM_PRICES,
    columns_in_order,
    music_of_path,
    order_of_path,
    passages_in_order,
    system_starts,
)
from unisono.alignment.time.written_score import (
    WrittenScore,
    score_in_order,
    written_midi,
    written_musicxml,
)
from unisono.data.errors import ReadError
from unisono.data.modality import Modality
from unisono.data.places import Region
from unisono.towers.encoding import Encoding, FloatArray

if TYPE_CHECKING:
    from unisono.towers.space import Space

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
    confidences: (n,) probability that each row is where it was put (see ``confidence.py``).
    confidence: the probability that the recording plays the score at all.
    rows_s: (r,) seconds of the recording at which ``rows`` says where it is.
    order: in which the bars, or the systems of pages, were played.
    evidence: what the probabilities were made of.
    """

    score: Score
    recording_s: Floats
    positions: Floats
    confidences: FloatArray
    confidence: float
    rows_s: Floats
    order: PlayedOrder | None = None
    evidence: Evidence | None = None

    @property
    def belongs(self) -> bool:
        """Whether the recording plays the score, as far as can be told."""
        return self.confidence >= BELONGS

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
            confidence=self._confidence_at(seconds),
        )

    def _confidence_at(self, seconds: float) -> float:
        """0 where something else is played than the part that was lined up."""
        first, last = self.recording_s[0] - CONFIDENCE_S, self.recording_s[-1] + CONFIDENCE_S
        if not first <= seconds <= last:
            return 0.0
        return float(np.interp(seconds, self.recording_s, self.confidences))

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


def align(
    space: Space,
    recording: str | Path,
    score: str | Path,
    hop_s: float = 0.2,
    order: PlayedOrder | None = None,
) -> Alignment:
    """Line up a recording (or a MIDI performance) with MIDI, MusicXML, page images or a PDF.

    Every ``hop_s`` seconds give a row; long pieces are compared at a coarser hop.

    Pages are followed by what the space says of passages. Where the score has notes (MIDI,
    MusicXML), the way follows the pitches and onsets of the recording, every 20 ms, and the
    passages of the space say how far it can be trusted.

    order: of the bars (of pages: of the systems) that are played; found by itself if not given,
    also where repeats were left out or taken that are not written, see ``jumps``.
    Raises ReadError for files that cannot be read or are no recording or no score, and for an
    order of bars that there are not.
    """
    recording, score = Path(recording), Path(score)
    played = space.encode_item(recording, hop_s=hop_s)
    if played.modality not in (Modality.AUDIO, Modality.MIDI):
        raise ReadError(
            recording, f"this is {played.modality}", "the first file must be a recording or MIDI"
        )
    recording_s = centres(played.passages)
    if not len(recording_s):
        raise ReadError(recording, "too short to align")
    if not (played.passages.weights > 0).any():
        raise ReadError(recording, "nothing sounds in it", "give a recording of music")
    take = Take(space, recording, played, recording_s, hop_s)
    written = read_written(score)
    try:
        if written is None:
            return _along_pages(take, read_pages(space, score), score, order)
        return _along_notes(take, written, order)
    except TooLongError as error:
        return align(space, recording, score, error.hop_s, order)


@dataclass(frozen=True)
class Take:
    """A recording that is to be lined up: its file, its passages, their seconds (n,), their hop."""

    space: Space
    path: Path
    encoding: Encoding
    recording_s: Floats
    hop_s: float

    def cost(self, score: Score) -> FloatArray:
        """Costs of its passages against those of a score. Raises TooLongError."""
        cells = len(self.recording_s) * len(score.passages)
        if cells > MOST_CELLS:
            raise TooLongError(self.hop_s * float(np.sqrt(cells / MOST_CELLS)) * 1.05)
        passages, modality = self.encoding.passages, self.encoding.modality
        return cost_matrix(self.space, passages, modality, score.passages, score.modality)


class TooLongError(Exception):
    """Two files have too many passages to compare; ``hop_s`` would make few enough."""

    def __init__(self, hop_s: float) -> None:
        super().__init__(f"compare at {hop_s} s")
        self.hop_s = hop_s


def read_written(path: Path) -> WrittenScore | None:
    """The notes of MIDI or MusicXML; None for what is rather pages. Raises ReadError."""
    if is_midi(path):
        return written_midi(path)
    return written_musicxml(path) if is_musicxml(path) else None


def _along_notes(take: Take, written: WrittenScore, order: PlayedOrder | None) -> Alignment:
    heard = features_of_recording(take.path, take.encoding.modality)
    features = features_of_notes(written.notes)
    if not (heard.energies.any() and features.energies.any()):  # drums alone
        return _along_passages(take, written, order)
    music = (0, len(heard))
    if order is None:
        bars = find_bar_order(
            heard, features, written.bar_s[:-1].tolist(), written.order, BAR_PRICES
        )
        order = order_of_path(bars.path) or written.marked_order
        music = music_of_path(bars.path, round(bars.moment_s / heard.hop_s), len(heard))
    score = score_in_order(take.space, written, order, take.hop_s)
    rough = align_by_cost(take.cost(score), score, take.recording_s)
    notes = written.in_order(order)
    part = heard.part(*music)
    sounding = features if notes is written.notes else features_of_notes(notes)
    way = NoteWay(part, sounding, align_features(part, sounding), music[0] * heard.hop_s)
    begun = on_onsets(part, notes, way.found)
    found = replace(refined(rough, begun, way.start_s), order=order)
    leaps = leaps_of(order, written.marked_order)
    return judged_by_notes(take.space, take.encoding, found, way, leaps)


def _along_passages(take: Take, written: WrittenScore, order: PlayedOrder | None) -> Alignment:
    """By what the space says alone: in the order given, or as written or marked, as fits best."""
    orders = [order] if order else list({written.written_order, written.marked_order})
    found = []
    for one in sorted(orders, key=str):
        score = score_in_order(take.space, written, one, take.hop_s)
        rough = align_by_cost(take.cost(score), score, take.recording_s)
        found.append(replace(rough, order=one))
    best = max(found, key=lambda alignment: alignment.confidence)
    return judged_by_passages(take.space, take.encoding, best, 0)


def _along_pages(take: Take, score: Score, path: Path, order: PlayedOrder | None) -> Alignment:
    cost = take.cost(score)
    starts = system_starts(score)
    if order is None:
        way = find_order(MatrixCost(cost), starts, range(len(starts)), SYSTEM_PRICES)
        order = order_of_path(way, "system") or PlayedOrder(((1, len(starts)),), "system")
    try:
        order.check(len(starts))
    except ValueError as error:
        raise ReadError(path, str(error), "count the systems of all its pages from 1") from error
    if not order.straight(len(starts)):
        columns = columns_in_order(starts, len(score.passages), order)
        cost, score = cost[:, columns], passages_in_order(score, columns)
    found = replace(align_by_cost(cost, score, take.recording_s), order=order)
    leaps = leaps_of(order, PlayedOrder(((1, len(starts)),), "system"))
    judged = judged_by_passages(take.space, take.encoding, found, leaps)
    return finer_on_pages(take.space, take.path, judged)


def refined(rough: Alignment, fine: NoteAlignment, start_s: float = 0.0) -> Alignment:
    """Put the pairs of times of ``fine`` in place of the way of ``rough``, and keep its rows.

    start_s: second of the recording at which ``fine`` counts from 0.
    """
    recording_s = fine.recording_s + start_s
    positions = [rough.score.position_of(float(seconds)) for seconds in fine.score_s]
    return Alignment(
        score=rough.score,
        recording_s=recording_s,
        positions=np.array(positions, dtype=np.float64),
        confidences=np.interp(recording_s, rough.recording_s, rough.confidences).astype(np.float32),
        confidence=rough.confidence,
        rows_s=rough.rows_s,
    )


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
