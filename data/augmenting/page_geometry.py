"""Changes that move the places of a page: perspective, curled paper, skew, resolution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from unisono.data.augmenting.places import PlaceMap, Points, Projective

Page = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.float64]

_COLUMNS = 1025  # of the table that holds the bend of a curled page


@dataclass(frozen=True, slots=True)
class Rescale:
    """The page with ``factor`` times as many pixels each way."""

    factor: float
    moves: ClassVar[bool] = True

    def apply(self, page: Page, random: np.random.Generator) -> tuple[Page, PlaceMap]:
        """The page (h, w) at its new size; pixel centres keep their places to the edges' scale."""
        import cv2

        height, width = page.shape
        size = (max(1, round(width * self.factor)), max(1, round(height * self.factor)))
        way = cv2.INTER_AREA if self.factor < 1.0 else cv2.INTER_CUBIC
        new = np.asarray(cv2.resize(page, size, interpolation=way), np.uint8)
        return new, PlaceMap((_resize_move(size[0] / width, size[1] / height),))


@dataclass(frozen=True, slots=True)
class Skew:
    """The page laid askew on the scanner's glass; positive degrees turn it clockwise."""

    degrees: float
    paper: int = 255
    moves: ClassVar[bool] = True

    def apply(self, page: Page, random: np.random.Generator) -> tuple[Page, PlaceMap]:
        """The page turned about its middle, as large as it was, ``paper`` in the corners."""
        import cv2

        height, width = page.shape
        middle = ((width - 1) / 2.0, (height - 1) / 2.0)
        matrix = np.asarray(cv2.getRotationMatrix2D(middle, -self.degrees, 1.0), np.float64)
        new = cv2.warpAffine(
            page, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=self.paper
        )
        return np.asarray(new, np.uint8), PlaceMap((Projective(matrix),))


@dataclass(frozen=True, slots=True)
class Perspective:
    """A camera that does not look straight down on the page.

    ``pitch`` and ``yaw`` tilt the page about its horizontal and vertical axis, ``roll`` turns it,
    in degrees; ``distance`` is from camera to page in page heights, ``margin`` what is seen of the
    desk around the page, as a part of the picture, and ``desk`` the gray of the desk.
    """

    pitch: float = 0.0
    yaw: float = 0.0
    roll: float = 0.0
    distance: float = 1.4
    margin: float = 0.03
    desk: int = 90
    moves: ClassVar[bool] = True

    def view(self, width: int, height: int) -> tuple[Matrix, tuple[int, int]]:
        """The (3, 3) homography from page to picture, and the picture's (width, height)."""
        pitch, yaw, roll = np.radians([self.pitch, self.yaw, self.roll])
        turn_x = np.array(
            [[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]]
        )
        turn_y = np.array(
            [[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]]
        )
        turn_z = np.array(
            [[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]]
        )
        rotation = turn_z @ turn_x @ turn_y
        far = self.distance * height
        centred = np.array([[1, 0, -width / 2.0], [0, 1, -height / 2.0], [0, 0, 1]])
        # The turned page lies ``far`` before a pinhole whose picture lies as far behind it.
        plane = np.column_stack([rotation[:, 0], rotation[:, 1], [0, 0, far]])
        seen = np.diag([far, far, 1.0]) @ plane @ centred
        corners = Projective(seen)(_corners(width, height))
        first, last = corners.min(axis=0), corners.max(axis=0)
        room = self.margin * (last - first)
        shift = np.array([[1, 0, room[0] - first[0]], [0, 1, room[1] - first[1]], [0, 0, 1]])
        across, down = np.rint(last - first + 2.0 * room).astype(int).tolist()
        return shift @ seen, (max(1, across), max(1, down))

    def apply(self, page: Page, random: np.random.Generator) -> tuple[Page, PlaceMap]:
        """The picture of the page (h', w'), a grainy desk around it."""
        import cv2

        matrix, size = self.view(page.shape[1], page.shape[0])
        seen = np.asarray(cv2.warpPerspective(page, matrix, size))
        covered = np.asarray(cv2.warpPerspective(np.full_like(page, 255), matrix, size))
        desk = _desk(size[1], size[0], self.desk, random).astype(np.float32)
        picture = seen + desk * (1.0 - covered.astype(np.float32) / 255.0)
        return np.clip(picture, 0, 255).astype(np.uint8), PlaceMap((Projective(matrix),))


@dataclass(frozen=True, slots=True)
class Curl:
    """Paper that does not lie flat, seen from above: a cylinder with an upright axis.

    The paper rises to ``lift`` times its width: near one edge, ``gutter`` of it as steep as at the
    fold of a book, the rest as one broad wave. ``eye`` is the height on the page, from 0 at its top
    to 1 at its foot, over which the camera stands, ``distance`` page heights away.
    """

    lift: float
    gutter: float = 0.5
    left: bool = True
    eye: float = 0.5
    distance: float = 1.4
    moves: ClassVar[bool] = True

    def bend(self, width: int, height: int) -> Bend:
        """The way of a page of this size."""
        along = np.linspace(0.0, 1.0, _COLUMNS)
        from_fold = along if self.left else 1.0 - along
        profile = self.gutter * np.exp(-7.0 * from_fold) + (1.0 - self.gutter) * np.sin(
            np.pi * from_fold
        )
        rise = self.lift * width * profile
        step = width / (_COLUMNS - 1)
        flat = np.sqrt(np.maximum(step**2 - np.diff(rise) ** 2, (0.3 * step) ** 2))
        ground = np.concatenate([[0.0], np.cumsum(flat)])
        zoom = self.distance * height / (self.distance * height - rise)
        seen = ground[-1] / 2.0 + (ground - ground[-1] / 2.0) * zoom
        return Bend(along * width, seen - seen[0], zoom, self.eye * height)

    def apply(self, page: Page, random: np.random.Generator) -> tuple[Page, PlaceMap]:
        """The curled page (h, w'), a little narrower; what is bent off the picture is lost."""
        import cv2

        height, width = page.shape
        bend = self.bend(width, height)
        columns = np.arange(max(1, int(bend.seen[-1])), dtype=np.float64)
        source = np.interp(columns, bend.seen, bend.flat)
        zoom = np.interp(source, bend.flat, bend.zoom)
        rows = np.arange(height, dtype=np.float64)[:, None]
        map_y = bend.eye + (rows - bend.eye) / zoom[None, :]
        map_x = np.broadcast_to(source[None, :], map_y.shape)
        new = cv2.remap(
            page,
            np.ascontiguousarray(map_x, np.float32),
            map_y.astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(new, np.uint8), PlaceMap((bend,))


@dataclass(frozen=True, slots=True)
class Bend:
    """The move of a curled page: columns by a table, rows towards or from the ``eye``."""

    flat: Matrix
    seen: Matrix
    zoom: Matrix
    eye: float

    def __call__(self, points: Points) -> Points:
        """New points (n, 2)."""
        x = np.interp(points[:, 0], self.flat, self.seen)
        zoom = np.interp(points[:, 0], self.flat, self.zoom)
        return np.column_stack([x, self.eye + (points[:, 1] - self.eye) * zoom])


def _resize_move(across: float, down: float) -> Projective:
    # Pixel centres are whole numbers, edges lie half a pixel off, and edges stay edges.
    return Projective(
        np.array([[across, 0.0, (across - 1.0) / 2.0], [0.0, down, (down - 1.0) / 2.0]])
    )


def _corners(width: float, height: float) -> Points:
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)


def _desk(height: int, width: int, level: int, random: np.random.Generator) -> Page:
    import cv2

    coarse = random.normal(0.0, 12.0, (max(2, height // 40), max(2, width // 40)))
    grain = random.normal(0.0, 5.0, (max(2, height // 3), max(2, width // 3)))
    size = (width, height)
    surface = level + cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)
    lit: Page = np.clip(surface + cv2.resize(grain, size), 0, 255).astype(np.uint8)
    return lit
