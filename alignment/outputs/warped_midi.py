"""A MIDI file of the score that plays in time with the recording, its bars kept as bars."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import numpy.typing as npt

from unisono.alignment.outputs.output_error import OutputError
from unisono.alignment.outputs.recording_times import recording_times
from unisono.alignment.outputs.score_facts import Measures, ScoreFacts
from unisono.alignment.time.alignment import Alignment
from unisono.data.notes import DRUMS, Notes

RESOLUTION = 480
_SLOWEST = (1 << 24) - 1
"""Microseconds a quarter that a tempo event can say."""
_SHORTEST_LEAD_S = 0.001

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def warped_midi(alignment: Alignment, facts: ScoreFacts) -> bytes:
    """Notes at the beats of the score, with a tempo that brings each to its time in the recording.

    The tempo changes at every onset. What the recording has before the score begins becomes whole
    measures of silence, so that the bars of the file stay the bars of the score.
    Raises OutputError for pages.
    """
    notes, measures = alignment.score.notes, facts.measures
    if notes is None or measures is None:
        raise OutputError(
            f"{facts.path}: {facts.kind} have no notes that could be written as MIDI; "
            "align with MusicXML or MIDI instead"
        )
    start_s = float(recording_times(alignment, measures.score_s[:1])[0])
    bar = max(float(measures.quarters[1] - measures.quarters[0]), 1.0)
    lead = _lead_quarters(start_s, bar, alignment, measures)
    onset = _ticks(facts.quarters_at(notes.onset_s) + lead)
    offset = np.maximum(_ticks(facts.quarters_at(notes.offset_s) + lead), onset + 1)
    known_s = np.unique(np.concatenate([measures.score_s, notes.onset_s, [notes.offset_s.max()]]))
    ticks = np.concatenate([[0], _ticks(facts.quarters_at(known_s) + lead)])
    times = np.concatenate([[0.0], recording_times(alignment, known_s)])
    return _file(notes, onset, offset, tempo_map(ticks, times), _metres(measures, lead))


def tempo_map(ticks: Integers, times: Floats) -> list[tuple[int, int]]:
    """Ticks and microseconds a quarter of tempo events that put each tick at its second.

    ticks, times: (k,) never falling. Each event makes good what rounding lost before it. Where
    seconds pass without ticks, or more than a tempo can say, what follows catches up.
    """
    events: list[tuple[int, int]] = []
    at_s = float(times[0])
    last = int(ticks[0])
    for tick, second in zip(ticks[1:].tolist(), times[1:].tolist(), strict=True):
        if tick <= last:
            continue
        quarters = (tick - last) / RESOLUTION
        tempo = min(_SLOWEST, max(1, round((second - at_s) * 1e6 / quarters)))
        if not events or events[-1][1] != tempo:
            events.append((last, tempo))
        at_s += quarters * tempo / 1e6
        last = tick
    return events


def _lead_quarters(start_s: float, bar: float, alignment: Alignment, measures: Measures) -> float:
    """Whole measures for what comes before the score, at about the pace of the whole."""
    if start_s < _SHORTEST_LEAD_S:
        return 0.0
    length_s = float(np.ptp(recording_times(alignment, measures.score_s)))
    length = float(measures.quarters[-1] - measures.quarters[0])
    pace = length_s / length if length > 0 and length_s > 0 else 0.5
    return bar * max(1, round(start_s / (pace * bar)), int(np.ceil(start_s / (bar * 16))))


def _ticks(quarters: Floats) -> Integers:
    return np.maximum(np.rint(quarters * RESOLUTION), 0).astype(np.int64)


def _metres(measures: Measures, lead: float) -> list[tuple[int, int, int]]:
    """Ticks and time signatures where they change."""
    found: list[tuple[int, int, int]] = []
    for quarters, metre in zip(measures.quarters, measures.metre, strict=False):
        fits = metre is not None and metre[0] < 256 and metre[1] in (1, 2, 4, 8, 16, 32, 64)
        if metre is not None and fits and (not found or found[-1][1:] != metre):
            tick = 0 if not found else int(_ticks(np.array(quarters + lead)))
            found.append((tick, *metre))
    return found


def _file(
    notes: Notes,
    onset: Integers,
    offset: Integers,
    tempos: list[tuple[int, int]],
    metres: list[tuple[int, int, int]],
) -> bytes:
    import mido

    file = mido.MidiFile(ticks_per_beat=RESOLUTION)
    meta = [(t, mido.MetaMessage("set_tempo", tempo=tempo)) for t, tempo in tempos]
    meta += [
        (t, mido.MetaMessage("time_signature", numerator=above, denominator=below))
        for t, above, below in metres
    ]
    file.tracks.append(_track(sorted(meta, key=lambda event: event[0])))
    channels = [channel for channel in range(16) if channel != 9]
    for number, program in enumerate(np.unique(notes.program[notes.program != DRUMS]).tolist()):
        channel = channels[number % len(channels)]
        begin = mido.Message("program_change", program=program, channel=channel)
        rows = np.flatnonzero(notes.program == program)
        file.tracks.append(_track([(0, begin), *_sounding(notes, rows, onset, offset, channel)]))
    drums = np.flatnonzero(notes.program == DRUMS)
    if len(drums):
        file.tracks.append(_track(_sounding(notes, drums, onset, offset, 9)))
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def _sounding(
    notes: Notes, rows: Integers, onset: Integers, offset: Integers, channel: int
) -> list[tuple[int, Any]]:
    """Messages of notes with their ticks, ends before beginnings."""
    import mido

    found = []
    for row in rows.tolist():
        pitch, loud = int(notes.pitch[row]), int(notes.velocity[row])
        on = mido.Message("note_on", note=pitch, velocity=loud, channel=channel)
        off = mido.Message("note_off", note=pitch, velocity=0, channel=channel)
        found += [(int(onset[row]), 1, on), (int(offset[row]), 0, off)]
    return [(tick, message) for tick, _, message in sorted(found, key=lambda event: event[:2])]


def _track(events: list[tuple[int, Any]]) -> Any:
    """A track of messages in order of their ticks."""
    import mido

    track, last = mido.MidiTrack(), 0
    for tick, message in events:
        track.append(message.copy(time=tick - last))
        last = tick
    return track
