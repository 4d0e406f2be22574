"""Label tracks of Audacity: a start, an end and a text a line, with tabs between them."""

from __future__ import annotations

from unisono.alignment.outputs.measure_times import measure_rows
from unisono.alignment.outputs.score_facts import ScoreFacts
from unisono.alignment.outputs.uncertain import uncertain_spans
from unisono.alignment.time.alignment import Alignment

Label = tuple[float, float, str]


def audacity_labels(alignment: Alignment, facts: ScoreFacts) -> str:
    """Labels of measures, or of the systems of pages, and of uncertain passages, in order."""
    labels = _systems(alignment) if facts.measures is None else _measures(alignment, facts)
    labels += [(start, end, "uncertain") for start, end in uncertain_spans(alignment)]
    return "".join(f"{start:.6f}\t{end:.6f}\t{text}\n" for start, end, text in sorted(labels))


def _measures(alignment: Alignment, facts: ScoreFacts) -> list[Label]:
    return [
        (float(row["recording_s"] or 0), float(row["end_s"] or 0), f"measure {row['measure']}")
        for row in measure_rows(alignment, facts)
    ]


def _systems(alignment: Alignment) -> list[Label]:
    found: list[Label] = []
    for row in alignment.rows():
        text = f"page {row.page}, system {row.system}"
        if found and found[-1][2] == text:
            found[-1] = (found[-1][0], row.recording_s, text)
            continue
        if found:
            found[-1] = (found[-1][0], row.recording_s, found[-1][2])
        found.append((row.recording_s, row.recording_s, text))
    return found
