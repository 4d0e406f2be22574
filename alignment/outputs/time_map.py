"""From the notes of a MusicXML file, by their names, to seconds of the recording."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from unisono.alignment.outputs.measure_times import beat_rows, measure_rows, passes_of
from unisono.alignment.outputs.musicxml_notes import count_measures, written_notes
from unisono.alignment.outputs.output_error import OutputError
from unisono.alignment.outputs.recording_times import recording_times
from unisono.alignment.outputs.score_facts import ScoreFacts, ScoreKind
from unisono.alignment.time.alignment import Alignment


def time_map(alignment: Alignment, facts: ScoreFacts) -> str:
    """JSON: every note by its id, every measure and beat, with seconds of the recording.

    notes: id, part, measure, pass, beat (quarters from the start of the measure, from 0), pitch,
    onset_s, offset_s; a repeated note has a row a playing; a tied one has a row a written head.
    Raises OutputError for scores that are no MusicXML.
    """
    return (
        json.dumps(
            {
                "notes": note_rows(alignment, facts),
                "measures": measure_rows(alignment, facts),
                "beats": beat_rows(alignment, facts),
            },
            indent=1,
        )
        + "\n"
    )


def note_rows(alignment: Alignment, facts: ScoreFacts) -> list[dict[str, Any]]:
    """The rows of ``notes``, in the order of playing."""
    from unisono.data.readers.musicxml import read_musicxml

    if facts.kind is not ScoreKind.MUSICXML or facts.measures is None:
        raise OutputError(
            f"{facts.path}: a time map needs the notes of MusicXML, and this is {facts.kind}"
        )
    text = read_musicxml(facts.path)
    counted = count_measures(text)
    engraved = len(facts.engraving.measures) if facts.engraving else 0
    if counted != engraved:
        raise OutputError(
            f"{facts.path}: has {counted} measures in its file and {engraved} when engraved, so "
            "that its notes cannot be named; export it again as partwise MusicXML"
        )
    by_measure: dict[int, list[Any]] = {}
    for note in written_notes(text):
        by_measure.setdefault(note.measure_index, []).append(note)
    found: list[dict[str, Any]] = []
    starts, ends = [], []
    passes = passes_of(facts.measures)
    for row, measure in enumerate(facts.measures.written.tolist()):
        for note in sorted(by_measure.get(measure, []), key=lambda note: note.offset):
            start = float(facts.measures.quarters[row]) + note.offset
            starts.append(start)
            ends.append(start + note.duration)
            found.append(
                {
                    "id": note.identifier,
                    "part": note.part,
                    "measure": note.measure,
                    "pass": passes[row],
                    "beat": round(note.offset, 4),
                    "pitch": note.pitch,
                }
            )
    onset_s = recording_times(alignment, facts.seconds_at(np.array(starts)))
    offset_s = recording_times(alignment, facts.seconds_at(np.array(ends)))
    for values, onset, offset in zip(found, onset_s.tolist(), offset_s.tolist(), strict=True):
        values |= {"onset_s": round(onset, 3), "offset_s": round(offset, 3)}
    return found
