"""Queries ask a catalogue which work they are: ranks, votes, and how sure without the work.

Works are stored as a catalogue has them, a passage a second, and asked for through
``identify_encoding``. Each query is asked twice: with its work there, and with it hidden, when the
right answer is "none of these".
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.alignment.catalogue import Catalogue
from unisono.alignment.identifying.asked import asked_of
from unisono.alignment.identifying.confidence import Grounds
from unisono.alignment.identifying.identify import Identification, identify_passages
from unisono.alignment.identifying.pool import Pool
from unisono.alignment.identifying.voting import plain_votes
from unisono.alignment.store.tables import Item
from unisono.data.modality import Modality
from unisono.data.readers.metadata import Metadata
from unisono.eval.harness.task import Progress, ResultRow, Score
from unisono.eval.intervals import grouped_interval
from unisono.eval.metrics import ChanceScores, mean_reciprocal_rank, recall_at, roc_auc
from unisono.towers.encoding import Encoding
from unisono.towers.space import Space

DEPTHS = (1, 5)
ANSWERS = 3
"""Of each identification, whose grounds are kept for calibration."""


@dataclass(frozen=True)
class StoredWork:
    """An item of the catalogue and the name of its work; several may be of one work."""

    work: str
    encoding: Encoding


@dataclass(frozen=True)
class WorkQuery:
    """What asks and the work that it is of; encoding: None where the file could not be read."""

    work: str
    encoding: Encoding | None


@dataclass(frozen=True)
class Found:
    """What a query got.

    rank, plain_rank: of the right work by ``identify`` and by plain votes; ties count against,
    and a work that was not put forward is last. probability, without: of the first answer with
    the right work there and hidden. judged: grounds of the first answers of both, and whether
    they are right.
    """

    work: str
    rank: int
    plain_rank: int
    probability: float
    without: float
    judged: tuple[tuple[Grounds, bool], ...] = ()


def ask_all(
    space: Space, stored: Sequence[StoredWork], queries: Sequence[WorkQuery], progress: Progress
) -> list[Found]:
    """Ask for every query, in order."""
    works = list(dict.fromkeys(one.work for one in stored))
    with tempfile.TemporaryDirectory() as folder:
        catalogue = Catalogue(Path(folder) / "works.lance", space)
        catalogue.write([_item(number, one) for number, one in enumerate(stored)])
        ids: dict[str, list[str]] = {}
        for number, one in enumerate(stored):
            ids.setdefault(one.work, []).append(_id(number))
        return [_ask(catalogue, query, works, ids) for query in progress(queries, "query")]


def _ask(
    catalogue: Catalogue, query: WorkQuery, works: Sequence[str], ids: dict[str, list[str]]
) -> Found:
    asked = asked_of(query.encoding) if query.encoding is not None else None
    if asked is None or not len(asked):
        return Found(query.work, len(works), len(works), 0.0, 0.0)
    there = identify_passages([catalogue], asked, k=len(works))
    hidden = None
    if len(works) > 1:
        hidden = identify_passages([catalogue], asked, k=ANSWERS, hidden=ids[query.work])
    pool = Pool([catalogue])
    neighbours, _ = pool.look_through(asked.query, tuple(Modality))
    numbers = {name: number for number, name in enumerate(works)}
    of_items = [numbers[pool.item(number).details.title] for number in range(len(catalogue))]
    counts = plain_votes(neighbours.owners, of_items, len(works))
    right = numbers[query.work]
    named = [answer.title for answer in there.answers]
    rank = named.index(query.work) + 1 if query.work in named else len(works)
    judged = [*_judged(there, query.work), *(_judged(hidden, query.work) if hidden else ())]
    return Found(
        work=query.work,
        rank=rank,
        plain_rank=int((counts >= counts[right]).sum()),
        probability=_first(there),
        without=_first(hidden) if hidden else 0.0,
        judged=tuple(judged),
    )


def found_rows(
    found: Sequence[Found],
    condition: str,
    asks: str,
    answers: str,
    works: int,
    seed: int,
    main: bool,
) -> list[ResultRow]:
    """This space, plain votes and chance, for one kind of query."""
    groups = [one.work for one in found]
    ranks = np.array([one.rank for one in found])
    scores = _rank_scores(ranks, groups, seed)
    here = np.array([one.probability for one in found])
    without = np.array([one.without for one in found])
    scores["AUC none"] = Score(roc_auc(here, without))
    hits = ranks == 1
    names = np.asarray(groups)
    by_group = {name: float(hits[names == name].mean()) for name in dict.fromkeys(groups)}
    place = (condition, asks, answers, len(found), works)
    plain = np.array([one.plain_rank for one in found])
    chance = ChanceScores(works)
    by_chance = {f"R@{k}": Score(chance.recall_at(k)) for k in DEPTHS}
    by_chance["MRR"] = Score(chance.mean_reciprocal_rank)
    return [
        ResultRow("this space", "measured", *place, scores, main=main, by_group=by_group),
        ResultRow("plain votes", "baseline", *place, _rank_scores(plain, groups, seed)),
        ResultRow("chance", "chance", *place, {**by_chance, "AUC none": Score(0.5)}),
    ]


def _rank_scores(
    ranks: npt.NDArray[np.int64], groups: Sequence[str], seed: int
) -> dict[str, Score]:
    scores = {
        f"R@{k}": Score(recall_at(ranks, k), *grouped_interval(ranks <= k, groups, seed=seed))
        for k in DEPTHS
    }
    return {**scores, "MRR": Score(mean_reciprocal_rank(ranks))}


def _judged(found: Identification, work: str) -> list[tuple[Grounds, bool]]:
    return [(answer.grounds, answer.title == work) for answer in found.answers[:ANSWERS]]


def _first(found: Identification) -> float:
    return found.answers[0].probability if found.answers else 0.0


def _id(number: int) -> str:
    return f"item{number:08}"


def _item(number: int, one: StoredWork) -> Item:
    # One folder and name a work: its items are versions of each other, and of nothing else.
    path = f"/works/{one.work}.{one.encoding.modality}"
    return Item(_id(number), path, Metadata(one.work), one.encoding)
