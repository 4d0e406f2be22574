"""Play a score as a pianist would: tempo curve, chords, velocities, lengths and pedal.

Phrases make tempo and loudness drift slowly, groups of notes make them move quickly, so every
departure has a memory; independent noise has none, which is what makes it sound wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unisono.data.augmenting.effect import Seconds, TimeMap
from unisono.data.augmenting.human_timing import (
    LengthNumbers,
    OnsetNumbers,
    PedalNumbers,
    PianistNumbers,
    TempoNumbers,
    VelocityNumbers,
    Wander,
)
from unisono.data.augmenting.midi import SHORTEST_S, Rows, chords_of

FloatArray = npt.NDArray[np.float64]
Marks = npt.NDArray[np.bool_]

_LARGEST_TEMPO = 1.2  # of the logarithm of a beat's length
_ORDER_KEPT = 0.45  # of the time to the next chord, that a chord may move towards it
_ON_BEAT_S = 0.01
_SCALES = (0.3, 2.5)  # of a pianist's departures over those of the average one


@dataclass(frozen=True, eq=False)
class ScoreNotes:
    """What is played: notes in order of onset, and two beats or more.

    onset_s, offset_s, pitch: (n,). key: (n,) what one finger plays; notes of the same key never
    overlap. beats_s: (b,) increasing. downbeat: (b,) bool.
    """

    onset_s: Seconds
    offset_s: Seconds
    pitch: npt.NDArray[np.int16]
    key: npt.NDArray[np.integer]
    beats_s: Seconds
    downbeat: Marks


@dataclass(frozen=True, eq=False)
class Performance:
    """onset_s, offset_s, velocity: (n,) as the score's notes; beats_s: (b,) as its beats.

    sounding_s: (n,) offsets with the pedal's help. departure_s: (n,) of onsets from the beats.
    """

    onset_s: Seconds
    offset_s: Seconds
    sounding_s: Seconds
    velocity: FloatArray
    beats_s: Seconds
    departure_s: FloatArray


def perform(score: ScoreNotes, numbers: PianistNumbers, random: np.random.Generator) -> Performance:
    """Play a score; the median length of a beat stays as it is."""
    beats = draw_beats(score.beats_s, score.downbeat, numbers.tempo, random)
    tempo = TimeMap(score.beats_s, beats)
    velocity = draw_velocities(score, numbers.velocity, random)
    scale = _scale(numbers.onset.between, random)
    late = scale * draw_chord_spread(score, velocity, numbers.onset, random)
    late += draw_off_beat(score, tempo, numbers.onset.within_beat, scale, random)
    expected = tempo(score.onset_s)
    onset = expected + late
    ratio = draw_lengths(score, numbers.length, random)
    held = np.maximum((tempo(score.offset_s) - expected) * ratio, SHORTEST_S)
    offset = _until_struck_again(onset, onset + held, score.key)
    down, up = draw_pedal(beats, numbers.pedal, random)
    sounding = _until_struck_again(onset, _sustained(offset, down, up), score.key)
    return Performance(onset, offset, sounding, velocity, beats, late)


def draw_beats(
    beats_s: Seconds, downbeat: Marks, numbers: TempoNumbers, random: np.random.Generator
) -> Seconds:
    """Performed seconds (b,) of beats (b,); the first stays where it is."""
    count = len(beats_s) - 1
    log_length = _wander(count, numbers.slow, random) + _wander(count, numbers.fast, random)
    log_length += np.diff(numbers.jitter * random.standard_normal(count + 1))
    held = random.random(count) < numbers.hesitates
    log_length += held * random.exponential(max(numbers.hesitation, 1e-9), count)
    log_length += numbers.downbeat * downbeat[:count]
    log_length *= _scale(numbers.between, random)
    ending = np.asarray(numbers.ending)[-count:]
    log_length[count - len(ending) :] += ending
    log_length = np.clip(log_length - np.median(log_length), -_LARGEST_TEMPO, _LARGEST_TEMPO)
    lengths = np.diff(beats_s) * np.exp(log_length)
    return np.concatenate([beats_s[:1], beats_s[0] + np.cumsum(lengths)])


def draw_off_beat(
    score: ScoreNotes,
    tempo: TimeMap,
    numbers: Wander,
    scale: float,
    random: np.random.Generator,
) -> FloatArray:
    """Seconds (n,) by which chords between beats are late; chords never change places."""
    chord = chords_of(score.onset_s)
    starts = score.onset_s[np.r_[True, np.diff(chord) > 0]] if len(chord) else score.onset_s
    beat = np.clip(np.searchsorted(score.beats_s, starts + 1e-6) - 1, 0, len(score.beats_s) - 2)
    fraction = (starts - score.beats_s[beat]) / np.diff(score.beats_s)[beat]
    share = np.sqrt(np.clip(4 * fraction * (1 - fraction), 0.0, None))
    late = scale * _wander(len(starts), numbers, random) * share * np.diff(tempo.new_s)[beat]
    expected = tempo(starts)
    room = _ORDER_KEPT * np.diff(expected, prepend=-np.inf, append=np.inf)
    return np.asarray(np.clip(late, -room[:-1], room[1:])[chord], np.float64)


def draw_chord_spread(
    score: ScoreNotes, velocity: FloatArray, numbers: OnsetNumbers, random: np.random.Generator
) -> FloatArray:
    """Seconds (n,) by which each note is later than its chord; melody first (Goebl 2001)."""
    chord = chords_of(score.onset_s)
    size = np.bincount(chord) if len(chord) else np.zeros(0, np.int64)
    louder = velocity - (np.bincount(chord, weights=velocity) / np.maximum(size, 1))[chord]
    late = numbers.per_velocity_s * louder
    late += numbers.spread_s * random.standard_normal(len(chord))
    lead = numbers.lead_s + _wander(len(size), numbers.lead_wander, random)
    top, _ = outer_notes(score.pitch, chord)
    late -= np.where(top, lead[chord], 0.0)
    rolled = (random.random(len(size)) < numbers.rolled) & (size >= 3)
    roll_s = random.gamma(4.0, max(numbers.roll_s, 1e-9) / 4.0, len(size))
    rank = _rank_in_chord(score.pitch, chord) / np.maximum(size - 1, 1)[chord]
    late = np.where(rolled[chord], roll_s[chord] * (rank - 0.5), late)
    mean = np.bincount(chord, weights=late) / np.maximum(size, 1)
    return np.asarray(np.where(size[chord] > 1, late - mean[chord], 0.0), np.float64)


def draw_velocities(
    score: ScoreNotes, numbers: VelocityNumbers, random: np.random.Generator
) -> FloatArray:
    """Velocities (n,) before rounding."""
    chord = chords_of(score.onset_s)
    count = int(chord[-1]) + 1 if len(chord) else 0
    top, bottom = outer_notes(score.pitch, chord)
    departure = numbers.top * top + numbers.bottom * bottom
    departure = departure + numbers.per_octave / 12 * (score.pitch - 64.0)
    departure += numbers.beat * _on(score.onset_s, score.beats_s)
    departure += numbers.downbeat * _on(score.onset_s, score.beats_s[score.downbeat])
    arcs = _wander(count, numbers.slow, random) + _wander(count, numbers.fast, random)
    arcs += numbers.chord * random.standard_normal(count)
    departure += arcs[chord] + numbers.note * _within_chords(chord, random)
    level = numbers.level + numbers.between * random.standard_normal()
    departure *= _scale(numbers.between_departures, random)
    centre = departure.mean() if len(departure) else 0.0
    return np.asarray(np.clip(level + departure - centre, 1.0, 127.0), np.float64)


def draw_lengths(
    score: ScoreNotes, numbers: LengthNumbers, random: np.random.Generator
) -> FloatArray:
    """Factors (n,) of the lengths of notes."""
    chord = chords_of(score.onset_s)
    count = int(chord[-1]) + 1 if len(chord) else 0
    level = numbers.level + numbers.between * random.standard_normal()
    logs = level + _wander(count, numbers.wander, random)[chord]
    logs += numbers.note * random.standard_normal(len(chord))
    return np.asarray(np.exp(np.clip(logs, -3.0, 1.0)), np.float64)


def draw_pedal(
    beats_s: Seconds, numbers: PedalNumbers, random: np.random.Generator
) -> tuple[Seconds, Seconds]:
    """Seconds at which the pedal goes down and comes up again, both (k,)."""
    count = len(beats_s) - 1
    if random.random() >= numbers.used:
        return np.zeros(0), np.zeros(0)
    pairs = int(2 * count / (numbers.down_beats + numbers.up_beats)) + 4
    steps = np.empty(2 * pairs)
    steps[0::2] = random.exponential(numbers.up_beats, pairs)
    steps[1::2] = random.gamma(2.0, numbers.down_beats / 2.0, pairs)
    places = np.cumsum(steps)
    down, up = places[0::2], places[1::2]
    snapped = np.maximum(np.rint(up), np.ceil(down + 1e-3))
    at_beat = random.random(pairs) < numbers.at_beats
    up = np.where(at_beat, snapped, up)
    down = np.maximum(down, np.concatenate([[0.0], np.maximum.accumulate(up)[:-1]]))
    real = (up > down) & (up < count)
    seconds = TimeMap(np.arange(count + 1, dtype=np.float64), beats_s)
    return seconds(down[real]), seconds(up[real]) + np.where(at_beat[real], numbers.lag_s, 0.0)


def outer_notes(pitch: npt.NDArray[np.int16], chord: Rows) -> tuple[Marks, Marks]:
    """Which notes (n,) are the highest and the lowest of chords of two notes or more."""
    count = int(chord[-1]) + 1 if len(chord) else 0
    highest, lowest = np.full(count, -1), np.full(count, 200)
    np.maximum.at(highest, chord, pitch)
    np.minimum.at(lowest, chord, pitch)
    several = np.bincount(chord, minlength=count)[chord] > 1
    return several & (pitch == highest[chord]), several & (pitch == lowest[chord])


def _within_chords(chord: Rows, random: np.random.Generator) -> FloatArray:
    """Unit noise (n,) whose mean in every chord is 0, so none for single notes."""
    noise = random.standard_normal(len(chord))
    size = np.bincount(chord) if len(chord) else np.zeros(0, np.int64)
    noise -= (np.bincount(chord, weights=noise) / np.maximum(size, 1))[chord]
    return np.asarray(noise * np.sqrt(size / np.maximum(size - 1, 1))[chord], np.float64)


def _rank_in_chord(pitch: npt.NDArray[np.int16], chord: Rows) -> Rows:
    """Place (n,) of a note in its chord, counted from the lowest, 0."""
    order = np.lexsort((pitch, chord))
    starts = np.searchsorted(chord, np.arange(int(chord[-1]) + 1 if len(chord) else 0))
    rank = np.empty(len(chord), np.int64)
    rank[order] = np.arange(len(chord)) - starts[chord[order]]
    return rank


def _on(seconds: Seconds, marks: Seconds) -> Marks:
    if not len(marks):
        return np.zeros(len(seconds), bool)
    right = np.clip(np.searchsorted(marks, seconds), 0, len(marks) - 1)
    left = np.maximum(right - 1, 0)
    distance = np.minimum(np.abs(seconds - marks[left]), np.abs(seconds - marks[right]))
    return np.asarray(distance < _ON_BEAT_S, np.bool_)


def _wander(count: int, numbers: Wander, random: np.random.Generator) -> FloatArray:
    """(count,) of a stationary first-order autoregression."""
    from scipy.signal import lfilter

    if not count:
        return np.zeros(0)
    noise = random.standard_normal(count)
    noise[1:] *= np.sqrt(1 - numbers.memory**2)  # the first is drawn as all will be
    wander = lfilter([1.0], [1.0, -numbers.memory], noise)
    return np.asarray(numbers.deviation * wander, np.float64)


def _scale(between: float, random: np.random.Generator) -> float:
    """How much more than others this pianist departs; the mean of its square is 1, but for cuts."""
    return float(np.clip(np.exp(between * random.standard_normal() - between**2), *_SCALES))


def _until_struck_again(
    onset_s: Seconds, offset_s: Seconds, key: npt.NDArray[np.integer]
) -> Seconds:
    """Offsets, at the latest where the same key goes down again."""
    order = np.lexsort((onset_s, key))
    same = key[order][1:] == key[order][:-1]
    limit = np.full(len(onset_s), np.inf)
    limit[order[:-1]] = np.where(same, onset_s[order[1:]], np.inf)
    ends = np.maximum(np.minimum(offset_s, limit), onset_s + SHORTEST_S)
    return np.asarray(ends, np.float64)


def _sustained(offset_s: Seconds, down_s: Seconds, up_s: Seconds) -> Seconds:
    """Offsets with the pedal's help: those that fall while it is down last until it comes up."""
    if not len(down_s):
        return offset_s
    row = np.searchsorted(down_s, offset_s, side="right") - 1
    longer = np.maximum(offset_s, up_s[np.maximum(row, 0)])
    return np.asarray(np.where(row >= 0, longer, offset_s), np.float64)
