"""The strip of a piece and where note heads stand on it, on its pages as they are or changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from unisono.data.augment import PageAugmentation, PlaceMap, photograph, scan
from unisono.data.corpus import staff_space
from unisono.data.pages.strips import Box, LongStrip, Strip, cut_strips, join_strips
from unisono.data.readers.page import PageImage, read_pages
from unisono.data.readers.sheet import page_strips
from unisono.eval.harness.score_folders import ScoreFolder
from unisono.eval.harness.task import PageKind, SystemsFrom

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_LEAST_OVERLAP = 0.5


@dataclass(frozen=True)
class PlacedStrip:
    """Systems side by side, and the column (n,) of each note head; NaN for one that is lost.

    strip: None where no system was found on any page.
    """

    strip: LongStrip | None
    columns: Floats


@dataclass(frozen=True)
class ChangedPage:
    """A page after scanner or camera: its image, and its places from old pixels to new."""

    image: npt.NDArray[np.uint8]
    places: PlaceMap


def place_on_strip(
    score: ScoreFolder,
    page: Integers,
    system: Integers,
    x: Floats,
    y: Floats,
    *,
    kind: PageKind,
    systems: SystemsFrom,
    seed: int,
) -> PlacedStrip:
    """The systems of all pages, and the columns of heads at x, y (n,) in pixels of clean pages.

    systems: "given", cut where the notes file says they are (a change of the page moves them as
    it moves everything); "found", looked for on the picture by the page reader, as for a file
    that nobody knows. Heads in a system that is not found are lost.
    """
    strips: list[Strip] = []
    rows, local = np.full(len(page), -1), np.full(len(page), np.nan)
    for number, changed in enumerate(changed_pages(score, kind, seed)):
        here = np.flatnonzero(page == number)
        points = changed.places.points(np.stack([x[here], y[here]], axis=1))
        boxes = np.flatnonzero(score.notes["systems"][:, 0] == number)
        if systems == "given":
            cut = given_strips(score, boxes, changed, number)
            found = {int(box): row for row, box in enumerate(boxes)}
        else:
            cut = page_strips(PageImage(number + 1, changed.image))
            found = matched(changed.places.boxes(score.notes["systems"][boxes, 1:]), boxes, cut)
        for head, (new_x, _) in zip(here, points, strict=True):
            row = found.get(int(system[head]))
            if row is not None:
                rows[head] = len(strips) + row
                local[head] = cut[row].to_strip_x(float(new_x))
        strips += cut
    if not strips:
        return PlacedStrip(None, local)
    joined = join_strips(strips)
    columns = np.where(rows >= 0, joined.starts[np.maximum(rows, 0)] + local, np.nan)
    return PlacedStrip(joined, columns)


def changed_pages(score: ScoreFolder, kind: PageKind, seed: int) -> Iterator[ChangedPage]:
    """Each page of a score in turn, changed; each draws from the seed, its name and its number."""
    for number in range(len(score.pages)):
        yield changed_page(score, number, kind, _page_seed(seed, score.name, number))


def changed_page(score: ScoreFolder, number: int, kind: PageKind, seed: list[int]) -> ChangedPage:
    """A page (from 0) as it is, or as a scan or a photograph of it."""
    image = next(iter(read_pages(score.pages[number]))).image
    space = _page_space(score, number)
    random = np.random.default_rng(seed)
    augmentation = {
        "clean": lambda: PageAugmentation(),
        "scan": lambda: scan(random, space),
        "photograph": lambda: photograph(random, space),
    }[kind]()
    changed, places = augmentation.apply(image, random)
    return ChangedPage(changed, places)


def given_strips(
    score: ScoreFolder, boxes: Integers, changed: ChangedPage, number: int
) -> list[Strip]:
    """The systems of a page cut where they are known to be, straightened from end to end."""
    staves = [row for row in score.notes["staves"] if row[0] == number]
    level, spaces, slopes, upright = [], [], [], []
    for box in boxes:
        x0, y0, x1, y1 = map(float, score.notes["systems"][box, 1:])
        within = [_box(s) for s in staves if y0 - 1 <= s[2] <= y1]
        corners = changed.places.points([[x0, y0], [x0, y1], [x1, y0], [x1, y1]])
        (left, top), (_, bottom), (right, top_right), (_, bottom_right) = corners.tolist()
        width = max(right - left, 1.0)
        slope = ((top_right - top) + (bottom_right - bottom)) / 2 / width
        tall = ((bottom - top) + (bottom_right - top_right)) / 2
        # the ends of a system that a camera sees from the side differ in height: take the mean
        middle = (top + bottom) / 2
        level.append((left, middle - tall / 2, right, middle + tall / 2))
        spaces.append(staff_space(within) * tall / (y1 - y0))
        slopes.append(slope)
        upright.append(_box([0, *changed.places.boxes([[x0, y0, x1, y1]])[0]]))
    cut = cut_strips(changed.image, level, spaces, number=number + 1, slopes=slopes)
    return [replace(strip, box=box) for strip, box in zip(cut, upright, strict=True)]


def matched(given: Floats, names: Integers, found: list[Strip]) -> dict[int, int]:
    """Name of each given box (m, 4) -> row of the found strip that covers most of it.

    Boxes that no strip covers by half their height and width are left out.
    """
    answer = {}
    for name, (x0, y0, x1, y1) in zip(names, given, strict=True):
        covers = []
        for strip in found:
            left, top, right, bottom = strip.box
            tall = (min(y1, bottom) - max(y0, top)) / max(y1 - y0, bottom - top)
            wide = (min(x1, right) - max(x0, left)) / max(x1 - x0, right - left)
            covers.append(min(tall, wide))
        if covers and max(covers) >= _LEAST_OVERLAP:
            answer[int(name)] = int(np.argmax(covers))
    return answer


def _box(row: npt.NDArray[np.float64] | list[float]) -> Box:
    """The box of a row (page, x0, y0, x1, y1)."""
    x0, y0, x1, y1 = map(float, row[1:])
    return x0, y0, x1, y1


def _page_space(score: ScoreFolder, number: int) -> float:
    """Staff space of a page as its notes file has it, in pixels; 7 without staves."""
    staves = [_box(row) for row in score.notes["staves"] if row[0] == number]
    return staff_space(staves) if staves else 7.0


def _page_seed(seed: int, name: str, number: int) -> list[int]:
    """What a change of one page of a piece is drawn from."""
    digest = hashlib.blake2b(name.encode(), digest_size=4).digest()
    return [seed, int.from_bytes(digest, "little"), number]
