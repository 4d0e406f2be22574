"""The query of an identification: passages of one file that sound, and where they lie."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from unisono.alignment.identifying.stretches import positions_of
from unisono.alignment.searching.question import PLACED, Query, spread
from unisono.data.errors import ReadError
from unisono.data.modality import Modality
from unisono.towers.encoding import Encoding, Passages

if TYPE_CHECKING:
    from unisono.towers.space import Space

QUERY_HOP_S = 0.5
"""Finer than what is stored: some passage of the query then lies close to each stored one."""
MOST_PASSAGES = 100
"""Of a longer query, spread evenly over it; as many as Dorfer et al. 2018 take."""


@dataclass(frozen=True)
class Asked:
    """Up to ``MOST_PASSAGES`` sounding passages, and their positions (q,), rising.

    positions: seconds, or numbers of passages on pages.
    """

    query: Query
    positions: npt.NDArray[np.float64]

    @property
    def modality(self) -> Modality:
        """What asks."""
        return self.query.modality

    def __len__(self) -> int:
        return len(self.query.passages)


def read_asked(
    space: Space, path: Path, start_s: float | None = None, end_s: float | None = None
) -> Asked:
    """Encode a file that asks, or the seconds from ``start_s`` to ``end_s`` of it.

    Raises ReadError for a file that cannot be read, that has no passages (words, covers), in
    which nothing sounds, or that has no such seconds.
    """
    encoding = space.encode_item(path, hop_s=QUERY_HOP_S)
    if encoding.modality not in PLACED:
        raise ReadError(
            path,
            f"this is a {encoding.modality}, which has no passages to identify a piece by",
            "give a recording, a page of music or a MIDI file",
        )
    if start_s is not None or end_s is not None:
        encoding = _cut(path, encoding, start_s or 0.0, np.inf if end_s is None else end_s)
    asked = asked_of(encoding)
    if not len(asked):
        raise ReadError(path, "nothing sounds in it", "give a file with music, or other seconds")
    return asked


def asked_of(encoding: Encoding) -> Asked:
    """Passages of an encoded file; none where nothing sounds."""
    query = spread(encoding, MOST_PASSAGES)
    if not len(query.passages):
        return Asked(query, np.empty(0))
    return Asked(query, positions_of(encoding.passages, encoding.modality)[query.positions])


def _cut(path: Path, encoding: Encoding, start_s: float, end_s: float) -> Encoding:
    """The passages centred within some seconds; those outside no longer sound."""
    if encoding.modality is Modality.SHEET:
        raise ReadError(path, "pages have no seconds to cut", "leave the seconds out")
    passages = encoding.passages
    seconds = positions_of(passages, encoding.modality)
    outside = (seconds < start_s) | (seconds > end_s)
    if outside.all():
        raise ReadError(
            path,
            f"holds nothing from {start_s:g} to {end_s:g} s",
            f"it is {encoding.duration_s or seconds[-1]:.0f} s long",
        )
    weights = np.where(outside, np.float32(0), passages.weights)
    return replace(encoding, passages=Passages(passages.vectors, passages.places, weights))
