"""An engraved score as MIDI: the same onsets, a program a part."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from unisono.data.notes import Notes
from unisono.data.scores.encoding import EncodedPart
from unisono.data.scores.notes import EngravedNotes

_TICKS_A_QUARTER = 960  # at 120 quarters a minute half a millisecond a tick
_SHORTEST_S = 0.01
_PROGRAMS = (  # the first that fits: a violoncello is no violon, a harpsichord no harp
    (6, ("harpsichord", "cembalo", "clavecin")),
    (0, ("piano", "klavier", "pf", "clav")),
    (42, ("cello", "violoncel", "vc")),
    (43, ("contrabass", "kontrabass", "double bass")),
    (41, ("viola", "bratsche", "alto (")),
    (40, ("violin", "geige", "violon")),
    (73, ("flute", "flöte", "flauto", "flûte")),
    (68, ("oboe", "hautbois")),
    (71, ("clarinet", "klarinette")),
    (70, ("bassoon", "fagott")),
    (60, ("horn", "corno")),
    (56, ("trumpet", "trompete", "tromba")),
    (19, ("organ", "orgel")),
    (24, ("guitar", "gitarre", "lute")),
    (46, ("harp",)),
    (52, ("voice", "voix", "voce", "sopran", "alto", "tenor", "bass", "sing", "canto", "gesang")),
)


def program_of(part: EncodedPart) -> int:
    """General MIDI program from 0: what the score says, else by the part's name, else piano."""
    if part.program is not None:
        return part.program
    name = part.name.lower()
    return next((program for program, marks in _PROGRAMS if any(m in name for m in marks)), 0)


def midi_notes(notes: EngravedNotes, programs: Sequence[int], velocity: int = 80) -> Notes:
    """The notes with the program of each one's part; onsets are those of ``notes``."""
    table = np.array([*programs, 0], np.int16)
    return Notes(
        onset_s=notes.onset_s,
        offset_s=np.maximum(notes.offset_s, notes.onset_s + _SHORTEST_S),
        pitch=notes.pitch,
        velocity=np.full(len(notes), velocity, np.int16),
        program=table[np.clip(notes.part, 0, len(programs))],
    )


def write_midi(
    path: Path, notes: EngravedNotes, names: Sequence[str], programs: Sequence[int]
) -> None:
    """Write a MIDI file with one track a part, whose onsets are within half a millisecond."""
    import pretty_midi

    midi = pretty_midi.PrettyMIDI(resolution=_TICKS_A_QUARTER, initial_tempo=120.0)
    sounding = midi_notes(notes, programs)
    for part, (name, program) in enumerate(zip(names, programs, strict=True)):
        track = pretty_midi.Instrument(
            program, name=name.encode("latin-1", "replace").decode("latin-1")
        )
        for row in np.flatnonzero(notes.part == part):
            track.notes.append(
                pretty_midi.Note(
                    velocity=int(sounding.velocity[row]),
                    pitch=int(sounding.pitch[row]),
                    start=float(sounding.onset_s[row]),
                    end=float(sounding.offset_s[row]),
                )
            )
        midi.instruments.append(track)
    midi.write(str(path))
