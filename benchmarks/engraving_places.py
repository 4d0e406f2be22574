"""Are the places of engraved notes right? Boxes of note heads against the ink of their pages.

    python -m benchmarks.engraving_places FOLDER [--pieces 20] [--seed 0] [--picture out.png]

FOLDER holds scores (MusicXML, .mxl, MEI, kern, ABC, or zip archives of them), in any depth. Each
is engraved with a layout drawn at random. Counted are boxes that overlap no ink, boxes that
leave their page, and the darkest share: how much of the box is ink, which for a black head is
most of it. ``--picture`` draws the boxes on a page of the last piece: notes red, grace notes
orange, staves blue, systems green.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.data.engraving import Engraving, draw_layout, engrave
from unisono.data.errors import ReadError
from unisono.data.readers.score import read_score
from unisono.data.readers.score_archive import is_score_archive, score_members

_ENDINGS = {".mxl", ".musicxml", ".xml", ".mei", ".krn", ".kern", ".abc", ".zip"}
_INK = 128


@dataclass(frozen=True)
class PlacesFound:
    """Counts of one engraving. darkness: median share of a box that is ink."""

    notes: int
    without_ink: int
    off_page: int
    darkness: float


def places_found(engraving: Engraving) -> PlacesFound:
    """Look at the ink under every box."""
    dark = [page < _INK for page in engraving.pages]
    without = off = 0
    shares = []
    for box, page in zip(engraving.notated.boxes, engraving.notated.page, strict=True):
        height, width = dark[int(page) - 1].shape
        x0, y0, x1, y1 = box
        if x0 < 0 or y0 < 0 or x1 > width or y1 > height:
            off += 1
        below = dark[int(page) - 1][
            round(y0) : max(round(y1), round(y0) + 1), round(x0) : round(x1)
        ]
        share = float(below.mean()) if below.size else 0.0
        without += share == 0.0
        shares.append(share)
    return PlacesFound(len(shares), without, off, float(np.median(shares)))


def with_boxes(engraving: Engraving, number: int) -> npt.NDArray[np.uint8]:
    """A page (from 1) in colour, with the boxes drawn: (h, w, 3) uint8."""
    from PIL import Image, ImageDraw

    image = Image.fromarray(engraving.pages[number - 1]).convert("RGB")
    draw = ImageDraw.Draw(image)
    for system in engraving.systems:
        if system.page == number:
            x0, y0, x1, y1 = system.box
            draw.rectangle((x0 - 4, y0 - 4, x1 + 4, y1 + 4), outline=(0, 160, 60))
            for staff in system.staves:
                draw.rectangle(staff, outline=(40, 80, 255))
    notes = engraving.notated
    for box, page, grace in zip(notes.boxes, notes.page, notes.grace, strict=True):
        if page == number:
            draw.rectangle(tuple(box), outline=(255, 140, 0) if grace else (230, 0, 0))
    return np.asarray(image)


def scores(folder: Path, count: int, source: random.Random) -> Iterator[tuple[str, str]]:
    """Name and text of some scores of a folder; those that cannot be read are printed."""
    found: list[tuple[Path, str]] = []
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in _ENDINGS):
        packed = path.suffix.lower() == ".zip" and not is_score_archive(path)
        found += [(path, member) for member in (score_members(path) if packed else ("",))]
    source.shuffle(found)
    for path, member in found[:count]:
        try:
            yield f"{path.stem} {member}".strip(), read_score(path, member)
        except ReadError as error:
            print(error)


def main() -> int:
    """Engrave, count and print one line a piece; exit code 1 where a box is wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pieces", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--staff-space", type=float, default=8.0, help="in pixels")
    parser.add_argument("--picture", type=Path, help="write a page with boxes")
    arguments = parser.parse_args()
    source = random.Random(arguments.seed)
    results: list[PlacesFound] = []
    last: Engraving | None = None
    for name, text in scores(arguments.folder, arguments.pieces, source):
        layout = draw_layout(source, staff_space_px=arguments.staff_space)
        try:
            last = engrave(text, layout, name=name)
        except ReadError as error:
            print(error)
            continue
        found = places_found(last)
        results.append(found)
        print(
            f"{name}: {layout.music_font}, {len(last.pages)} pages, {found.notes} notes, "
            f"{found.without_ink} without ink, {found.off_page} off the page, "
            f"{found.darkness:.2f} dark"
        )
    wrong = sum(found.without_ink + found.off_page for found in results)
    notes = sum(found.notes for found in results)
    print(f"{len(results)} pieces, {notes} notes, {wrong} boxes without ink or off the page")
    if arguments.picture and last is not None:
        from PIL import Image

        number = int(np.bincount(last.notated.page).argmax())
        Image.fromarray(with_boxes(last, number)).save(arguments.picture)
    return 1 if wrong or not results else 0


if __name__ == "__main__":
    sys.exit(main())
