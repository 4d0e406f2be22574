"""An alignment as one JSON document."""

from __future__ import annotations

import json
from typing import Any

from unisono.alignment.outputs.measure_times import measure_rows
from unisono.alignment.outputs.rows import rows_of
from unisono.alignment.outputs.score_facts import ScoreFacts
from unisono.alignment.outputs.uncertain import uncertain_spans
from unisono.alignment.time.alignment import Alignment


def document(alignment: Alignment, facts: ScoreFacts) -> dict[str, Any]:
    """All that is known.

    confidence; score: its kind; order: of bars or systems, as ``PlayedOrder`` reads it; rows;
    measures, [] for pages; uncertain passages as [start_s, end_s].
    """
    return {
        "confidence": round(alignment.confidence, 3),
        "score": str(facts.kind),
        "order": str(alignment.order) if alignment.order is not None else None,
        "rows": rows_of(alignment, facts),
        "measures": measure_rows(alignment, facts) if facts.measures is not None else [],
        "uncertain": [[round(a, 3), round(b, 3)] for a, b in uncertain_spans(alignment)],
    }


def as_json(alignment: Alignment, facts: ScoreFacts) -> str:
    """The document as text that ends in a line break."""
    return json.dumps(document(alignment, facts)) + "\n"
