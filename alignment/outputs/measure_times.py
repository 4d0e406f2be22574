"""When each measure and each beat is played."""

from __future__ import annotations

from unisono.alignment.outputs.output_error import OutputError
from unisono.alignment.outputs.recording_times import confidences_at, recording_times
from unisono.alignment.outputs.rows import Row, as_csv
from unisono.alignment.outputs.score_facts import Beats, Measures, ScoreFacts
from unisono.alignment.time.alignment import Alignment

MEASURE_COLUMNS = (
    *("recording_s", "end_s", "measure", "pass", "score_s", "page", "system", "confidence"),
)
BEAT_COLUMNS = ("recording_s", "measure", "pass", "beat", "score_s", "confidence")


def measures_csv(alignment: Alignment, facts: ScoreFacts) -> str:
    """A row for each measure as it is played. Raises OutputError for pages."""
    return as_csv(measure_rows(alignment, facts), MEASURE_COLUMNS)


def beats_csv(alignment: Alignment, facts: ScoreFacts) -> str:
    """A row for each beat as it is played. Raises OutputError for pages."""
    return as_csv(beat_rows(alignment, facts), BEAT_COLUMNS)


def measure_rows(alignment: Alignment, facts: ScoreFacts) -> list[Row]:
    """Start and end of each played measure; pass: 2 where it is played for the second time."""
    measures, _ = needed(facts, "measures")
    times = recording_times(alignment, measures.score_s)
    sure = confidences_at(alignment, (times[:-1] + times[1:]) / 2)
    passes = passes_of(measures)
    return [
        {
            "recording_s": round(float(times[i]), 3),
            "end_s": round(float(times[i + 1]), 3),
            "measure": number,
            "pass": passes[i],
            "score_s": round(float(measures.score_s[i]), 3),
            "page": int(measures.page[i]) or None,
            "system": int(measures.system[i]) or None,
            "confidence": round(float(sure[i]), 3),
        }
        for i, number in enumerate(measures.number)
    ]


def beat_rows(alignment: Alignment, facts: ScoreFacts) -> list[Row]:
    """Time of each played beat; beat: its number in the measure, from 1."""
    measures, beats = needed(facts, "beats")
    times = recording_times(alignment, beats.score_s)
    sure = confidences_at(alignment, times)
    passes = passes_of(measures)
    return [
        {
            "recording_s": round(float(times[i]), 3),
            "measure": measures.number[row],
            "pass": passes[row],
            "beat": int(beats.number[i]),
            "score_s": round(float(beats.score_s[i]), 3),
            "confidence": round(float(sure[i]), 3),
        }
        for i, row in enumerate(beats.measure)
    ]


def passes_of(measures: Measures) -> list[int]:
    """For each played measure how often it has been played by then, from 1."""
    seen: dict[int, int] = {}
    found = []
    for row in measures.written.tolist():
        seen[row] = seen.get(row, 0) + 1
        found.append(seen[row])
    return found


def needed(facts: ScoreFacts, what: str) -> tuple[Measures, Beats]:
    """Measures and beats. Raises OutputError, naming ``what``, where there are none."""
    if facts.measures is None or facts.beats is None:
        raise OutputError(
            f"{facts.path}: {what} cannot be read off {facts.kind}; "
            "align with MusicXML or MIDI instead"
        )
    return facts.measures, facts.beats
