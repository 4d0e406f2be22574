"""The searches of the demonstration: any kind of material asks, another answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from unisono.alignment.catalogue import Catalogue
from unisono.alignment.searching.search import Hit
from unisono.data.modality import Modality
from unisono.report.collection import Collection, Piece, Work
from unisono.report.findings import Answer, Question, Skipped, Verdict
from unisono.report.passages import cut_region, cut_seconds, middle_system
from unisono.report.places import clock, share
from unisono.report.verdicts import (
    NOUNS,
    UNKNOWN,
    moment_verdict,
    place_of_right,
    system_verdict,
    verdict_on_first,
)

if TYPE_CHECKING:
    from unisono.towers.space import Space

ANSWERS = 5
EXCERPT_S = 8.0
TEXT_QUERY = "calm solo piano, minor key"
TEXT_TAGS = frozenset({"calm", "piano", "minor"})


def text_to_recording(catalogue: Catalogue, collection: Collection) -> Question | Skipped:
    """A sentence asks for recordings; right is one whose tags hold all that was asked for."""
    heading = "A sentence asks for recordings"
    if not collection.of(Modality.AUDIO):
        return Skipped("text", heading, "there is no recording in this folder")
    query, wanted = _sentence(collection)
    hits = catalogue.search(query, want=Modality.AUDIO, k=ANSWERS)

    def fits(hit: Hit) -> bool:
        piece = collection.piece_at(hit.path)
        work = collection.work_named(piece.work) if piece else None
        return work is not None and wanted <= work.tags

    answers = _answers(hits, collection, fits)
    tags = ", ".join(sorted(wanted))
    if not collection.truth_known:
        verdict = Verdict(None, UNKNOWN)
    elif answers[0].right:
        verdict = Verdict(True, f"Right: {answers[0].title} has the tags {tags}.")
    else:
        place = place_of_right(answers)
        verdict = Verdict(False, f"Wrong: {answers[0].title} lacks one of the tags {tags}; {place}")
    return Question(
        "text",
        heading,
        f"Which recordings sound like “{query}”?",
        query,
        Modality.TEXT,
        query,
        None,
        answers,
        verdict,
        _summary(catalogue, collection, Modality.TEXT, Modality.AUDIO),
    )


def page_to_recording(
    space: Space, catalogue: Catalogue, collection: Collection, scratch: Path
) -> Question | Skipped:
    """A system cut from a page asks for the recording and for the time at which it is played."""
    heading = "A line of notes asks for the recording and the moment"
    pages = _pictured_first(collection.of(Modality.SHEET))
    if not pages or not collection.of(Modality.AUDIO):
        missing = "recording" if pages else "page of notes"
        return Skipped("page", heading, f"there is no {missing} in this folder")
    page = _pick(pages, 1)
    region = middle_system(space.passages(page.path).places)
    asking = cut_region(page.path, region, scratch) if region else None
    hits = catalogue.search(asking or page.path, want=Modality.AUDIO, k=ANSWERS)
    answers = _answers(hits, collection, _same_work(collection, page))
    verdict = verdict_on_first(answers, page, Modality.AUDIO, collection)
    work = collection.work_named(page.work)
    if asking and region and work and answers and answers[0].right:
        verdict = moment_verdict(verdict, answers[0], work, region)
    part = f"system {region.system} of the page" if asking and region else "the page"
    return Question(
        "page",
        heading,
        f"Which recording plays {part} of {page.title}, and when?",
        page.path,
        Modality.SHEET,
        page.title,
        region if asking else None,
        answers,
        verdict,
        _summary(catalogue, collection, Modality.SHEET, Modality.AUDIO),
    )


def recording_to_page(
    catalogue: Catalogue, collection: Collection, scratch: Path
) -> Question | Skipped:
    """A few seconds of a recording ask for the page and for the place on it."""
    heading = "A few seconds of sound ask for the place on the page"
    recordings = collection.of(Modality.AUDIO)
    pages = collection.of(Modality.SHEET)
    if not recordings or not pages:
        missing = "page of notes" if recordings else "recording"
        return Skipped("place", heading, f"there is no {missing} in this folder")
    recording = _pick(recordings, 3)
    span = cut_seconds(recording.path, EXCERPT_S, scratch)
    asking = scratch / "excerpt.wav" if span else recording.path
    hits = catalogue.search(asking, want=Modality.SHEET, k=ANSWERS)
    answers = _answers(hits, collection, _same_work(collection, recording))
    verdict = verdict_on_first(answers, recording, Modality.SHEET, collection)
    work = collection.work_named(recording.work)
    if span and work and answers and answers[0].right:
        verdict = system_verdict(verdict, answers[0], work, span)
    part = f"{clock(span.start_s)} to {clock(span.end_s)} of" if span else "all of"
    return Question(
        "place",
        heading,
        f"On which page, and where on it, stands what sounds from {part} {recording.title}?"
        if span
        else f"On which page stands the recording {recording.title}?",
        recording.path,
        Modality.AUDIO,
        recording.title,
        span,
        answers,
        verdict,
    )


def recording_to_midi(catalogue: Catalogue, collection: Collection) -> Question | Skipped:
    """A recording asks for the MIDI file of what it plays."""
    heading = "A recording asks for the MIDI file"
    recordings = collection.of(Modality.AUDIO)
    if not recordings or not collection.of(Modality.MIDI):
        missing = "MIDI file" if recordings else "recording"
        return Skipped("midi", heading, f"there is no {missing} in this folder")
    recording = _pick(recordings, 2)
    hits = catalogue.search(recording.path, want=Modality.MIDI, k=ANSWERS)
    answers = _answers(hits, collection, _same_work(collection, recording))
    return Question(
        "midi",
        heading,
        f"Which MIDI file holds the notes of the recording {recording.title}?",
        recording.path,
        Modality.AUDIO,
        recording.title,
        None,
        answers,
        verdict_on_first(answers, recording, Modality.MIDI, collection),
        _summary(catalogue, collection, Modality.AUDIO, Modality.MIDI),
    )


def _sentence(collection: Collection) -> tuple[str, frozenset[str]]:
    """The text query, and the tags that a right answer has."""
    if not collection.works or any(work.tags >= TEXT_TAGS for work in collection.works):
        return TEXT_QUERY, TEXT_TAGS
    tags = sorted(collection.works[0].tags)[:3]
    return f"{', '.join(tags)} music", frozenset(tags)


def _pick(pieces: Sequence[Piece], turn: int) -> Piece:
    """Different steps show different works, by a fixed rule and not by which comes out well."""
    return pieces[turn * len(pieces) // 5]


def _pictured_first(sheets: Sequence[Piece]) -> list[Piece]:
    """Pages that are pictures, else whatever pages there are."""
    pictures = [sheet for sheet in sheets if sheet.path.suffix.lower() in (".png", ".jpg", ".jpeg")]
    return pictures or list(sheets)


def _same_work(collection: Collection, asking: Piece) -> Callable[[Hit], bool]:
    def same(hit: Hit) -> bool:
        piece = collection.piece_at(hit.path)
        return piece is not None and piece.work == asking.work

    return same


def _answers(
    hits: Sequence[Hit], collection: Collection, fits: Callable[[Hit], bool]
) -> tuple[Answer, ...]:
    answers = []
    for hit in hits:
        piece = collection.piece_at(hit.path)
        right = fits(hit) if collection.truth_known else None
        title = piece.title if piece else hit.title
        path = Path(hit.path)
        answers.append(Answer(hit.rank, hit.score, hit.modality, title, path, hit.moment, right))
    return tuple(answers)


def _summary(catalogue: Catalogue, collection: Collection, asks: Modality, wanted: Modality) -> str:
    """How every work fares when its own file asks; empty where the truth is unknown."""
    if not collection.truth_known:
        return ""
    ranks = [
        _rank_of_own(catalogue, collection, work, asks, wanted, piece)
        for work in collection.works
        for piece in _askers(collection, asks, work)
    ]
    if not ranks:
        return ""
    first = sum(rank == 1 for rank in ranks)
    near = sum(1 <= rank <= 3 for rank in ranks)
    answers = len(collection.of(wanted))
    return (
        f"Asked with the {NOUNS[asks]} of every work in turn, the right {NOUNS[wanted]} comes "
        f"first for {share(first, len(ranks))} and among the first three for "
        f"{share(near, len(ranks))}; guessing would give {len(ranks) / answers:.0f} and "
        f"{min(3, answers) * len(ranks) / answers:.0f}."
    )


def _askers(collection: Collection, asks: Modality, work: Work) -> list[Piece]:
    own = [piece for piece in collection.of(asks) if piece.work == work.folder]
    return (_pictured_first(own) if asks is Modality.SHEET else own)[:1]


def _rank_of_own(
    catalogue: Catalogue,
    collection: Collection,
    work: Work,
    asks: Modality,
    wanted: Modality,
    piece: Piece,
) -> int:
    """Rank of the first answer of the same work; 0 beyond the third."""
    query: str | Path = piece.path
    if asks is Modality.TEXT:
        query = piece.path.read_text(encoding="utf-8")
    for hit in catalogue.search(query, want=wanted, k=3):
        found = collection.piece_at(hit.path)
        if found is not None and found.work == work.folder:
            return hit.rank
    return 0
