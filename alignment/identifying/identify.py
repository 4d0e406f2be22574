"""Which work is it, where in it, and how sure: passages vote, and the best works are lined up.

1. Each passage of the query votes for the works of its nearest stored passages (``voting``).
2. The works with most votes are lined up with the query passage by passage (``path``): what
   only sounds alike has its neighbours here and there, the work itself has them in a row.
3. Works that turn out to be one music under two names are joined (``same_music``).
4. Votes, path, margin and length of the query become a probability (``confidence``), which was
   fitted on valid pieces, with pieces among them that the catalogue did not have.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from unisono.alignment.identifying.asked import Asked, asked_of, read_asked
from unisono.alignment.identifying.background import Background
from unisono.alignment.identifying.confidence import Confidence, Grounds, shares
from unisono.alignment.identifying.evidence import PathEvidence
from unisono.alignment.identifying.fitted import FITTED
from unisono.alignment.identifying.matching import Match, match
from unisono.alignment.identifying.pool import Pool, PoolItem
from unisono.alignment.identifying.same_music import joined_versions
from unisono.alignment.identifying.stretches import Stretch
from unisono.alignment.identifying.voting import Neighbours, votes
from unisono.alignment.indexing.files import content_hash
from unisono.alignment.searching.question import PLACED
from unisono.alignment.searching.works import WorkKey
from unisono.alignment.store.catalogue_error import CatalogueError
from unisono.data.modality import Modality
from unisono.towers.encoding import Encoding

if TYPE_CHECKING:
    from unisono.alignment.catalogue import Catalogue

SHORTLIST = 24
"""Works that are lined up with the query."""
ITEMS_OF_A_WORK = 3
"""Versions of a work that are lined up, those with most votes."""


@dataclass(frozen=True)
class Answer:
    """A work that it may be; rank counts from 1, probability is calibrated, 0..1.

    title, composer, modality, path, id, catalogue: of the version that fits best.
    place: where in that version the query is; asked: which part of the query that is.
    evidence: what met what, for drawings.
    """

    rank: int
    probability: float
    title: str
    composer: str | None
    modality: Modality
    path: str
    place: Stretch | None
    asked: Stretch | None
    grounds: Grounds
    id: str
    catalogue: str
    evidence: PathEvidence = field(repr=False, compare=False)


@dataclass(frozen=True)
class Identification:
    """The answers, best first, and what they were chosen from.

    modality: of the query. works: how many works were lined up. passages: how many stored
    passages were compared.
    """

    answers: tuple[Answer, ...]
    none: float
    modality: Modality
    works: int
    passages: int

    @property
    def best(self) -> Answer | None:
        """The first answer where it is more likely than not; None says none of these."""
        return self.answers[0] if self.answers and self.answers[0].probability >= 0.5 else None


def identify(
    catalogues: Sequence[Catalogue],
    query: str | Path,
    *,
    k: int = 5,
    want: Iterable[Modality | str] | None = None,
    start_s: float | None = None,
    end_s: float | None = None,
    itself: bool = True,
    confidence: Confidence = FITTED,
) -> Identification:
    """Name the work that a recording, a page or a MIDI file shows a part of.

    query: a file. want: modalities that may answer; all by default. start_s, end_s: ask with
    these seconds alone. itself: whether the very file that asks may answer.
    Raises ReadError for a query that cannot be read or has no passages, CatalogueError for a
    missing or empty catalogue, ValueError for a modality without passages.
    """
    pool = Pool(catalogues)
    path = Path(query).expanduser()
    asked = read_asked(pool.space, path, start_s, end_s)
    hidden = () if itself else (content_hash(path),)
    return identify_passages(
        catalogues, asked, k=k, want=want, hidden=hidden, confidence=confidence
    )


def identify_encoding(
    catalogues: Sequence[Catalogue],
    encoding: Encoding,
    *,
    k: int = 5,
    want: Iterable[Modality | str] | None = None,
    hidden: Collection[str] = (),
    confidence: Confidence = FITTED,
) -> Identification:
    """The same for what is encoded already, best with a passage every ``asked.QUERY_HOP_S``."""
    return identify_passages(
        catalogues, asked_of(encoding), k=k, want=want, hidden=hidden, confidence=confidence
    )


def identify_passages(
    catalogues: Sequence[Catalogue],
    asked: Asked,
    *,
    k: int = 5,
    want: Iterable[Modality | str] | None = None,
    hidden: Collection[str] = (),
    confidence: Confidence = FITTED,
) -> Identification:
    """The same for passages. hidden: ids of items that may not answer.

    Raises ValueError for no passages.
    """
    wanted = _wanted(want)
    if not len(asked):
        raise ValueError("a query without passages that sound cannot be identified")
    pool = Pool(catalogues, hidden)
    neighbours, backgrounds = pool.look_through(asked.query, wanted)
    if not pool.passages:
        raise _nothing_there(catalogues, wanted)
    matches = [
        (_best_version(pool, asked, items, neighbours, backgrounds), share)
        for items, share in _shortlist(pool, neighbours)
    ]
    matches = joined_versions(matches, asked)
    grounds = _grounds(matches, len(asked))
    probabilities = shares([confidence.probability(one) for one in grounds])
    order = sorted(range(len(matches)), key=lambda row: -probabilities[row])
    answers = tuple(
        _answer(rank, probabilities[row], matches[row][0], grounds[row])
        for rank, row in enumerate(order[:k], start=1)
    )
    none = max(0.0, 1 - sum(probabilities))
    return Identification(answers, none, asked.modality, len(matches), pool.passages)


def _shortlist(pool: Pool, neighbours: Neighbours) -> list[tuple[list[PoolItem], float]]:
    """The works with most votes, best first: some versions of each, and its share of the votes."""
    numbers = np.unique(neighbours.owners[neighbours.owners >= 0])
    items = [pool.item(int(number)) for number in numbers]
    # What several catalogues hold of the same content is one version.
    works: dict[WorkKey, int] = {}
    by_id: dict[str, int] = {}
    of_item = [
        by_id.setdefault(one.details.id, works.setdefault(one.work, len(works))) for one in items
    ]
    here = np.where(neighbours.owners >= 0, np.searchsorted(numbers, neighbours.owners), -1)
    near = Neighbours(neighbours.scores, here)
    of_works = votes(near, np.array(of_item, np.intp), len(works))
    of_items = votes(near, np.arange(len(items)), len(items))
    versions: dict[int, list[int]] = {}
    for row in np.argsort(-of_items, kind="stable").tolist():
        versions.setdefault(of_item[row], []).append(row)
    first = np.argsort(-of_works, kind="stable")[:SHORTLIST].tolist()
    return [
        ([items[row] for row in versions[work][:ITEMS_OF_A_WORK]], float(of_works[work]))
        for work in first
        if work in versions
    ]


def _best_version(
    pool: Pool,
    asked: Asked,
    items: Sequence[PoolItem],
    neighbours: Neighbours,
    backgrounds: Mapping[Modality, Background],
) -> Match:
    """The version of a work along which the query runs best."""
    found = [
        match(pool.space, asked, item, item.passages(), backgrounds[item.modality], neighbours)
        for item in items
    ]
    return max(found, key=lambda one: one.order)


def _grounds(matches: Sequence[tuple[Match, float]], passages: int) -> list[Grounds]:
    """What speaks for each work; a work alone has its margin over nothing."""
    orders = [one.order for one, _ in matches]
    grounds = []
    for row, (one, share) in enumerate(matches):
        best_other = max((*orders[:row], *orders[row + 1 :]), default=0.0)
        grounds.append(
            Grounds(
                votes=share,
                gain=one.gain,
                by_chance=one.by_chance,
                consistent=one.consistent,
                margin=one.order - max(0.0, best_other),
                passages=passages,
            )
        )
    return grounds


def _answer(rank: int, probability: float, found: Match, grounds: Grounds) -> Answer:
    details = found.item.details
    return Answer(
        rank=rank,
        probability=probability,
        title=details.title,
        composer=details.composer,
        modality=found.item.modality,
        path=details.path,
        place=found.found,
        asked=found.asked,
        grounds=grounds,
        id=details.id,
        catalogue=found.item.catalogue.where,
        evidence=found.evidence,
    )


def _wanted(want: Iterable[Modality | str] | None) -> tuple[Modality, ...]:
    if want is None:
        return PLACED
    wanted = tuple(map(Modality, [want] if isinstance(want, str) else want))
    for modality in wanted:
        if modality not in PLACED:
            raise ValueError(f"a {modality} has no passages; {', '.join(PLACED)} may answer")
    return wanted


def _nothing_there(catalogues: Sequence[Catalogue], wanted: Sequence[Modality]) -> CatalogueError:
    where = ", ".join(catalogue.where for catalogue in catalogues)
    return CatalogueError(
        f"{where}: no passage of {' or '.join(wanted)} there to compare with; "
        f"add files with `unisono index FOLDER --catalogue {catalogues[0].where}`"
    )
