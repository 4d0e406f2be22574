"""The order in which measures are played, and the map between the played and the written score."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from unisono.data.scores.encoding import EncodedMeasure, EncodedScore

_MOST_PASSES = 50
_ROUNDING_S = 1e-6
"""A moment so little before a border is one that rounding put there."""


@dataclass(frozen=True)
class RepeatSpan:
    """Measures that are played one after another as they are written.

    first_measure, last_measure: indices of written measures, both included.
    played_s, notated_s: (start, end) seconds of the played and of the written score, of equal
    length; played_beats, notated_beats: the same in quarter notes.
    """

    first_measure: int
    last_measure: int
    played_s: tuple[float, float]
    notated_s: tuple[float, float]
    played_beats: tuple[float, float]
    notated_beats: tuple[float, float]


@dataclass(frozen=True)
class RepeatMap:
    """Which written measures are played when.

    order: indices of written measures in the order of playing. spans: the same, in runs, in the
    order of playing. Without repeats there is one span, and both times are the same.
    """

    order: tuple[int, ...]
    spans: tuple[RepeatSpan, ...]

    def to_notated(self, played_s: float) -> float:
        """Seconds of the written score at a moment of the played one, cut off at its ends."""
        starts = [span.played_s[0] for span in self.spans]
        span = self.spans[max(0, bisect_right(starts, played_s + _ROUNDING_S) - 1)]
        inside = min(max(played_s, span.played_s[0]), span.played_s[1])
        return span.notated_s[0] + inside - span.played_s[0]

    def to_played(self, notated_s: float) -> tuple[float, ...]:
        """Every moment of the played score at which a moment of the written one sounds.

        A moment at the border of two spans belongs to the one that begins there; () for what is
        never played.
        """
        end = max(span.notated_s[1] for span in self.spans)
        moment = notated_s + _ROUNDING_S
        return tuple(
            span.played_s[0] + max(0.0, notated_s - span.notated_s[0])
            for span in self.spans
            if span.notated_s[0] <= moment < span.notated_s[1]
            or (span.notated_s[1] == end and abs(notated_s - end) <= _ROUNDING_S)
        )


def repeat_map(
    order: Sequence[int], starts_s: Sequence[float], starts_beats: Sequence[float]
) -> RepeatMap:
    """The map of an order of measures.

    order: (k,) indices below n. starts_s, starts_beats: (n + 1,) when each written measure
    begins and, last, when the score ends.
    """
    spans: list[RepeatSpan] = []
    played_s = played_beats = 0.0
    first = 0
    for place, measure in enumerate(order):
        goes_on = place + 1 < len(order) and order[place + 1] == measure + 1
        if goes_on:
            continue
        a, b = order[first], measure
        notated_s = (starts_s[a], starts_s[b + 1])
        notated_beats = (starts_beats[a], starts_beats[b + 1])
        ends_s = played_s + notated_s[1] - notated_s[0]
        ends_beats = played_beats + notated_beats[1] - notated_beats[0]
        spans.append(
            RepeatSpan(
                a, b, (played_s, ends_s), notated_s, (played_beats, ends_beats), notated_beats
            )
        )
        played_s, played_beats, first = ends_s, ends_beats, place + 1
    return RepeatMap(tuple(order), tuple(spans))


def score_order(score: EncodedScore) -> tuple[int, ...]:
    """Indices of the measures of all movements in the order of playing.

    Where the score itself says it (da capo and dal segno included), as it says; else repeat signs
    and endings are followed.
    """
    order: list[int] = []
    for span, said in score.movements:
        followed = (span.start + i for i in played_order(score.measures[span.start : span.stop]))
        order += said or followed
    return tuple(order)


def played_order(measures: Sequence[EncodedMeasure]) -> tuple[int, ...]:
    """Indices of measures in the order of playing, by repeat signs and endings."""
    order: list[int] = []
    here = start = 0
    played = 1  # which pass this is
    while here < len(measures) and len(order) <= _MOST_PASSES * len(measures):
        measure = measures[here]
        if measure.repeat_starts and start != here:
            start, played = here, 1
        if not measure.ending or played in measure.ending:
            order.append(here)
            if measure.repeat_ends and played < _passes(measures, start, here):
                here, played = start, played + 1
                continue
        if _leaves(measures, here):
            start, played = here + 1, 1
        here += 1
    return tuple(order)


def _leaves(measures: Sequence[EncodedMeasure], here: int) -> bool:
    """Whether a repeated part is over after this measure, played or passed over at last."""
    after = measures[here + 1] if here + 1 < len(measures) else None
    if measures[here].ending:
        return after is None or not after.ending
    return measures[here].repeat_ends and (after is None or not after.ending)


def _passes(measures: Sequence[EncodedMeasure], start: int, end: int) -> int:
    """How often a repeated part is played: as often as its endings say, else twice."""
    most = 2
    for place in range(start, len(measures)):
        measure = measures[place]
        if place > end and not measure.ending:
            break
        most = max(most, *measure.ending, 2)
    return most
