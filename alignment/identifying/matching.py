"""A query against one item: the best path, and what it is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from unisono.alignment.identifying.asked import Asked
from unisono.alignment.identifying.background import Background
from unisono.alignment.identifying.confidence import order
from unisono.alignment.identifying.evidence import PathEvidence
from unisono.alignment.identifying.path import Path, best_path, by_chance
from unisono.alignment.identifying.pool import PoolItem
from unisono.alignment.identifying.stretches import (
    Stretch,
    hop_of,
    paces,
    positions_of,
    stretch,
)
from unisono.alignment.identifying.voting import Neighbours
from unisono.towers.encoding import FloatArray, Passages

if TYPE_CHECKING:
    from unisono.alignment.store.tables import StoredPassages
    from unisono.towers.space import Space


@dataclass(frozen=True)
class Match:
    """How a query runs through an item; gain and by_chance for each passage of the query.

    asked, found: the stretches of both that met; None where nothing did.
    met: (m, d) the item's passages along the path.
    """

    item: PoolItem
    gain: float
    by_chance: float
    consistent: float
    asked: Stretch | None
    found: Stretch | None
    evidence: PathEvidence
    met: FloatArray

    @property
    def order(self) -> float:
        """What order is worth; see ``Grounds``."""
        return order(self.gain, self.by_chance)


def match(
    space: Space,
    asked: Asked,
    item: PoolItem,
    stored: StoredPassages,
    background: Background,
    neighbours: Neighbours,
) -> Match:
    """Lay a query along an item; neighbours: of the query's passages, in all that is stored."""
    asking = space.weigh(asked.query.passages, asked.modality, item.modality, "passage")
    scores = background.standardise(asking @ stored.vectors.T)
    # A silent passage says neither yes nor no.
    scores[:, stored.weights <= 0] = 0.0
    columns = positions_of(Passages(stored.vectors, stored.places, stored.weights), item.modality)
    tried = paces(asked.modality, item.modality, hop_of(columns))
    path = best_path(scores, asked.positions, tried)
    count = len(asked)
    on_path = scores[path.cells[:, 0], path.cells[:, 1]] >= neighbours.limit[path.cells[:, 0]]
    rows = path.cells[:, 0]
    places = [asked.query.places[row] for row in rows]
    return Match(
        item=item,
        gain=path.gain / count,
        by_chance=by_chance(scores, asked.positions, tried) / count,
        consistent=float(on_path.sum()) / count,
        asked=stretch(places, asked.positions[rows]) if len(rows) else None,
        found=_found(stored, columns, path),
        evidence=_evidence(scores, asked, stored, path),
        met=stored.vectors[path.cells[:, 1]],
    )


def _found(stored: StoredPassages, columns: np.ndarray, path: Path) -> Stretch | None:
    if not len(path.cells):
        return None
    first, last = int(path.cells[0, 1]), int(path.cells[-1, 1])
    return stretch(stored.places[first : last + 1], columns[first : last + 1])


def _evidence(scores: FloatArray, asked: Asked, stored: StoredPassages, path: Path) -> PathEvidence:
    first, last = (0, 0) if not len(path.cells) else path.cells[[0, -1], 1].tolist()
    return PathEvidence(scores, asked.query.places, stored.places, first, last, path=path.cells)
