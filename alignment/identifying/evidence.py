"""What met what along a path, for those who want to see why."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from unisono.alignment.searching.evidence import Evidence, Meeting


@dataclass(frozen=True)
class PathEvidence(Evidence):
    """Evidence whose passages met one after the other: path holds cells (m, 2)."""

    path: npt.NDArray[np.intp] = field(default_factory=lambda: np.empty((0, 2), np.intp))

    def meetings(self, most: int = 6) -> list[Meeting]:
        """Cells spread over the path; without a path, what ``Evidence`` gives."""
        if not len(self.path):
            return super().meetings(most)
        chosen = np.linspace(0, len(self.path) - 1, min(most, len(self.path))).round().astype(int)
        met = []
        for row, column in self.path[np.unique(chosen)].tolist():
            score = float(self.agreement[row, column])
            asked = self.asked[row] if self.asked else None
            met.append(Meeting(row, column, score, asked, self.found[column]))
        return met

    @property
    def runs(self) -> list[npt.NDArray[np.intp]]:
        """Pieces of the path, each of neighbouring cells that agree (score above 0)."""
        agreeing = self.agreement[self.path[:, 0], self.path[:, 1]] > 0
        breaks = np.flatnonzero(np.diff(agreeing.astype(int))) + 1
        pieces = np.split(np.arange(len(self.path)), breaks)
        return [self.path[piece] for piece in pieces if len(piece) and agreeing[piece[0]]]
