"""Which moment of a MIDI file stands here, and where on the page a MIDI file's moment stands."""

from __future__ import annotations

from unisono.data.modality import Modality
from unisono.eval.harness.score_passages import measure, open_material
from unisono.eval.harness.task import EvalSettings, Outcome, Progress, TaskFacts
from unisono.eval.tasks import sheet_retrieval
from unisono.towers.space import Space

FACTS = TaskFacts(
    name="sheet-midi-retrieval",
    summary="passages of pages find their place in a MIDI file, and back",
    data=sheet_retrieval.FACTS.data,
    split=sheet_retrieval.FACTS.split,
    protocol="windows of the page centred on a note head against windows of score.mid centred on "
    "its onset; pairs and candidates as in sheet-retrieval",
    main_score=sheet_retrieval.FACTS.main_score,
    citation="the pairs are those of " + sheet_retrieval.FACTS.citation,
    options=("pairs", "split", "pages", "systems", "phases"),
)


def run(space: Space, settings: EvalSettings, progress: Progress) -> Outcome:
    """Measure both directions; raises EvalError and ReadError."""
    sides = (Modality.SHEET, Modality.MIDI)
    return measure(space, settings, open_material(settings), sides, progress)
