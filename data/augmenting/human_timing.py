"""How far a pianist departs from the score: the numbers, in a typed form.

Two sets: :data:`SET_BY_HAND` comes from no data at all, :func:`learned_numbers` from the
performances of ASAP (Foscarin et al., ISMIR 2020), whose licence is CC BY-NC-SA 4.0. What is
trained with the latter is for non-commercial use, so they are never taken unless asked for.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from unisono.data.errors import ReadError

LEARNED = Path(__file__).with_name("human_timing.json")
"""Numbers learned from ASAP; its header says from what, how and under which licence."""


@dataclass(frozen=True)
class Wander:
    """A stationary first-order autoregression: standard deviation, and memory per step."""

    deviation: float
    memory: float


@dataclass(frozen=True)
class TempoNumbers:
    """Departures of the logarithm of a beat's length.

    slow, fast: phrases, and groups of a few beats; steps are beats.
    jitter: of each beat's own place, as a share of the beat.
    hesitation, hesitates: mean lengthening of a beat that is held, and the share of such beats.
    downbeat: more lengthening of the first beat of a measure than of the others.
    ending: (k,) lengthening of the last k beats.
    between: standard deviation, between performances, of the logarithm of all the above.
    """

    slow: Wander
    fast: Wander
    jitter: float
    hesitation: float
    hesitates: float
    downbeat: float
    ending: tuple[float, ...]
    between: float


@dataclass(frozen=True)
class OnsetNumbers:
    """Departures of onsets from the tempo curve.

    within_beat: of chords between beats, as a share of the beat where it is largest, in mid-beat;
        memory from one chord to the next.
    lead_s: how much earlier the highest note of a chord sounds than the mean of the chord.
    lead_wander: how that lead varies in seconds, from chord to chord.
    per_velocity_s: how much later for each step of velocity above the chord's mean.
    spread_s: standard deviation of the notes of a chord besides.
    rolled, roll_s: share of chords that are rolled upwards, and the mean time from the first to
        the last note.
    between: standard deviation, between performances, of the logarithm of all the above.
    """

    within_beat: Wander
    lead_s: float
    lead_wander: Wander
    per_velocity_s: float
    spread_s: float
    rolled: float
    roll_s: float
    between: float


@dataclass(frozen=True)
class VelocityNumbers:
    """Velocities in steps of MIDI.

    level, between: mean, and standard deviation between performances.
    per_octave: rise for each octave of pitch.
    top, bottom: more for the highest and the lowest note of a chord than for the inner ones.
    beat, downbeat: more on beats, and on first beats of measures besides.
    slow, fast: arcs; steps are chords.
    chord: what remains of each chord, without memory. note: of the notes of a chord about its mean.
    between_departures: standard deviation, between performances, of the logarithm of the
        departures.
    """

    level: float
    between: float
    per_octave: float
    top: float
    bottom: float
    beat: float
    downbeat: float
    slow: Wander
    fast: Wander
    chord: float
    note: float
    between_departures: float


@dataclass(frozen=True)
class LengthNumbers:
    """Logarithm of a note's length over its length in the score, as the key is held.

    level, between: mean, and standard deviation between performances.
    wander: from chord to chord. note: what remains of each note.
    """

    level: float
    between: float
    wander: Wander
    note: float


@dataclass(frozen=True)
class PedalNumbers:
    """The sustain pedal.

    used: share of performances that use it.
    down_beats, up_beats: mean number of beats that it stays down, and up.
    at_beats: share of its releases that belong to a beat, the rest fall anywhere.
    lag_s: how long after its beat such a release comes.
    """

    used: float
    down_beats: float
    up_beats: float
    at_beats: float
    lag_s: float


@dataclass(frozen=True)
class PianistNumbers:
    """All that is needed to play like a pianist."""

    tempo: TempoNumbers
    onset: OnsetNumbers
    velocity: VelocityNumbers
    length: LengthNumbers
    pedal: PedalNumbers


SET_BY_HAND = PianistNumbers(
    TempoNumbers(
        slow=Wander(0.10, 0.95),
        fast=Wander(0.08, 0.5),
        jitter=0.02,
        hesitation=0.3,
        hesitates=0.01,
        downbeat=0.02,
        ending=(0.05, 0.1, 0.2, 0.4),
        between=0.3,
    ),
    OnsetNumbers(
        within_beat=Wander(0.04, 0.3),
        lead_s=0.01,
        lead_wander=Wander(0.008, 0.3),
        per_velocity_s=-0.0003,
        spread_s=0.008,
        rolled=0.02,
        roll_s=0.12,
        between=0.3,
    ),
    VelocityNumbers(
        level=66.0,
        between=8.0,
        per_octave=3.0,
        top=6.0,
        bottom=1.0,
        beat=1.0,
        downbeat=2.0,
        slow=Wander(7.0, 0.97),
        fast=Wander(5.0, 0.6),
        chord=4.0,
        note=6.0,
        between_departures=0.2,
    ),
    LengthNumbers(level=-0.25, between=0.15, wander=Wander(0.25, 0.6), note=0.3),
    PedalNumbers(used=0.9, down_beats=1.5, up_beats=0.5, at_beats=0.5, lag_s=0.05),
)
"""Round numbers set by hand, from no data: free of any licence but this project's."""


def learned_numbers(path: Path = LEARNED) -> PianistNumbers:
    """Numbers learned from ASAP: CC BY-NC-SA 4.0, for non-commercial use.

    Raises: ReadError for a file that is missing or was not written by ``learn_human_timing``.
    """
    try:
        read = json.loads(path.read_text(encoding="utf-8"))["numbers"]
        return _pianist(read)
    except (OSError, ValueError, KeyError, TypeError) as error:
        remedy = "write it with python -m unisono.data.augmenting.learn_human_timing"
        raise ReadError(path, "does not hold a pianist's numbers", remedy) from error


def write_numbers(path: Path, numbers: PianistNumbers, header: dict[str, str]) -> None:
    """Write numbers as JSON below a header that tells where they come from."""
    text = json.dumps({**header, "numbers": asdict(numbers)}, indent=1)
    path.write_text(text + "\n", encoding="utf-8")


def _pianist(read: dict[str, Any]) -> PianistNumbers:
    tempo, onset, velocity, length = (
        _with_wanders(read[part]) for part in ("tempo", "onset", "velocity", "length")
    )
    return PianistNumbers(
        TempoNumbers(**{**tempo, "ending": tuple(tempo["ending"])}),
        OnsetNumbers(**onset),
        VelocityNumbers(**velocity),
        LengthNumbers(**length),
        PedalNumbers(**read["pedal"]),
    )


def _with_wanders(part: dict[str, Any]) -> dict[str, Any]:
    return {
        name: Wander(**value) if isinstance(value, dict) else value for name, value in part.items()
    }
