"""What speaks for an alignment, gathered; and which part of recording and score belong together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from unisono.alignment.time.confidence import (
    AlignmentConfidence,
    MatchGrounds,
    SignalFit,
    pace_of,
    signal_fit,
)
from unisono.alignment.time.note_alignment import (
    NoteAlignment,
    NoteAlignmentSettings,
    align_features,
    sounding,
)
from unisono.alignment.time.pitch_features import PitchFeatures

if TYPE_CHECKING:
    from unisono.alignment.time.alignment import Alignment
    from unisono.towers.encoding import Encoding
    from unisono.towers.space import Space

Floats = npt.NDArray[np.float64]

PARTIAL = 1.6
"""Where one side is so many times as long, it may hold more than the other."""
PASSING_OVER = 0.5
"""Price of what the longer side holds more, as a share of the mean cost."""


@dataclass(frozen=True)
class Evidence:
    """What speaks for an alignment as a whole, and around (k,) moments of the recording."""

    grounds: MatchGrounds
    recording_s: Floats
    near: Floats


def follow_notes(recording: PitchFeatures, score: PitchFeatures) -> list[NoteAlignment]:
    """The ways to line up a recording with notes: all with all, or the shorter with a part.

    Raises ValueError where nothing sounds.
    """
    settings = NoteAlignmentSettings()
    lengths = []
    for side in (recording, score):
        start, stop = sounding(side, settings.silence_db, settings.margin_s)
        lengths.append(max(1, stop - start))
    ways = [align_features(recording, score, settings)]
    partial = replace(settings, passing_over=PASSING_OVER)
    if lengths[0] > PARTIAL * lengths[1]:
        ways.append(align_features(recording, score, partial))
    elif lengths[1] > PARTIAL * lengths[0]:
        turned = align_features(score, recording, partial)
        ways.append(NoteAlignment(turned.score_s, turned.recording_s, turned.cost))
    return [way for way in ways if len(way.recording_s) > 1] or ways[:1]


def evidence_of_notes(
    recording: PitchFeatures,
    score: PitchFeatures,
    way: NoteAlignment,
    likeness: float,
    alike: float,
) -> Evidence:
    """Gather what speaks for a way through notes."""
    signal: SignalFit = signal_fit(recording, score, way)
    wandering, held = pace_of(way.recording_s, way.score_s)
    seconds = min(float(np.ptp(way.recording_s)), float(np.ptp(way.score_s)))
    grounds = MatchGrounds(
        signal.fit, signal.crossing, likeness, alike, wandering, held, seconds
    )
    return Evidence(grounds, signal.recording_s, signal.near)


def evidence_of_pages(alignment: Alignment, alike: float) -> Evidence:
    """Gather what speaks for a way through pages; ``alignment`` as passages alone have it."""
    wandering, held = pace_of(alignment.recording_s, alignment.positions)
    grounds = MatchGrounds(
        0.0,
        0.0,
        alignment.confidence,
        alike,
        wandering,
        held,
        float(np.ptp(alignment.recording_s)),
    )
    return Evidence(
        grounds, alignment.recording_s, alignment.confidences.astype(np.float64)
    )


def judged(alignment: Alignment, evidence: Evidence, fitted: AlignmentConfidence) -> Alignment:
    """The alignment with probabilities in place of shares; outside of the part they are 0."""
    whole = fitted.match.probability(evidence.grounds)
    near = np.interp(alignment.recording_s, evidence.recording_s, evidence.near)
    return replace(
        alignment,
        confidence=whole,
        confidences=fitted.moment.probabilities(near, whole),
        evidence=evidence,
    )


def likeness_along(space: Space, played: Encoding, alignment: Alignment) -> float:
    """Mean calibrated similarity of the recording's passages with those where they were put."""
    score = alignment.score
    sounding_rows = np.flatnonzero(played.passages.weights > 0)
    inside = (alignment.recording_s[0], alignment.recording_s[-1])
    if not len(sounding_rows):
        return 0.0
    at = alignment.rows_s[sounding_rows]
    rows = sounding_rows[(at >= inside[0]) & (at <= inside[1])]
    if not len(rows):
        return 0.0
    places = np.interp(alignment.rows_s[rows], alignment.recording_s, alignment.positions)
    columns = np.clip(np.rint(places).astype(int), 0, len(score.passages) - 1)
    asking = space.weigh(played.passages.vectors[rows], played.modality, score.modality, "passage")
    similarity = np.einsum("ij,ij->i", asking, score.passages.vectors[columns])
    return float(
        np.mean(space.calibrate(similarity, played.modality, score.modality, "passage"))
    )
