"""Any modality asks, any answers: ranking the items of catalogues and finding what matches.

Up to ``Limits.exact_passages`` passages every item is compared with every passage of a file that
asks. Beyond, a shortlist is made first: the best items by whole vectors, and the best by a few
passages of the query, those that say most. Only these are compared in full.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from unisono.alignment.indexing.files import content_hash
from unisono.alignment.searching.moments import (
    at_same_pace,
    best_passage,
    best_window,
    passage_similarity,
)
from unisono.alignment.searching.nearest import best
from unisono.alignment.searching.question import (
    PLACED,
    Asking,
    Query,
    Question,
    distinctive,
    question,
)
from unisono.alignment.searching.scoring import passage_scores, whole_scores, with_passages
from unisono.alignment.searching.works import WorkKey, work_of
from unisono.alignment.store.held import Details, HeldItems, Positions
from unisono.data.modality import Modality
from unisono.data.places import Region, TimeSpan
from unisono.towers.encoding import FloatArray

if TYPE_CHECKING:
    from unisono.alignment.catalogue import Catalogue
    from unisono.alignment.store.tables import StoredPassages
    from unisono.towers.space import Space


@dataclass(frozen=True)
class Hit:
    """One answer; rank counts from 1, score is in standard deviations above unrelated pairs.

    id: of the content. catalogue: where it is kept.
    """

    rank: int
    score: float
    modality: Modality
    title: str
    path: str
    moment: TimeSpan | Region | None
    id: str = ""
    catalogue: str = ""


@dataclass(frozen=True)
class Limits:
    """Up to where a search is exact, and how much it looks at beyond.

    exact_items, exact_passages: up to so many all are compared; beyond, whole vectors through
        the index if the catalogue has one.
    shortlist: items of each modality that either kind of evidence may put forward.
    distinctive: passages of the query that put items forward.
    probes: partitions of an index that are looked at.
    """

    exact_items: int = 1_000_000
    exact_passages: int = 200_000
    shortlist: int = 200
    distinctive: int = 8
    probes: int = 40


@dataclass(frozen=True)
class Options:
    """What may answer, and how many.

    itself: whether a file that asks may be an answer.
    all_versions: whether a work may be there more than once in a modality.
    """

    want: Sequence[Modality] = tuple(Modality)
    k: int = 10
    where: str | None = None
    itself: bool = False
    all_versions: bool = False
    limits: Limits = Limits()


@dataclass(frozen=True)
class _Candidate:
    catalogue: Catalogue
    score: float
    modality: Modality
    details: Details


def ask(
    catalogues: Sequence[Catalogue],
    query: Asking | Sequence[Asking],
    *,
    more: Sequence[Asking] = (),
    less: Sequence[Asking] = (),
    want: Modality | str | Iterable[Modality | str] | None = None,
    **options: Any,
) -> list[Hit]:
    """Encode a question and ask catalogues of one space; see ``Catalogue.search``."""
    asked = [query] if isinstance(query, str | Path) else query
    wanted = [want] if isinstance(want, str) else list(want or Modality)
    terms = encode(catalogues, asked, more, less)
    return search(catalogues, terms, Options(tuple(map(Modality, wanted)), **options))


def encode(
    catalogues: Sequence[Catalogue],
    asked: Sequence[Asking],
    more: Sequence[Asking] = (),
    less: Sequence[Asking] = (),
) -> Question:
    """Encode a question for catalogues of one space; see ``question``.

    Raises CatalogueError for a missing catalogue before anything is encoded.
    """
    from unisono.alignment.indexing.adding import HOP_S

    for catalogue in catalogues:
        catalogue.reader()
    return question(catalogues[0].space, asked, more, less, hop_s=HOP_S)


def search(catalogues: Sequence[Catalogue], asked: Question, options: Options) -> list[Hit]:
    """Rank the items of catalogues of one space for a question, best first.

    What several catalogues hold of the same content is one answer. Raises CatalogueError for a
    missing catalogue or a condition that does not work.
    """
    taken = set() if options.itself else _ids_of(asked)
    ranked = [_ranked(catalogue, asked, options) for catalogue in catalogues]
    chosen: list[_Candidate] = []
    seen: set[tuple[Modality, WorkKey]] = set()
    for candidate in _merged(ranked):
        details = candidate.details
        key: WorkKey = ("id", details.id)
        if not options.all_versions:
            key = work_of(details.path, details.title, details.composer, details.artist)
        if details.id in taken or (candidate.modality, key) in seen:
            continue
        taken.add(details.id)
        seen.add((candidate.modality, key))
        chosen.append(candidate)
        if len(chosen) == options.k:
            break
    return _hits(asked.pointing.query, chosen)


def item_scores(
    catalogue: Catalogue, held: HeldItems, asked: Question, options: Options
) -> FloatArray:
    """Scores (n,) of the items that a catalogue holds; -inf for what may not answer."""
    reader = catalogue.reader()
    pool = held.where(options.where) if options.where is not None else None
    wanted = [term.query for term in asked.terms if term.weight > 0]
    if pool is None and len(held) > options.limits.exact_items and held.has_index:
        pool = _near(catalogue.space, held, wanted, options)
    files = any(len(term.query.passages) for term in asked.terms)
    count = reader.count_passages() if files else 0
    ids: list[str] | None = None
    if count > options.limits.exact_passages:
        pool = _shortlist(catalogue, held, wanted, pool, options)
        ids = held.ids_at(pool)
    total = np.zeros(len(held), np.float32)
    for term in asked.terms:
        scores = whole_scores(catalogue.space, term.query, held, options.want, pool)
        if count and len(term.query.passages):
            blocks = reader.passage_blocks(ids)
            passage = passage_scores(catalogue.space, term.query, held, blocks, options.want, pool)
            scores = with_passages(scores, passage, held, term.query.modality)
        # What may not answer may not by any term; a weight below 0 would turn it round.
        total += np.where(np.isneginf(scores), scores, term.weight * scores)
    return total


def _near(space: Space, held: HeldItems, queries: Sequence[Query], options: Options) -> Positions:
    """The closest items of each modality by the index on whole vectors."""
    found, limits = [np.empty(0, np.intp)], options.limits
    for query in queries:
        for answers in set(held.spans) & set(options.want):
            vector = space.weigh(query.whole[None], query.modality, answers, "whole")[0]
            found.append(held.near(vector, answers, limits.shortlist, limits.probes))
    return np.unique(np.concatenate(found))


def _shortlist(
    catalogue: Catalogue,
    held: HeldItems,
    queries: Sequence[Query],
    pool: Positions | None,
    options: Options,
) -> Positions:
    """The items of each modality that whole vectors or a few passages put forward."""
    kept = [np.empty(0, np.intp)]
    for query in queries:
        scores = [whole_scores(catalogue.space, query, held, options.want, pool)]
        if len(query.passages):
            scores.append(_by_few_passages(catalogue, held, query, options))
        for score in scores:
            for span in held.spans.values():
                first = span.start + best(score[span], options.limits.shortlist)
                kept.append(first[score[first] > -np.inf])
    chosen = np.unique(np.concatenate(kept))
    return chosen if pool is None else chosen[np.isin(chosen, pool)]


def _by_few_passages(
    catalogue: Catalogue, held: HeldItems, query: Query, options: Options
) -> FloatArray:
    """Scores (n,) by the passages of the query that say most; -inf where nothing is known."""
    few = distinctive(query, held.centre, options.limits.distinctive)
    asking = replace(query, passages=few, positions=np.arange(len(few)))
    reader = catalogue.reader()
    ids = reader.near_passages(asking, options.limits.shortlist, options.limits.probes)
    blocks = reader.passage_blocks(ids)
    scores = passage_scores(catalogue.space, asking, held, blocks, options.want)
    return np.where(np.isnan(scores), np.float32(-np.inf), scores)


def _ranked(catalogue: Catalogue, asked: Question, options: Options) -> Iterator[_Candidate]:
    """The answers of one catalogue, best first; equal scores in the order of the catalogue."""
    held = catalogue.reader().held()
    scores = item_scores(catalogue, held, asked, options)[held.by_row]
    shown, many = 0, max(4 * options.k, 32)
    while shown < len(scores):
        first = best(scores, many)
        for row in first[shown:]:
            if scores[row] == -np.inf:
                return
            position = int(held.by_row[row])
            answers = held.modality_of(position)
            yield _Candidate(catalogue, float(scores[row]), answers, held.details(position))
        shown, many = len(first), 8 * many


def _merged(ranked: Sequence[Iterator[_Candidate]]) -> Iterator[_Candidate]:
    from heapq import merge

    return merge(*ranked, key=lambda candidate: -candidate.score)


def _ids_of(asked: Question) -> set[str]:
    return {content_hash(path) for path in asked.files}


def _hits(pointing: Query, chosen: Sequence[_Candidate]) -> list[Hit]:
    stored: dict[str, StoredPassages] = {}
    for catalogue in dict.fromkeys(candidate.catalogue for candidate in chosen):
        placed = [
            candidate.details.id
            for candidate in chosen
            if candidate.catalogue is catalogue and candidate.modality in PLACED
        ]
        stored |= catalogue.reader().passages(placed)
    return [
        Hit(
            rank,
            one.score,
            one.modality,
            one.details.title,
            one.details.path,
            moment(one.catalogue.space, pointing, one.modality, stored.get(one.details.id)),
            one.details.id,
            one.catalogue.where,
        )
        for rank, one in enumerate(chosen, start=1)
    ]


def moment(
    space: Space, query: Query, answers: Modality, stored: StoredPassages | None
) -> TimeSpan | Region | None:
    """Where in an item a query is found; None for what has no places."""
    if stored is None or not len(stored.places) or answers not in PLACED:
        return None
    similarity = passage_similarity(space, query, answers, stored)
    if not len(query.passages):
        return best_passage(similarity[0], stored)
    return best_window(similarity, query.positions, stored, at_same_pace(query, answers))
