"""Which moment of a MIDI file sounds here, and where a MIDI file's moment sounds."""

from __future__ import annotations

from unisono.data.modality import Modality
from unisono.eval.harness.score_passages import measure, open_material
from unisono.eval.harness.task import EvalSettings, Outcome, Progress, TaskFacts
from unisono.eval.tasks import sheet_retrieval
from unisono.towers.space import Space

FACTS = TaskFacts(
    name="audio-midi-retrieval",
    summary="passages of audio find their place in a MIDI file, and back",
    data=sheet_retrieval.FACTS.data,
    split=sheet_retrieval.FACTS.split,
    protocol="audio windows against windows of score.mid itself, both centred on an onset; pairs, "
    "candidates and sound as in sheet-retrieval. A passage that a piece repeats has equals, and "
    "ties count against",
    main_score=sheet_retrieval.FACTS.main_score,
    citation="the pairs are those of " + sheet_retrieval.FACTS.citation,
    options=("pairs", "split", "soundfont", "audio", "phases"),
)


def run(space: Space, settings: EvalSettings, progress: Progress) -> Outcome:
    """Measure both directions; raises EvalError and ReadError."""
    sides = (Modality.AUDIO, Modality.MIDI)
    return measure(space, settings, open_material(settings), sides, progress)
