"""When each note head sounds: Verovio's time map, with grace notes beside the beat, not on it.

Verovio lets a grace note without a stroke take half of the note that it adorns, and so moves
that note away from its beat and from everything written above and below it. Here the adorned
note keeps its beat, and grace notes are short and come just before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from unisono.data.scores.encoding import EncodedMeasure, EncodedScore, GraceGroup

GRACE_S = 0.06
"""How long a grace note sounds, unless there is less room."""

_SHORTEST_S = 0.03
_CLOSE = 1e-3  # quarters; the time map is rounded

Moment = tuple[float, float]
"""Quarters from the start, and seconds."""


@dataclass(frozen=True)
class HeadTime:
    """When a head sounds: seconds, and quarters (``beats``) from the start of the score."""

    onset_s: float
    offset_s: float
    beat: float
    end_beat: float


@dataclass(frozen=True)
class ScoreTimes:
    """Heads by identifier; measure_s, measure_beats: (n + 1,) starts of measures and the end."""

    heads: Mapping[str, HeadTime]
    measure_s: npt.NDArray[np.float64]
    measure_beats: npt.NDArray[np.float64]


def score_times(timemap: Sequence[Mapping[str, Any]], score: EncodedScore) -> ScoreTimes:
    """Times of all heads that sound, in the score as it is written.

    ``timemap`` is Verovio's, with measures and rests and without repeats. Measures that it does
    not name begin where the one after them does.
    """
    starts: dict[str, Moment] = {}
    ends: dict[str, Moment] = {}
    measures: dict[str, Moment] = {}
    moments: list[Moment] = []
    for event in timemap:
        moment = (float(event["qstamp"]), event["tstamp"] / 1000.0)
        moments.append(moment)
        for name in (*event.get("on", ()), *event.get("restsOn", ())):
            starts[name] = moment
        for name in (*event.get("off", ()), *event.get("restsOff", ())):
            ends[name] = moment
        if "measureOn" in event:
            measures[event["measureOn"]] = moment
    heads = {
        name: HeadTime(start[1], ends[name][1], start[0], ends[name][0])
        for name, start in starts.items()
        if name in ends
    }
    measure_beats, measure_s = _measure_starts(score.measures, measures, moments)
    beats = np.array([moment[0] for moment in moments])
    seconds = np.array([moment[1] for moment in moments])
    for group in score.graces:
        beat = _written_beat(group, starts, ends, float(measure_beats[group.measure]))
        if beat is not None:
            _place_graces(group, heads, beat, float(np.interp(beat, beats, seconds)))
    return ScoreTimes(heads, measure_s, measure_beats)


def _measure_starts(
    measures: Sequence[EncodedMeasure], known: Mapping[str, Moment], moments: Sequence[Moment]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    after = moments[-1] if moments else (0.0, 0.0)
    starts = [after]
    for measure in reversed(measures):
        after = known.get(measure.identifier, after)
        starts.append(after)
    beats, seconds = zip(*reversed(starts), strict=True)
    return np.array(beats, np.float64), np.array(seconds, np.float64)


def _written_beat(
    group: GraceGroup,
    starts: Mapping[str, Moment],
    ends: Mapping[str, Moment],
    measure_beat: float,
) -> float | None:
    """Where the adorned note is written to begin; None where there is nothing to go by."""
    first = starts.get(group.graces[0][0]) if group.graces[0] else None
    principal = starts.get(group.principal[0]) if group.principal else None
    if principal is None or first is None:
        return None
    if not group.before:
        return measure_beat
    ended = ends.get(group.before)
    if ended is not None and first[0] - _CLOSE <= ended[0] <= principal[0] + _CLOSE:
        return ended[0]
    # what stands before is not in the time map: graces with a stroke come before the beat
    taken = principal[0] - first[0]
    return principal[0] if taken < 0.1 * len(group.graces) else first[0]


def _place_graces(
    group: GraceGroup, heads: dict[str, HeadTime], beat: float, seconds: float
) -> None:
    for name in group.principal:
        if name in heads:
            old = heads[name]
            heads[name] = HeadTime(seconds, old.offset_s, beat, old.end_beat)
    room = seconds
    if group.previous in heads:
        room = min(room, (seconds - heads[group.previous].onset_s) / 2)
    each = max(0.0, min(GRACE_S, room / len(group.graces)))
    for place, chord in enumerate(group.graces):
        onset = seconds - (len(group.graces) - place) * each
        for name in chord:
            if name in heads:
                heads[name] = HeadTime(onset, onset + max(each, _SHORTEST_S), beat, beat)
