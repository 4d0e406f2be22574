"""Which piece is it: recordings ask for scores, scores and single pages for recordings."""

from __future__ import annotations

from unisono.data.modality import Modality
from unisono.data.sound.soundfonts import find_soundfont, is_for_measuring
from unisono.eval.harness.identification import StoredWork, WorkQuery, ask_all, found_rows
from unisono.eval.harness.identified_pieces import (
    FULL,
    PAGE,
    WHOLE,
    AskingPiece,
    asking_piece,
    excerpts,
)
from unisono.eval.harness.rendered_sound import Renderer
from unisono.eval.harness.score_folders import open_score, score_folders
from unisono.eval.harness.task import EvalError, EvalSettings, Outcome, Progress, TaskFacts
from unisono.eval.tasks import sheet_retrieval
from unisono.towers.space import Space

EXCERPT_S = 10.0

FACTS = TaskFacts(
    name="piece-identification",
    summary="which piece is this recording, this score, this excerpt, this page",
    data=sheet_retrieval.FACTS.data,
    split=sheet_retrieval.FACTS.split,
    protocol="every piece of the split is a candidate; 100 windows spread over a query each find "
    "their 25 nearest windows, whose pieces get a vote each (plain votes, the rule of the paper); "
    "beside it what `unisono identify` answers, which weighs the votes and lines the best works "
    f"up. Whole recordings, three excerpts of {EXCERPT_S:g} s of each, whole scores, and one page "
    "of each ask. AUC none: how well the probability of the first answer tells queries whose "
    "piece is there from the same queries with their piece hidden. Recordings are played as in "
    "sheet-retrieval; systems of stored pages are given or found, the asking page is a picture "
    "that nobody has marked",
    main_score="R@1 of whole recordings among pages",
    citation=sheet_retrieval.FACTS.citation,
    options=("split", "soundfont", "pages", "audio", "systems"),
)

WAYS = (
    (FULL, Modality.AUDIO, Modality.SHEET),
    (excerpts(EXCERPT_S), Modality.AUDIO, Modality.SHEET),
    (excerpts(EXCERPT_S), Modality.AUDIO, Modality.MIDI),
    (WHOLE, Modality.SHEET, Modality.AUDIO),
    (PAGE, Modality.SHEET, Modality.AUDIO),
    (PAGE, Modality.SHEET, Modality.MIDI),
)
"""Kinds of queries, what they are, and among what they ask."""


def run(space: Space, settings: EvalSettings, progress: Progress) -> Outcome:
    """Measure all ways; raises EvalError and ReadError."""
    if settings.data is None:
        raise EvalError("this task needs --data, a folder in MSMD's layout")
    renderer = Renderer(find_soundfont(settings.soundfont), settings.cache)
    folders = score_folders(settings.data, settings.split)[: settings.limit]
    pieces = [
        asking_piece(space, open_score(folder), renderer, settings, (EXCERPT_S,))
        for folder in progress(folders, "piece")
    ]
    rows = []
    for kind, asks, answers in WAYS:
        found = ask_all(space, stored_works(pieces, answers), queries(pieces, kind), progress)
        condition = f"{kind} ({settings.pages})" if kind == PAGE else kind
        main = (kind, answers) == (FULL, Modality.SHEET)
        rows += found_rows(
            found, condition, str(asks), str(answers), len(pieces), settings.seed, main
        )
    unread = sum(one is None for piece in pieces for one in piece.asking[PAGE])
    notes = []
    if unread:
        notes.append(f"on {unread} of {len(pieces)} asking pages no staves were found: last")
    if not is_for_measuring(renderer.soundfont):
        notes.append(
            f"played with {renderer.soundfont.name}, which is not kept for measuring: training may "
            "have heard it"
        )
    if settings.limit is not None:
        notes.append(f"only the first {settings.limit} pieces: not the protocol's number")
    counts = {"pieces": len(pieces), "unread pages": unread}
    return Outcome(tuple(rows), counts, tuple(notes))


def stored_works(pieces: list[AskingPiece], modality: Modality) -> list[StoredWork]:
    """What a catalogue of one modality has of the pieces."""
    return [
        StoredWork(piece.name, piece.stored[modality])
        for piece in pieces
        if modality in piece.stored
    ]


def queries(pieces: list[AskingPiece], kind: str) -> list[WorkQuery]:
    """All queries of a kind."""
    return [
        WorkQuery(piece.name, encoding)
        for piece in pieces
        for encoding in piece.asking.get(kind, (None,))
    ]
