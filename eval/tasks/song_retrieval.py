"""Songs for voice and piano, set by another engraver than the pages that training saw most."""

from __future__ import annotations

from dataclasses import replace

from unisono.data.sources import openscore
from unisono.eval.harness.engraved_scores import engraved_score
from unisono.eval.harness.pair_lists import pairs_by_rule
from unisono.eval.harness.score_passages import Material, measure
from unisono.eval.harness.task import EvalError, EvalSettings, Outcome, Progress, TaskFacts
from unisono.eval.tasks import sheet_retrieval
from unisono.towers.space import Space

SONGS = 40
SPREAD = "2,000 pairs"

FACTS = TaskFacts(
    name="song-retrieval",
    summary="passages of songs for voice and piano find their place on the page, and back",
    data="the OpenScore Lieder folder: songs.parquet, scores/<id>.mxl",
    split="the folder's own, by set of songs; --split",
    protocol=f"{SONGS} songs spaced evenly over the split, engraved by Verovio in its default "
    "layout, as written, without repeats; the voice played by a flute; pairs and candidates as in "
    "sheet-retrieval",
    main_score=f"R@1 with {SPREAD} as candidates",
    citation="M. Gotham, P. Jonas: The OpenScore Lieder Corpus, Music Encoding Conference 2021; "
    "the pairs are those of " + sheet_retrieval.FACTS.citation,
    options=("split", "soundfont", "pages", "audio", "systems", "phases"),
)


def run(space: Space, settings: EvalSettings, progress: Progress) -> Outcome:
    """Measure both directions; raises EvalError and ReadError."""
    if settings.data is None or not (settings.data / "songs.parquet").is_file():
        raise EvalError(f"{settings.data or 'no --data'}: no songs.parquet; give {FACTS.data}")
    facts = sorted(openscore.songs(settings.data, settings.split), key=lambda one: one.identifier)
    if not facts:
        raise EvalError(f"{settings.data}: has no song in the split {settings.split}")
    chosen = facts[:: max(1, len(facts) // SONGS)][:SONGS][: settings.limit]
    files = [settings.data / "scores" / f"{one.identifier}.mxl" for one in chosen]
    scores = tuple(engraved_score(file, settings.cache) for file in progress(files, "score"))
    material = Material(pairs_by_rule(scores), scores, piano=False)
    outcome = measure(space, settings, material, sheet_retrieval.SIDES, progress)
    rows = [
        replace(row, main=row.kind == "measured" and row.condition == SPREAD)
        for row in outcome.rows
    ]
    return replace(outcome, rows=tuple(rows))
