"""What a score says of its notes beside their time: read from the MEI that Verovio made of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.etree import ElementTree

_MEI = "{http://www.music-encoding.org/ns/mei}"
_ID = "{http://www.w3.org/XML/1998/namespace}id"
_NUMBER = re.compile(r"\d+")
_SEMITONES = re.compile(r"[-+]?\d{1,3}(\.0*)?")
_PITCH_ATTRIBUTES = ("pname", "oct", "oct.ges", "accid", "accid.ges", "pnum", "loc")
_EVENTS = ("note", "chord", "rest", "mRest", "space", "mSpace", "multiRest")


@dataclass(frozen=True)
class EncodedNote:
    """A note head. ``spelling`` is all that decides its written pitch.

    transposition: semitones from the written pitch to the one that sounds. measure: index in
    ``EncodedScore.measures``. part: index of the part. staff_shift: by how many staves lower it
    is drawn than it is encoded. grace: "", "acc", "unacc" or "unknown".
    """

    measure: int
    part: int
    staff_shift: int
    grace: str
    spelling: tuple[str, ...]
    transposition: int


@dataclass(frozen=True)
class EncodedMeasure:
    """A measure in the order of writing; ending: the passes that play it, () all of them."""

    identifier: str
    number: str
    repeat_starts: bool
    repeat_ends: bool
    ending: tuple[int, ...]


@dataclass(frozen=True)
class GraceGroup:
    """Grace notes and what they adorn, by identifiers.

    graces: one tuple a chord or note. principal: the notes after them, () at the end of a
    layer. before: what ends where the principal is written to begin, "" at the start of the
    measure. previous: the event that sounds before, also of an earlier measure, or "".
    """

    measure: int
    graces: tuple[tuple[str, ...], ...]
    principal: tuple[str, ...]
    before: str
    previous: str


@dataclass(frozen=True)
class EncodedPart:
    """A part's name, and its General MIDI program from 0 where the score names one."""

    name: str
    program: int | None


@dataclass
class EncodedScore:
    """A whole score; ties lead from the second head to the first.

    movements: the measures of each, and their order where the score itself says in which they are
    to be played, else ().
    """

    notes: dict[str, EncodedNote] = field(default_factory=dict)
    measures: list[EncodedMeasure] = field(default_factory=list)
    graces: list[GraceGroup] = field(default_factory=list)
    ties: dict[str, str] = field(default_factory=dict)
    parts: list[EncodedPart] = field(default_factory=list)
    movements: list[tuple[range, tuple[int, ...]]] = field(default_factory=list)


def read_encoding(mei: str) -> EncodedScore:
    """Read the MEI that Verovio writes, all movements one after another."""
    reading = _Reading()
    for score in ElementTree.fromstring(mei).iterfind(f".//{_MEI}mdiv/{_MEI}score"):
        reading.movement(score)
    return reading.score


@dataclass
class _Event:
    notes: tuple[str, ...]
    identifier: str
    grace: bool


class _Reading:
    """One pass through a score in the order of writing."""

    def __init__(self) -> None:
        self.score = EncodedScore()
        self.part_of: dict[str, int] = {}
        self.staff_numbers: list[str] = []
        self.transposition: dict[str, int] = {}  # by number of the staff
        self.previous: dict[tuple[str, str], str] = {}
        self.covered: dict[str, range] = {}  # measures below a section or an ending
        self.plists: list[list[str]] = []
        self.numbered = False
        self.last_right = ""

    def movement(self, score: ElementTree.Element) -> None:
        self.numbered = any(measure.get("n") for measure in score.iter(f"{_MEI}measure"))
        self.last_right = ""
        self.plists = []
        first = len(self.score.measures)
        for child in score:
            self._walk(child, ())
        measures = range(first, len(self.score.measures))
        self.score.movements.append((measures, self._expansion()))

    def _walk(self, element: ElementTree.Element, ending: tuple[int, ...]) -> None:
        name = element.tag.removeprefix(_MEI)
        if name in ("scoreDef", "staffDef"):
            self._define(element)
        elif name == "expansion":
            targets = element.get("plist", "").split()
            self.plists.append([target.removeprefix("#") for target in targets])
        elif name == "measure":
            self._measure(element, ending)
        else:
            if name == "ending":
                ending = _passes(element.get("n", ""))
            first = len(self.score.measures)
            for child in element:
                self._walk(child, ending)
            self.covered[element.get(_ID, "")] = range(first, len(self.score.measures))

    def _expansion(self) -> tuple[int, ...]:
        # the first is the one that is to be played; others are shorter ways through
        targets = self.plists[0] if self.plists else []
        if not all(target in self.covered for target in targets):
            return ()
        return tuple(index for target in targets for index in self.covered[target])

    def _define(self, element: ElementTree.Element) -> None:
        self._transpose(element)
        if self.score.parts:
            return
        groups = [child for child in element if child.tag == f"{_MEI}staffGrp"]
        for group in groups:
            self._group(group)

    def _transpose(self, definition: ElementTree.Element) -> None:
        for staff in definition.iter(f"{_MEI}staffDef"):
            semitones = staff.get("trans.semi", definition.get("trans.semi"))
            if semitones is not None and _SEMITONES.fullmatch(semitones):
                self.transposition[staff.get("n", "")] = int(float(semitones))

    def _group(self, group: ElementTree.Element) -> None:
        staves = [child for child in group if child.tag == f"{_MEI}staffDef"]
        own_names = [staff for staff in staves if _label(staff)]
        # staves without names of their own below a brace or one name: a piano, not a choir
        together = _label(group) or _braced(group)
        if together and len(staves) > 1 and not own_names:
            self._part(group, staves)
            return
        for child in group:
            if child.tag == f"{_MEI}staffGrp":
                self._group(child)
            elif child.tag == f"{_MEI}staffDef":
                self._part(child, [child])

    def _part(self, named: ElementTree.Element, staves: list[ElementTree.Element]) -> None:
        instrument = next((d for s in (named, *staves) for d in s.iter(f"{_MEI}instrDef")), None)
        program = None if instrument is None else instrument.get("midi.instrnum")
        number = int(program) if program and program.isdigit() and int(program) < 128 else None
        for staff in staves:
            self.part_of[staff.get("n", "")] = len(self.score.parts)
            self.staff_numbers.append(staff.get("n", ""))
        self.score.parts.append(EncodedPart(_label(named), number))

    def _measure(self, element: ElementTree.Element, ending: tuple[int, ...]) -> None:
        index = len(self.score.measures)
        left, right = element.get("left", ""), element.get("right", "")
        self.score.measures.append(
            EncodedMeasure(
                identifier=element.get(_ID, ""),
                number=element.get("n", "") or self._next_number(),
                repeat_starts=left in ("rptstart", "rptboth") or self._opened_by_last(),
                repeat_ends=right in ("rptend", "rptboth"),
                ending=ending,
            )
        )
        self.last_right = right
        for child in element.iter():
            name = child.tag.removeprefix(_MEI)
            if name in ("scoreDef", "staffDef"):
                self._transpose(child)
            elif name == "tie":
                first, second = child.get("startid", ""), child.get("endid", "")
                self.score.ties[second.removeprefix("#")] = first.removeprefix("#")
            elif name == "staff":
                for layer in child:
                    if layer.tag == f"{_MEI}layer":
                        self._layer(layer, child.get("n", ""), index)

    def _next_number(self) -> str:
        """Of a measure without: that of the one it is cut off from; counted where none has any."""
        if not self.numbered:
            return str(len(self.score.measures) + 1)
        return self.score.measures[-1].number if self.score.measures else "0"

    def _opened_by_last(self) -> bool:
        return self.last_right in ("rptstart", "rptboth")

    def _layer(self, layer: ElementTree.Element, staff: str, measure: int) -> None:
        events: list[_Event] = []
        self._events(layer, staff, staff, "", measure, events)
        place = (staff, layer.get("n", ""))
        before, previous = "", self.previous.get(place, "")
        graces: list[_Event] = []
        for event in events:
            if event.grace:
                graces.append(event)
                continue
            if graces:
                self._group_of_graces(measure, graces, event.notes, before, previous)
                graces = []
            before = event.identifier
            previous = event.notes[0] if event.notes else previous
        if graces:
            self._group_of_graces(measure, graces, (), before, previous)
        self.previous[place] = previous

    def _group_of_graces(
        self,
        measure: int,
        graces: list[_Event],
        principal: tuple[str, ...],
        before: str,
        previous: str,
    ) -> None:
        chords = tuple(event.notes for event in graces if event.notes)
        if chords:
            self.score.graces.append(GraceGroup(measure, chords, principal, before, previous))

    def _events(
        self,
        element: ElementTree.Element,
        home: str,
        staff: str,
        grace: str,
        measure: int,
        events: list[_Event],
    ) -> None:
        for child in element:
            name = child.tag.removeprefix(_MEI)
            drawn = child.get("staff", staff)
            adorning = child.get("grace", "unknown" if name == "graceGrp" else "") or grace
            identifier = child.get(_ID, "")
            if name == "note":
                self._note(child, home, drawn, adorning, measure)
                events.append(_Event((identifier,), identifier, bool(adorning)))
            elif name == "chord":
                heads = [head for head in child if head.tag == f"{_MEI}note"]
                for head in heads:
                    self._note(head, home, head.get("staff", drawn), adorning, measure)
                notes = tuple(head.get(_ID, "") for head in heads)
                events.append(_Event(notes, notes[0] if notes else identifier, bool(adorning)))
            elif name in _EVENTS:
                events.append(_Event((), identifier, False))
            else:
                self._events(child, home, drawn, adorning, measure, events)

    def _note(
        self, note: ElementTree.Element, home: str, drawn: str, grace: str, measure: int
    ) -> None:
        marks = [note.get(name, "") for name in _PITCH_ATTRIBUTES]
        for accidental in note.iter(f"{_MEI}accid"):
            marks += [accidental.get("accid", ""), accidental.get("accid.ges", "")]
        self.score.notes[note.get(_ID, "")] = EncodedNote(
            measure=measure,
            part=self.part_of.get(drawn, self.part_of.get(home, 0)),
            staff_shift=self._row(drawn, home) - self._row(home, home),
            grace=grace,
            spelling=tuple(marks),
            transposition=self.transposition.get(home, 0),
        )

    def _row(self, staff: str, otherwise: str) -> int:
        known = staff if staff in self.part_of else otherwise
        return self.staff_numbers.index(known) if known in self.part_of else 0


def _braced(group: ElementTree.Element) -> bool:
    symbols = [group.get("symbol"), *(s.get("symbol") for s in group.iter(f"{_MEI}grpSym"))]
    return "brace" in symbols


def _label(element: ElementTree.Element) -> str:
    label = element.find(f"{_MEI}label")
    return "" if label is None else " ".join("".join(label.itertext()).split())


def _passes(number: str) -> tuple[int, ...]:
    """The passes that an ending's number names: "1, 2", "1-3"; an ending without is the first."""
    found = [int(digits) for digits in _NUMBER.findall(number)]
    if "-" in number and len(found) == 2 and found[0] <= found[1] < 100:
        return tuple(range(found[0], found[1] + 1))
    return tuple(found) or (1,)
