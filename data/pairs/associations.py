"""Which rows share a value: the artist, the album, a label, a playlist."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


class Associations:
    """Rows that have at least one partner: another row with a value in common.

    rows: those rows; partners are drawn among all others that share a value drawn first.
    """

    def __init__(self, values: Sequence[str], identities: Sequence[str]) -> None:
        """values: of each row, several divided by ``|``; an empty one shares nothing.

        identities: equal for rows of equal content, which are no partners of each other.
        """
        self._values = [_parts(value) for value in values]
        self._identities = identities
        self._rows_of: dict[str, list[int]] = {}
        for row, parts in enumerate(self._values):
            for part in parts:
                self._rows_of.setdefault(part, []).append(row)
        contents = {
            part: len({identities[row] for row in rows}) for part, rows in self._rows_of.items()
        }
        self._shared = [[part for part in parts if contents[part] > 1] for parts in self._values]
        self.rows = [row for row, parts in enumerate(self._shared) if parts]

    def work(self, row: int) -> str:
        """The first value that a row shares with another: no negatives are taken among its rows."""
        return self._shared[row][0]

    def partner(self, row: int, random: np.random.Generator) -> int:
        """Another row that shares a value with this one, and is not the same content."""
        shared = self._shared[row]
        rows = self._rows_of[shared[int(random.integers(len(shared)))]]
        while True:
            other = rows[int(random.integers(len(rows)))]
            if self._identities[other] != self._identities[row]:
                return other


def _parts(value: str) -> list[str]:
    """The values of a cell, each once."""
    return list(dict.fromkeys(part.strip() for part in value.split("|") if part.strip()))
