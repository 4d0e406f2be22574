"""Write a work as a MIDI file: the score's own times and no expression but its dynamics."""

from __future__ import annotations

from pathlib import Path

import mido
import pretty_midi
from notation import Work, sounding_notes

TICKS_PER_QUARTER = 480
_LOUDNESS = {"pp": 40, "p": 52, "mp": 64, "mf": 76, "f": 90, "ff": 104}


def write_score_midi(work: Work, path: Path) -> None:
    """Write the MIDI file, the work's title as the name of its first track."""
    score_midi(work).write(str(path))
    file = mido.MidiFile(path)
    file.tracks[0].insert(0, mido.MetaMessage("track_name", name=work.title))
    file.save(path)


def score_midi(work: Work) -> pretty_midi.PrettyMIDI:
    """One instrument a part, notes at their notated times."""
    midi = pretty_midi.PrettyMIDI(initial_tempo=work.tempo, resolution=TICKS_PER_QUARTER)
    midi.time_signature_changes.append(pretty_midi.TimeSignature(*work.metre, 0.0))
    midi.key_signature_changes.append(pretty_midi.KeySignature(_key_number(work), 0.0))
    midi.instruments = [pretty_midi.Instrument(part.program, name=part.name) for part in work.parts]
    seconds = 60.0 / work.tempo
    for note in sounding_notes(work):
        velocity = round(loudness(work, float(note.onset)))
        start, end = float(note.onset) * seconds, float(note.onset + note.length) * seconds
        midi.instruments[note.part].notes.append(pretty_midi.Note(velocity, note.pitch, start, end))
    return midi


def loudness(work: Work, quarter: float) -> float:
    """MIDI velocity of the dynamic mark in force at a place of the score."""
    mark = "mf"
    for bar in range(work.bars):
        if float(work.start_of(bar)) <= quarter:
            mark = work.dynamics.get(work.number_of(bar), mark)
    return _LOUDNESS[mark]


def _key_number(work: Work) -> int:
    """Key number of pretty_midi: 0 to 11 major on C, 12 to 23 minor."""
    major = work.fifths * 7 % 12
    return (major + 9) % 12 + 12 if work.key.endswith("minor") else major
