"""Where the places of a page lie after it was changed: old pixels to new pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]
"""(n, 2): x to the right and y down, in pixels from the top left corner of the image."""

Move = Callable[[Points], Points]
"""Old points (n, 2) to new points (n, 2)."""

_EDGE_POINTS = 33  # along each edge of a box: enough for the curl of a sheet of paper


@dataclass(frozen=True, slots=True)
class PlaceMap:
    """Moves that follow one another; none at all when everything stays where it was."""

    moves: tuple[Move, ...] = ()

    def points(self, points: npt.ArrayLike) -> Points:
        """New places of points (n, 2); those that leave the image lie outside it."""
        moved = np.asarray(points, np.float64).reshape(-1, 2)
        for move in self.moves:
            moved = move(moved)
        return moved

    def boxes(self, boxes: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Upright boxes (n, 4) as (x0, y0, x1, y1) around the new places of the old ones' edges."""
        old = np.asarray(boxes, np.float64).reshape(-1, 4)
        edges = np.concatenate([_edge(box) for box in old]) if len(old) else np.zeros((0, 2))
        moved = self.points(edges).reshape(len(old), 4 * _EDGE_POINTS, 2)
        return np.concatenate([moved.min(axis=1), moved.max(axis=1)], axis=1)

    def then(self, later: PlaceMap) -> PlaceMap:
        """This map, followed by another."""
        return PlaceMap(self.moves + later.moves)


STAYS = PlaceMap()
"""The map of a change that moves nothing."""


@dataclass(frozen=True, slots=True)
class Projective:
    """The move of a (3, 3) projective matrix on (x, y, 1), (2, 3) affine ones among them."""

    matrix: npt.NDArray[np.float64]

    def __call__(self, points: Points) -> Points:
        """New points (n, 2)."""
        lifted = np.column_stack([points, np.ones(len(points))]) @ self.matrix.T
        return np.asarray(lifted[:, :2] / lifted[:, 2:] if lifted.shape[1] == 3 else lifted)


def _edge(box: npt.NDArray[np.float64]) -> Points:
    x0, y0, x1, y1 = box
    along = np.linspace(0.0, 1.0, _EDGE_POINTS)
    xs, ys = x0 + along * (x1 - x0), y0 + along * (y1 - y0)
    ones = np.ones(_EDGE_POINTS)
    return np.concatenate(
        [
            np.column_stack([xs, y0 * ones]),
            np.column_stack([xs, y1 * ones]),
            np.column_stack([x0 * ones, ys]),
            np.column_stack([x1 * ones, ys]),
        ]
    )
