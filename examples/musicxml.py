"""Write a work as MusicXML 4.0 (partwise), accidentals and beams included."""

from __future__ import annotations

from fractions import Fraction
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from notation import Event, Part, Pitch, Work, read_voice

DIVISIONS = 8  # of a quarter note: the shortest value used is a 32nd

_TYPES = {"1": "whole", "2": "half", "4": "quarter", "8": "eighth", "16": "16th", "32": "32nd"}
_FLAGS = {"8": 1, "16": 2, "32": 3}
_CLEFS = {
    "treble": ("G", 2, 0),
    "treble8": ("G", 2, -1),
    "alto": ("C", 3, 0),
    "bass": ("F", 4, 0),
}
_SIGNS = {0: "natural", 1: "sharp", -1: "flat", 2: "double-sharp", -2: "flat-flat"}
_SHARPS = "fcgdaeb"


def write_musicxml(work: Work) -> str:
    """The text of the MusicXML file."""
    root = Element("score-partwise", version="4.0")
    SubElement(SubElement(root, "work"), "work-title").text = work.title
    identification = SubElement(root, "identification")
    SubElement(identification, "creator", type="composer").text = work.composer
    SubElement(identification, "rights").text = "CC0 1.0"
    names = SubElement(root, "part-list")
    if len(work.parts) > 1:
        group = SubElement(names, "part-group", type="start", number="1")
        SubElement(group, "group-symbol").text = "bracket"
        SubElement(group, "group-barline").text = "yes"
    for number, part in enumerate(work.parts, 1):
        score_part = SubElement(names, "score-part", id=f"P{number}")
        SubElement(score_part, "part-name").text = part.name
        instrument = SubElement(score_part, "score-instrument", id=f"P{number}-I1")
        SubElement(instrument, "instrument-name").text = part.name
        midi = SubElement(score_part, "midi-instrument", id=f"P{number}-I1")
        SubElement(midi, "midi-channel").text = str(number)
        SubElement(midi, "midi-program").text = str(part.program + 1)
    if len(work.parts) > 1:
        SubElement(names, "part-group", type="stop", number="1")
    for number, part in enumerate(work.parts, 1):
        _write_part(SubElement(root, "part", id=f"P{number}"), work, part, number)
    ElementTree.indent(root, " ")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN"'
        ' "http://www.musicxml.org/dtds/partwise.dtd">\n'
        f"{ElementTree.tostring(root, encoding='unicode')}\n"
    )


def _write_part(element: Element, work: Work, part: Part, number: int) -> None:
    voices = [
        (staff, read_voice(voice, work, f"{work.slug} {part.name}"))
        for staff, rows in enumerate(part.staves, 1)
        for voice in rows.voices
    ]
    stems = [
        ("up" if row == 0 else "down") if len(rows.voices) > 1 else ""
        for rows in part.staves
        for row in range(len(rows.voices))
    ]
    tied: list[set[int]] = [set() for _ in voices]
    for bar in range(work.bars):
        measure = SubElement(element, "measure", number=str(work.number_of(bar)))
        if work.length_of(bar) != work.bar_length:
            measure.set("implicit", "yes")
        if bar == 0:
            _write_attributes(measure, work, part)
        if number == 1:
            _write_directions(measure, work, bar)
        accidentals: dict[tuple[int, str, int], int] = {}
        for row, (staff, bars) in enumerate(voices):
            if row:
                backup = SubElement(measure, "backup")
                SubElement(backup, "duration").text = _divisions(work.length_of(bar))
            beams = _beams(bars[bar], work)
            for event, event_beams in zip(bars[bar], beams, strict=True):
                if event.clef:
                    attributes = SubElement(measure, "attributes")
                    _write_clef(attributes, event.clef, staff, len(part.staves))
                _write_event(
                    measure, event, event_beams, accidentals, tied[row], work,
                    row + 1, staff if len(part.staves) > 1 else 0, stems[row],
                )  # fmt: skip
        if bar == work.bars - 1:
            barline = SubElement(measure, "barline", location="right")
            SubElement(barline, "bar-style").text = "light-heavy"


def _write_attributes(measure: Element, work: Work, part: Part) -> None:
    attributes = SubElement(measure, "attributes")
    SubElement(attributes, "divisions").text = str(DIVISIONS)
    key = SubElement(attributes, "key")
    SubElement(key, "fifths").text = str(work.fifths)
    SubElement(key, "mode").text = work.key.split()[-1]
    time = SubElement(attributes, "time")
    SubElement(time, "beats").text = str(work.metre[0])
    SubElement(time, "beat-type").text = str(work.metre[1])
    if len(part.staves) > 1:
        SubElement(attributes, "staves").text = str(len(part.staves))
    for number, staff in enumerate(part.staves, 1):
        _write_clef(attributes, staff.clef, number, len(part.staves))


def _write_clef(attributes: Element, name: str, staff: int, staves: int) -> None:
    clef = SubElement(attributes, "clef")
    if staves > 1:
        clef.set("number", str(staff))
    sign, line, octave = _CLEFS[name]
    SubElement(clef, "sign").text = sign
    SubElement(clef, "line").text = str(line)
    if octave:
        SubElement(clef, "clef-octave-change").text = str(octave)


def _write_directions(measure: Element, work: Work, bar: int) -> None:
    if bar == 0:
        direction = SubElement(measure, "direction", placement="above")
        SubElement(SubElement(direction, "direction-type"), "words").text = work.tempo_words
        SubElement(direction, "staff").text = "1"
        SubElement(direction, "sound", tempo=f"{work.tempo:g}")
    mark = work.dynamics.get(work.number_of(bar))
    if mark:
        direction = SubElement(measure, "direction", placement="below")
        SubElement(SubElement(SubElement(direction, "direction-type"), "dynamics"), mark)
        SubElement(direction, "staff").text = "1"


def _write_event(
    measure: Element,
    event: Event,
    beams: list[str],
    accidentals: dict[tuple[int, str, int], int],
    tied: set[int],
    work: Work,
    voice: int,
    staff: int,
    stem: str,
) -> None:
    continued, opened = set(tied), {pitch.midi for pitch in event.pitches if event.tied}
    for row, pitch in enumerate(event.pitches or (None,)):
        note = SubElement(measure, "note")
        if row:
            SubElement(note, "chord")
        if pitch is None:
            rest = SubElement(note, "rest")
            if event.whole_bar:
                rest.set("measure", "yes")
        else:
            _write_pitch(note, pitch)
        SubElement(note, "duration").text = _divisions(event.length)
        ties = []
        if pitch is not None:
            ties += ["stop"] if pitch.midi in continued else []
            ties += ["start"] if event.tied else []
        for tie in ties:
            SubElement(note, "tie", type=tie)
        SubElement(note, "voice").text = str(voice)
        if not event.whole_bar:
            SubElement(note, "type").text = _TYPES[event.value]
            if event.dotted:
                SubElement(note, "dot")
        if pitch is not None:
            _write_accidental(note, pitch, accidentals, work, staff, "stop" in ties)
            if stem:
                SubElement(note, "stem").text = stem
        if staff:
            SubElement(note, "staff").text = str(staff)
        if row == 0:
            for level, beam in enumerate(beams, 1):
                SubElement(note, "beam", number=str(level)).text = beam
        if ties:
            notations = SubElement(note, "notations")
            for tie in ties:
                SubElement(notations, "tied", type=tie)
    tied.clear()
    tied.update(opened)


def _write_pitch(note: Element, pitch: Pitch) -> None:
    element = SubElement(note, "pitch")
    SubElement(element, "step").text = pitch.step.upper()
    if pitch.alter:
        SubElement(element, "alter").text = str(pitch.alter)
    SubElement(element, "octave").text = str(pitch.octave)


def _write_accidental(
    note: Element,
    pitch: Pitch,
    accidentals: dict[tuple[int, str, int], int],
    work: Work,
    staff: int,
    tied: bool,
) -> None:
    place = (staff, pitch.step, pitch.octave)
    in_force = accidentals.get(place, _key_alter(pitch.step, work.fifths))
    if pitch.alter != in_force and not tied:
        SubElement(note, "accidental").text = _SIGNS[pitch.alter]
        accidentals[place] = pitch.alter


def _key_alter(step: str, fifths: int) -> int:
    if fifths > 0:
        return int(step in _SHARPS[:fifths])
    return -int(fifths < 0 and step in _SHARPS[fifths:])


def _beams(events: list[Event], work: Work) -> list[list[str]]:
    """The beams of every event, from the eighths' beam inwards; no list entry, no beam."""
    result: list[list[str]] = [[] for _ in events]
    for group in _beam_groups(events, work):
        flags = [_FLAGS[events[i].value] for i in group]
        for at, i in enumerate(group):
            for level in range(1, flags[at] + 1):
                before = at > 0 and flags[at - 1] >= level
                after = at + 1 < len(group) and flags[at + 1] >= level
                if before and after:
                    beam = "continue"
                elif before or after:
                    beam = "end" if before else "begin"
                else:
                    beam = "backward hook" if at else "forward hook"
                result[i].append(beam)
    return result


def _beam_groups(events: list[Event], work: Work) -> list[list[int]]:
    """Runs of flagged notes inside one beat (two beats of plain eighths in 4/4)."""
    beat = _beam_length(events, work)
    groups: list[list[int]] = []
    last = None
    for i, event in enumerate(events):
        flagged = bool(event.pitches) and event.value in _FLAGS
        now = event.onset // beat if flagged else None
        if flagged and now == last:
            groups[-1].append(i)
        elif flagged:
            groups.append([i])
        last = now
    return [group for group in groups if len(group) > 1]


def _beam_length(events: list[Event], work: Work) -> Fraction:
    beats, unit = work.metre
    if unit == 8:
        return Fraction(3, 2)
    plain = all(event.value in ("1", "2", "4", "8") for event in events)
    if plain and (beats, unit) == (4, 4):
        return Fraction(2)
    return Fraction(3) if plain and (beats, unit) == (3, 4) else Fraction(1)


def _divisions(length: Fraction) -> str:
    divisions = length * DIVISIONS
    if divisions.denominator != 1:
        raise ValueError(f"{length} quarters cannot be written with {DIVISIONS} divisions")
    return str(divisions.numerator)
