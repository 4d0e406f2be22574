"""Rows of an alignment with their columns in order, as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from unisono.alignment.outputs.score_facts import ScoreFacts
from unisono.alignment.time.alignment import Alignment

Value = float | int | str | None
Row = dict[str, Value]

COLUMNS = (
    *("recording_s", "score_s", "beat", "measure", "page", "system", "x", "y", "confidence"),
    "tick",
)
_DECIMALS = {"recording_s": 3, "score_s": 3, "beat": 3, "x": 1, "y": 1, "confidence": 3}


def rows_of(alignment: Alignment, facts: ScoreFacts) -> list[Row]:
    """One row for each moment, rounded to what it can mean; None for what the score lacks.

    tick: of the MIDI file. The other columns are those of ``AlignmentRow``.
    """
    found: list[Row] = []
    for row in alignment.rows():
        values: Row = {name: rounded(name, getattr(row, name)) for name in COLUMNS[:-1]}
        values["tick"] = None
        if facts.midi is not None and row.score_s is not None:
            values["tick"] = int(facts.midi.ticks_at(facts.written_seconds(row.score_s)))
        found.append(values)
    return found


def rounded(name: str, value: Value) -> Value:
    """A value of a column with as many decimals as it can mean."""
    return round(value, _DECIMALS.get(name, 3)) if isinstance(value, float) else value


def as_csv(rows: Sequence[Mapping[str, Value]], columns: Sequence[str] = COLUMNS) -> str:
    """Rows as CSV with a header; None is blank."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
