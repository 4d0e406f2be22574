"""The notes of a MusicXML file as they stand in it: names, measures, and offsets in quarters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


@dataclass(frozen=True, slots=True)
class WrittenNote:
    """A note of the file.

    identifier: its ``id`` where it has one, else ``part-measure-note`` with the part's id and
    measure and note counted from 1, as ``P1-3-5``. measure_index: row of its measure from 0.
    measure: its number. offset, duration: quarters from the start of the measure; a grace note
    lasts 0. pitch: MIDI, as it sounds. tied: it goes on from the note before it.
    """

    identifier: str
    part: str
    measure_index: int
    measure: str
    offset: float
    duration: float
    pitch: int
    tied: bool


def written_notes(text: str) -> list[WrittenNote]:
    """All pitched notes of MusicXML in parts, part after part, in the order of the file."""
    root = ElementTree.fromstring(text)
    return [note for part in root.findall("part") for note in _notes_of(part)]


def count_measures(text: str) -> int:
    """Measures of the first part."""
    part = ElementTree.fromstring(text).find("part")
    return 0 if part is None else len(part.findall("measure"))


def _notes_of(part: ElementTree.Element) -> Iterator[WrittenNote]:
    name = part.get("id", "")
    divisions, transposition = 1.0, 0
    for index, measure in enumerate(part.findall("measure")):
        now = last = 0.0
        count = 0
        for element in measure:
            if element.tag == "attributes":
                divisions = _number(element, "divisions", divisions) or divisions
                if element.find("transpose") is not None:
                    octaves = _number(element, "transpose/octave-change", 0)
                    transposition = int(_number(element, "transpose/chromatic", 0) + 12 * octaves)
            elif element.tag in ("backup", "forward"):
                step = _number(element, "duration", 0) / divisions
                now += step if element.tag == "forward" else -step
            elif element.tag == "note":
                count += 1
                duration = _number(element, "duration", 0) / divisions
                start = last if element.find("chord") is not None else now
                if element.find("chord") is None:
                    last, now = now, now + duration
                pitch = _pitch(element)
                if pitch is not None:
                    ties = [tie.get("type") for tie in element.findall("tie")]
                    yield WrittenNote(
                        identifier=element.get("id") or f"{name}-{index + 1}-{count}",
                        part=name,
                        measure_index=index,
                        measure=measure.get("number", str(index + 1)),
                        offset=max(0.0, start),
                        duration=duration,
                        pitch=pitch + transposition,
                        tied="stop" in ties,
                    )


def _pitch(note: ElementTree.Element) -> int | None:
    step = _STEPS.get((note.findtext("pitch/step") or "").strip().upper())
    if step is None:
        return None
    octave = int(_number(note, "pitch/octave", 4))
    return round(step + _number(note, "pitch/alter", 0) + 12 * (octave + 1))


def _number(element: ElementTree.Element, path: str, default: float) -> float:
    try:
        return float(element.findtext(path) or default)
    except ValueError:
        return default
