"""All items of some catalogues as one pool: nearest passages, and which work an item is of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from unisono.alignment.identifying.background import Background, Moments, background
from unisono.alignment.identifying.voting import Neighbours, merged, nearest_in, no_neighbours
from unisono.alignment.searching.question import PLACED, Query
from unisono.alignment.searching.works import WorkKey, work_of
from unisono.alignment.store.held import Details, HeldItems
from unisono.data.modality import Modality
from unisono.towers.encoding import FloatArray

if TYPE_CHECKING:
    from unisono.alignment.catalogue import Catalogue
    from unisono.alignment.store.tables import StoredPassages
    from unisono.towers.space import Space


@dataclass(frozen=True)
class PoolItem:
    """An item of a pool."""

    number: int
    catalogue: Catalogue
    modality: Modality
    details: Details

    @property
    def work(self) -> WorkKey:
        """The work that it is a version of."""
        one = self.details
        return work_of(one.path, one.title, one.composer, one.artist)

    def passages(self) -> StoredPassages:
        """Its stored passages in order."""
        return self.catalogue.passages([self.details.id])[self.details.id]


class Pool:
    """Items of catalogues of one space, numbered through; see ``Catalogue.reader``.

    hidden: ids of items that may not answer. Raises CatalogueError for a missing catalogue.
    """

    def __init__(self, catalogues: Sequence[Catalogue], hidden: Collection[str] = ()) -> None:
        self.catalogues = catalogues
        self._held = [catalogue.reader().held() for catalogue in catalogues]
        self._starts = np.cumsum([0, *(len(held) for held in self._held)])
        self._hidden = frozenset(hidden)
        self.passages = 0

    def item(self, number: int) -> PoolItem:
        """An item by its number."""
        which = int(np.searchsorted(self._starts, number, side="right")) - 1
        held, position = self._held[which], number - int(self._starts[which])
        catalogue = self.catalogues[which]
        return PoolItem(number, catalogue, held.modality_of(position), held.details(position))

    def look_through(
        self, query: Query, want: Collection[Modality]
    ) -> tuple[Neighbours, dict[Modality, Background]]:
        """The nearest of all stored passages, and how near they are on the whole.

        Every passage is read once, block by block. Scores are deviations above the background
        of the modality, so that they compare across modalities.
        """
        asking = {
            answers: self.space.weigh(query.passages, query.modality, answers, "passage")
            for answers in PLACED
            if answers in want
        }
        found = {answers: no_neighbours(len(query.passages)) for answers in asking}
        moments = {answers: Moments(query.passages.shape[1]) for answers in asking}
        for which, catalogue in enumerate(self.catalogues):
            held, start = self._held[which], int(self._starts[which])
            barred = self._barred(held)
            for ids, vectors in catalogue.reader().passage_blocks(None):
                owners = held.owners(ids)
                owners[barred[owners]] = -1
                for answers in asking:
                    span = held.spans.get(answers, slice(0, 0))
                    rows = np.flatnonzero((owners >= span.start) & (owners < span.stop))
                    if not len(rows):
                        continue
                    some = vectors if len(rows) == len(vectors) else vectors[rows]
                    moments[answers].add(some)
                    near = nearest_in(some, owners[rows] + start, asking[answers])
                    found[answers] = merged(found[answers], near)
        self.passages = sum(one.count for one in moments.values())
        backgrounds = {
            answers: background(
                vectors, moments[answers], *_unrelated(self.space, query.modality, answers)
            )
            for answers, vectors in asking.items()
        }
        every = no_neighbours(len(query.passages))
        for answers, near in found.items():
            scores = backgrounds[answers].standardise(near.scores)
            every = merged(every, Neighbours(scores, near.owners))
        return every, backgrounds

    @property
    def space(self) -> Space:
        """The space of all catalogues."""
        return self.catalogues[0].space

    def _barred(self, held: HeldItems) -> npt.NDArray[np.bool_]:
        """(n + 1,) whether an item may not answer; the last, to which -1 leads, may not."""
        barred = np.zeros(len(held) + 1, bool)
        barred[-1] = True
        if self._hidden and len(held):
            barred[:-1] = np.isin(np.array(held.ids.to_pylist()), list(self._hidden))
        return barred


def _unrelated(space: Space, asks: Modality, answers: Modality) -> tuple[float, float]:
    """Mean and deviation of similarities of unrelated passages, as the space knows them."""
    at: FloatArray = np.array([0.0, 1.0], np.float32)
    zero, one = (float(score) for score in space.calibrate(at, asks, answers, "passage"))
    if (zero, one) == (0.0, 1.0):
        # A space without calibration: as two random directions have it.
        return 0.0, 1 / np.sqrt(space.dimension)
    deviation = 1 / max(one - zero, 1e-6)
    return -zero * deviation, deviation
