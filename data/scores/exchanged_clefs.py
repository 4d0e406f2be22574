"""The same page in other clefs: heads stay where they stand, and are other notes.

Most music for a keyboard has a treble clef above a bass clef, so that a net may learn to take
height for pitch and never look at the clef. A score in exchanged clefs can only be told by it.
The music is no longer music, but what is written is what sounds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

Clef = tuple[str, int]
"""Sign and line."""

_STEPS = "CDEFGAB"
_BOTTOM_LINE: Mapping[Clef, int] = {
    ("G", 2): 30,
    ("F", 4): 18,
    ("C", 3): 24,
    ("C", 4): 22,
    ("C", 1): 28,
}
"""Diatonic number, 7 octave + step, of the note on the lowest line."""

_DRAWN: tuple[Clef, ...] = (("G", 2),) * 5 + (("F", 4),) * 5 + (("C", 3), ("C", 4), ("C", 1))
_SHARPS, _FLATS = "FCGDAEB", "BEADGCF"
_KEPT = 0.2  # share of stretches that keep their clef
_CHANGES = (0.08, 0.3, 0.6)
"""Shares of measures at which a staff may change to another clef, one of them for a score."""
_LOWEST, _HIGHEST = 23, 106  # beyond, a stretch keeps its clef


def exchange_clefs(xml: str, random: Random) -> str:
    """A MusicXML score whose staves are in other clefs, at first and in the middle.

    xml: score-partwise text. Notes keep their place on the staff and their accidentals; those
    without one follow the signature. Staves with octave clefs, tablature or percussion stay, as
    do stretches that would leave the piano.
    """
    root = ElementTree.fromstring(xml)
    changes = random.choice(_CHANGES)
    for part in root.iter("part"):
        for staff in _staves(part):
            _Exchange(staff, random, changes).run(part)
    return ElementTree.tostring(root, encoding="unicode")


def without_first_part(xml: str) -> str:
    """The accompaniment alone: a score without its first part, if it has several."""
    root = ElementTree.fromstring(xml)
    listed = root.find("part-list")
    parts = root.findall("part")
    if len(parts) < 2 or listed is None:
        return xml
    gone = parts[0].get("id")
    root.remove(parts[0])
    for entry in listed.findall("score-part"):
        if entry.get("id") == gone:
            listed.remove(entry)
    for group in listed.findall("part-group"):  # may have been of the part that is gone
        listed.remove(group)
    return ElementTree.tostring(root, encoding="unicode")


@dataclass
class _Exchange:
    """Exchange of one staff of a part, measure by measure."""

    staff: int
    random: Random
    changes: float
    fifths: int = 0
    written: Clef | None = None  # None where the clef is one that stays
    shown: Clef | None = None
    tied: set[tuple[str, str]] = field(default_factory=set)

    def run(self, part: Element) -> None:
        stretch: list[Element] = []
        for measure in part.iter("measure"):
            if stretch and not self.tied and self.random.random() < self.changes:
                self._exchange(stretch)
                stretch = []
            stretch.append(measure)
            self._note_ties(measure)
        self._exchange(stretch)

    def _note_ties(self, measure: Element) -> None:
        for note in self._notes(measure):
            pitch = note.find("pitch")
            if pitch is None:
                continue
            name = (pitch.findtext("step") or "", pitch.findtext("octave") or "")
            kinds = {tie.get("type") for tie in note.findall("tie")}
            if "stop" in kinds:
                self.tied.discard(name)
            if "start" in kinds:
                self.tied.add(name)

    def _exchange(self, measures: list[Element]) -> None:
        """Draw what each clef becomes in a stretch of measures, and write it."""
        becomes = {clef: self.random.choice(_DRAWN) for clef in _BOTTOM_LINE}
        if self.random.random() < _KEPT or not self._stays_on_the_piano(measures, becomes):
            becomes = {clef: clef for clef in _BOTTOM_LINE}
        if self.written is not None and becomes[self.written] != self.shown:
            self.shown = becomes[self.written]
            _set_clef(measures[0], self.staff, self.shown)
        for measure in measures:
            for element in list(measure):
                if element.tag == "attributes":
                    self._attributes(element, becomes)
                elif element.tag == "note" and _staff_of(element) == self.staff:
                    self._shift(element)

    def _attributes(self, attributes: Element, becomes: Mapping[Clef, Clef]) -> None:
        self._sign(attributes)
        for clef in attributes.findall("clef"):
            if int(clef.get("number", "1")) != self.staff or clef.get("exchanged"):
                continue
            self.written = _known(clef)
            self.shown = None if self.written is None else becomes[self.written]
            if self.shown is not None:
                _write_clef(clef, self.shown)
        for clef in attributes.findall("clef"):
            clef.attrib.pop("exchanged", None)

    def _sign(self, attributes: Element) -> None:
        for key in attributes.findall("key"):
            if key.get("number") in (None, str(self.staff)):
                self.fifths = int(key.findtext("fifths") or 0)

    def _shift(self, note: Element) -> None:
        pitch = note.find("pitch")
        if pitch is None or self.written is None or self.shown is None:
            return
        steps = _BOTTOM_LINE[self.shown] - _BOTTOM_LINE[self.written]
        if steps:
            _move(pitch, steps, self.fifths)

    def _stays_on_the_piano(self, measures: list[Element], becomes: Mapping[Clef, Clef]) -> bool:
        written = self.written
        for measure in measures:
            for element in measure.iter():
                if element.tag == "clef" and int(element.get("number", "1")) == self.staff:
                    written = _known(element)
                elif element.tag == "note" and _staff_of(element) == self.staff:
                    pitch = element.find("pitch")
                    if pitch is None or written is None:
                        continue
                    steps = _BOTTOM_LINE[becomes[written]] - _BOTTOM_LINE[written]
                    octave, step = divmod(_diatonic(pitch) + steps, 7)
                    height = 12 * (octave + 1) + (0, 2, 4, 5, 7, 9, 11)[step]
                    if not _LOWEST <= height <= _HIGHEST:
                        return False
        return True

    def _notes(self, measure: Element) -> Iterator[Element]:
        return (note for note in measure.iter("note") if _staff_of(note) == self.staff)


def _staves(part: Element) -> range:
    return range(1, 1 + max((int(s.text or 1) for s in part.iter("staves")), default=1))


def _staff_of(note: Element) -> int:
    return int(note.findtext("staff") or 1)


def _known(clef: Element) -> Clef | None:
    named = (clef.findtext("sign") or "", int(clef.findtext("line") or 0))
    octave = int(clef.findtext("clef-octave-change") or 0)
    return named if named in _BOTTOM_LINE and not octave else None


def _write_clef(clef: Element, named: Clef) -> None:
    for tag, text in zip(("sign", "line"), named, strict=True):
        child = clef.find(tag)
        if child is None:
            child = SubElement(clef, tag)
        child.text = str(text)


def _set_clef(measure: Element, staff: int, named: Clef) -> None:
    """A clef at the start of a measure, in place of one that stands there."""
    attributes = measure.find("attributes")
    first = next((i for i, e in enumerate(measure) if e.tag in ("note", "backup", "forward")), 0)
    if attributes is None or list(measure).index(attributes) > first:
        attributes = Element("attributes")
        place = 1 if len(measure) and measure[0].tag == "print" else 0
        measure.insert(place, attributes)
    if any(int(c.get("number", "1")) == staff for c in attributes.findall("clef")):
        return  # its own change of clef is exchanged as it comes
    clef = Element("clef", {"number": str(staff), "exchanged": "yes"})
    _write_clef(clef, named)
    after = [i for i, e in enumerate(attributes) if e.tag not in ("staff-details", "transpose")]
    attributes.insert(after[-1] + 1 if after else 0, clef)


def _diatonic(pitch: Element) -> int:
    return 7 * int(pitch.findtext("octave") or 4) + _STEPS.index(pitch.findtext("step") or "C")


def _move(pitch: Element, steps: int, fifths: int) -> None:
    """By diatonic steps; a note that had the signature's alteration has it still."""
    octave, step = divmod(_diatonic(pitch) + steps, 7)
    old = pitch.findtext("step") or "C"
    altered = pitch.find("alter")
    value = float(altered.text or 0) if altered is not None else 0.0
    if value == _signed(old, fifths):
        value = _signed(_STEPS[step], fifths)
    for tag, text in (("step", _STEPS[step]), ("octave", str(octave))):
        child = pitch.find(tag)
        if child is not None:
            child.text = text
    if altered is None and value:
        altered = Element("alter")
        pitch.insert(1, altered)
    if altered is not None:
        altered.text = f"{value:g}"


def _signed(step: str, fifths: int) -> float:
    """What the signature does to a step."""
    if fifths >= 0:
        return float(step in _SHARPS[:fifths])
    return -float(step in _FLATS[:-fifths])
