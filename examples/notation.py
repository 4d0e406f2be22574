"""The compact notation of the example scores, and its reading.

A voice is a string. ``|`` ends a bar; ``%`` alone in a bar repeats the bar before; ``R`` alone
in a bar is a rest of the whole bar. A bare number (``4``, ``8.``, ``16``) sets the note value
until the next one. ``f#4`` is a note with its octave (c4 is middle C, accidentals are always
written), ``d4+f#4`` a chord, ``r`` a rest; ``~`` behind a note or chord ties it to the next;
``@treble`` and ``@bass`` change the clef of the staff.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

_STEPS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_PITCH = re.compile(r"([a-g])(#|b|##|bb|)(\d)")
_VALUE = re.compile(r"(1|2|4|8|16|32)(\.?)")


@dataclass(frozen=True)
class Pitch:
    """A written pitch: step letter, alteration in semitones, octave."""

    step: str
    alter: int
    octave: int

    @property
    def midi(self) -> int:
        """MIDI number; c4 is 60."""
        return 12 * (self.octave + 1) + _STEPS[self.step] + self.alter


@dataclass(frozen=True)
class Event:
    """A chord or a rest (no pitches) in a bar; onset and length in quarter notes."""

    onset: Fraction
    length: Fraction
    pitches: tuple[Pitch, ...] = ()
    value: str = "4"
    dotted: bool = False
    tied: bool = False
    whole_bar: bool = False
    clef: str = ""


@dataclass(frozen=True)
class Staff:
    """A staff: its clef and its one or two voices."""

    clef: str
    voices: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """An instrument with its General MIDI program; ``loudness`` is its share in the recording."""

    name: str
    program: int
    staves: tuple[Staff, ...]
    loudness: float = 1.0


@dataclass(frozen=True)
class Work:
    """A score and how it is played.

    tempo: quarter notes a minute; pickup: quarter notes before the first full bar;
    dynamics: bar number (a pickup is bar 0) to mark; phrase: bars in a phrase;
    rubato: depth of the tempo curve, 0.05 is calm; lead_in_s: seconds before the first note;
    pedal: quarter notes between changes of the sustaining pedal, 0 for none.
    """

    slug: str
    title: str
    composer: str
    year: str
    key: str
    fifths: int
    metre: tuple[int, int]
    tempo: float
    tempo_words: str
    parts: tuple[Part, ...]
    tags: tuple[str, ...]
    note: str
    colours: tuple[str, ...]
    pickup: Fraction = Fraction(0)
    dynamics: dict[int, str] = field(default_factory=dict)
    phrase: int = 4
    rubato: float = 0.06
    lead_in_s: float = 1.0
    pedal: Fraction = Fraction(0)

    @property
    def bar_length(self) -> Fraction:
        """Quarter notes in a full bar."""
        return Fraction(4 * self.metre[0], self.metre[1])

    @property
    def bars(self) -> int:
        """Number of bars, a pickup included."""
        return len(self.parts[0].staves[0].voices[0].split("|"))

    def length_of(self, bar: int) -> Fraction:
        """Quarter notes in bar ``bar`` (from 0): a pickup takes its length from the last bar."""
        if self.pickup and bar == 0:
            return self.pickup
        if self.pickup and bar == self.bars - 1:
            return self.bar_length - self.pickup
        return self.bar_length

    def start_of(self, bar: int) -> Fraction:
        """Quarter notes from the start of the score to the start of bar ``bar``."""
        return sum((self.length_of(b) for b in range(bar)), Fraction(0))

    def number_of(self, bar: int) -> int:
        """Printed number of bar ``bar``: a pickup is 0."""
        return bar if self.pickup else bar + 1

    @property
    def length(self) -> Fraction:
        """Quarter notes of the whole score."""
        return self.start_of(self.bars)


def read_pitch(text: str) -> Pitch:
    """Read ``f#4``; raises ValueError for anything else."""
    match = _PITCH.fullmatch(text)
    if not match:
        raise ValueError(f"not a pitch: {text!r}")
    sign = match[2]
    return Pitch(match[1], sign.count("#") - sign.count("b"), int(match[3]))


def read_voice(voice: str, work: Work, where: str) -> list[list[Event]]:
    """The events of every bar; raises ValueError for a bar that does not add up."""
    texts = [bar.strip() for bar in voice.split("|")]
    if len(texts) != work.bars:
        raise ValueError(f"{where}: {len(texts)} bars instead of {work.bars}")
    bars: list[list[Event]] = []
    value = "4"
    for number, text in enumerate(texts):
        if text == "%":
            text = texts[number] = texts[number - 1]
        expected = work.length_of(number)
        events, value = _read_bar(text, value, expected)
        total = sum((event.length for event in events), Fraction(0))
        if total != expected:
            raise ValueError(
                f"{where}, bar {number}: {total} quarters instead of {expected}: {text}"
            )
        bars.append(events)
    return bars


def _read_bar(text: str, value: str, expected: Fraction) -> tuple[list[Event], str]:
    if text == "R":
        return [Event(Fraction(0), expected, whole_bar=True)], value
    events: list[Event] = []
    onset, clef = Fraction(0), ""
    for token in text.split():
        if _VALUE.fullmatch(token):
            value = token
        elif token.startswith("@"):
            clef = token[1:]
        else:
            dotted = value.endswith(".")
            length = Fraction(4, int(value.rstrip("."))) * (Fraction(3, 2) if dotted else 1)
            tied = token.endswith("~")
            names = [] if token == "r" else token.rstrip("~").split("+")
            pitches = tuple(sorted(map(read_pitch, names), key=lambda pitch: pitch.midi))
            events.append(Event(onset, length, pitches, value.rstrip("."), dotted, tied, clef=clef))
            onset, clef = onset + length, ""
    return events, value


@dataclass(frozen=True)
class SoundingNote:
    """A note as it sounds, ties joined; onset and length in quarter notes from the start."""

    onset: Fraction
    length: Fraction
    pitch: int
    part: int
    staff: int
    voice: int
    top: bool


def sounding_notes(work: Work) -> list[SoundingNote]:
    """Every note of the work, by onset, part, staff, voice and pitch."""
    notes = [
        note
        for p, part in enumerate(work.parts)
        for s, staff in enumerate(part.staves)
        for v, voice in enumerate(staff.voices)
        for note in _voice_notes(read_voice(voice, work, f"{work.slug} {part.name}"), work, p, s, v)
    ]
    return sorted(notes, key=lambda n: (n.onset, n.part, n.staff, n.voice, n.pitch))


def _voice_notes(
    bars: list[list[Event]], work: Work, part: int, staff: int, voice: int
) -> Iterator[SoundingNote]:
    open_notes: dict[int, tuple[Fraction, bool]] = {}
    for number, bar in enumerate(bars):
        start = work.start_of(number)
        for event in bar:
            onset = start + event.onset
            for pitch in event.pitches:
                top = pitch == event.pitches[-1]
                begun, top = open_notes.pop(pitch.midi, (onset, top))
                if event.tied:
                    open_notes[pitch.midi] = (begun, top)
                else:
                    end = onset + event.length
                    yield SoundingNote(begun, end - begun, pitch.midi, part, staff, voice, top)
    if open_notes:
        raise ValueError(f"{work.slug}: a tie leads nowhere")
