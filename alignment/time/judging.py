"""What speaks for an alignment, gathered, and said as probabilities."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from unisono.alignment.time import fitted_confidence
from unisono.alignment.time.confidence import (
    AlignmentConfidence,
    MatchGrounds,
    pace_of,
    signal_fit,
)
from unisono.alignment.time.note_alignment import NoteAlignment
from unisono.alignment.time.pitch_features import PitchFeatures
from unisono.alignment.time.played_order import PlayedOrder

if TYPE_CHECKING:
    from unisono.alignment.time.alignment import Alignment
    from unisono.towers.encoding import Encoding
    from unisono.towers.space import Space

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Evidence:
    """What speaks for an alignment as a whole, and around (k,) moments of the recording."""

    grounds: MatchGrounds
    recording_s: Floats
    near: Floats


@dataclass(frozen=True)
class NoteWay:
    """A way through notes: what was lined up, and from which second of the recording on."""

    recording: PitchFeatures
    score: PitchFeatures
    found: NoteAlignment
    start_s: float = 0.0


def judged_by_notes(
    space: Space, played: Encoding, alignment: Alignment, way: NoteWay, leaps: int
) -> Alignment:
    """The alignment with probabilities; its confidence is, so far, that of its passages."""
    signal = signal_fit(way.recording, way.score, way.found)
    grounds = replace(
        _grounds(space, played, alignment, leaps), fit=signal.fit, crossing=signal.crossing
    )
    evidence = Evidence(grounds, signal.recording_s + way.start_s, signal.near)
    return judged(alignment, evidence, fitted_confidence.NOTES)


def judged_by_passages(
    space: Space, played: Encoding, alignment: Alignment, leaps: int
) -> Alignment:
    """The same where there are no notes to follow: pages, or drums alone."""
    grounds = _grounds(space, played, alignment, leaps)
    near = alignment.confidences.astype(np.float64)
    return judged(
        alignment, Evidence(grounds, alignment.recording_s, near), fitted_confidence.PAGES
    )


def judged(alignment: Alignment, evidence: Evidence, fitted: AlignmentConfidence) -> Alignment:
    """The alignment with probabilities in place of shares."""
    whole = fitted.match.probability(evidence.grounds)
    near = np.interp(alignment.recording_s, evidence.recording_s, evidence.near)
    return replace(
        alignment,
        confidence=whole,
        confidences=fitted.moment.probabilities(near, whole),
        evidence=evidence,
    )


def leaps_of(order: PlayedOrder, marked: PlayedOrder) -> int:
    """How often the order goes on elsewhere than with the next bar, where no mark says so."""
    said = set(zip(marked.order, marked.order[1:], strict=False))
    pairs = zip(order.order, order.order[1:], strict=False)
    return sum(b != a + 1 and (a, b) not in said for a, b in pairs)


def alike_along(space: Space, played: Encoding, alignment: Alignment) -> float:
    """Mean calibrated similarity of the recording's passages with those where they were put."""
    score, at = alignment.score, alignment.rows_s
    inside = (at >= alignment.recording_s[0]) & (at <= alignment.recording_s[-1])
    rows = np.flatnonzero(inside & (played.passages.weights > 0))
    if not len(rows):
        return 0.0
    places = np.interp(at[rows], alignment.recording_s, alignment.positions)
    columns = np.clip(np.rint(places).astype(int), 0, len(score.passages) - 1)
    asking = space.weigh(played.passages.vectors[rows], played.modality, score.modality, "passage")
    similarity = np.einsum("ij,ij->i", asking, score.passages.vectors[columns])
    calibrated = space.calibrate(similarity, played.modality, score.modality, "passage")
    return float(np.mean(calibrated))


def _grounds(space: Space, played: Encoding, alignment: Alignment, leaps: int) -> MatchGrounds:
    seconds = float(np.ptp(alignment.recording_s))
    sounding_s = alignment.rows_s[played.passages.weights > 0]
    outside = (sounding_s < alignment.recording_s[0]) | (sounding_s > alignment.recording_s[-1])
    return MatchGrounds(
        fit=0.0,
        crossing=0.0,
        likeness=alignment.confidence,
        alike=alike_along(space, played, alignment),
        wandering=pace_of(alignment.recording_s, alignment.positions),
        passed_over=float(outside.mean()) if len(outside) else 1.0,
        leaps=60 * leaps / max(10.0, seconds),
        seconds=seconds,
    )
