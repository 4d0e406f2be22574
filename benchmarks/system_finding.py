"""Precision, recall, F1 and CPU seconds a page of `find_systems` on pages with marked systems.

    python -m benchmarks.system_finding --scans DIR [--only PRINT ...]
    python -m benchmarks.system_finding --engraved DIR --as photograph [--each 40] [--only song ...]

DIR of --scans holds page images and `staves.json`: {file: {"systems": [[x0, y0, x1, y1], ...]}};
pages of one print share the name up to the last `_p`. --engraved takes pages of six ensembles as
they are, or as a scanner or a telephone would show them: piano (of DIR/chopin), lilypond
(DIR/msmd), song (DIR/lieder), quartet (DIR/quartets), solo (both of these), and orchestra, which
needs no folder. `unisono data list NAME` says what a collection's folder holds.

Found and marked boxes are matched one to one where their heights overlap (intersection over
union at least 0.4) and their widths by at least half.
"""

from __future__ import annotations

import argparse
import json
import re
import time
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw
from scipy.optimize import linear_sum_assignment

from benchmarks.marked_pages import ENSEMBLES, marked_pages, missing
from unisono.data.augment import photograph, scan
from unisono.data.staves import Box, find_systems

CHANGES = {"photograph": photograph, "scan": scan}


@dataclass(frozen=True)
class Page:
    """A page image, the boxes marked on it, and the print or ensemble that it counts for."""

    name: str
    group: str
    image: npt.NDArray[np.uint8]
    marked: list[Box]


def overlap(a: tuple[float, float], b: tuple[float, float]) -> float:
    shared = min(a[1], b[1]) - max(a[0], b[0])
    return max(0.0, shared) / max(1e-9, max(a[1], b[1]) - min(a[0], b[0]))


def matches(found: list[Box], marked: list[Box]) -> int:
    if not found or not marked:
        return 0
    fits: npt.NDArray[np.float64] = np.array(
        [
            [
                overlap((f[1], f[3]), (m[1], m[3])) >= 0.4
                and overlap((f[0], f[2]), (m[0], m[2])) >= 0.5
                for m in marked
            ]
            for f in found
        ],
        dtype=float,
    )
    rows, columns = linear_sum_assignment(-fits)
    return int(fits[rows, columns].sum())


def in_order(found: list[Box], marked: list[Box]) -> bool:
    return len(found) == len(marked) and all(
        matches([f], [m]) for f, m in zip(found, marked, strict=True)
    )


def row(name: str, hit: int, found: int, marked: int, seconds: float, pages: int) -> str:
    precision, recall = hit / max(found, 1), hit / max(marked, 1)
    f1 = 2 * hit / max(found + marked, 1)
    return (
        f"{name:24} {pages:5} {marked:8} {found:6} {precision:9.3f} {recall:7.3f} {f1:6.3f}"
        f" {seconds / max(pages, 1):10.3f}"
    )


def scanned(folder: Path, only: list[str]) -> Iterator[Page]:
    """Pages of a folder with `staves.json`."""
    for name, page in sorted(json.loads((folder / "staves.json").read_text()).items()):
        group = re.sub(r"_p\d+$", "", Path(name).stem)
        if not only or group in only:
            image = np.asarray(Image.open(folder / name).convert("L"))
            yield Page(name, group, image, [tuple(box) for box in page["systems"]])


def engraved(args: argparse.Namespace) -> Iterator[Page]:
    """Engraved pages, changed by an effect drawn for each from its name and the seed."""
    ensembles = args.only or ENSEMBLES
    for page in marked_pages(args.engraved, args.split, args.each, args.seed, ensembles):
        image, boxes = page.image, page.boxes
        if args.change != "clean":
            random = np.random.default_rng([args.seed, zlib.crc32(page.name.encode())])
            change = CHANGES[args.change](random, page.staff_space)
            image, places = change.apply(image, random)
            boxes = places.boxes(boxes)
        yield Page(page.name, page.ensemble, image, [tuple(box) for box in boxes.tolist()])


def draw_found(page: Page, found: list[Box], path: Path) -> None:
    """The page with marked boxes in blue and found ones in red."""
    picture = Image.fromarray(page.image).convert("RGB")
    pen = ImageDraw.Draw(picture)
    for boxes, colour, width in ((page.marked, (30, 90, 255), 9), (found, (230, 30, 30), 4)):
        for box in boxes:
            pen.rectangle(box, outline=colour, width=width)
    picture.thumbnail((1400, 1400))
    picture.save(path)


def arguments() -> argparse.Namespace:
    first, _, rest = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=first, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--scans", type=Path, metavar="DIR", help="page images and staves.json")
    source.add_argument(
        "--engraved",
        type=Path,
        metavar="DIR",
        help="the collections chopin, msmd, lieder, quartets",
    )
    parser.add_argument("--as", dest="change", choices=("clean", *CHANGES), default="photograph")
    parser.add_argument("--split", default="valid", choices=("train", "valid", "test"))
    parser.add_argument("--each", type=int, default=40, help="pages of each ensemble")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=[], help="prints or ensembles to look at")
    parser.add_argument("--verbose", action="store_true", help="name each page with a fault")
    parser.add_argument("--faults", type=Path, metavar="DIR", help="draw pages with a fault there")
    args = parser.parse_args()
    if fault := cannot_be_done(args):
        parser.exit(2, f"{parser.prog}: {fault}\n")
    return args


def cannot_be_done(args: argparse.Namespace) -> str:
    """Why the pages that are asked for cannot be had, in a line; nothing where they can."""
    if args.scans:
        there = (args.scans / "staves.json").is_file()
        return "" if there else f"{args.scans} has no staves.json, which says where systems are"
    if unknown := [name for name in args.only if name not in ENSEMBLES]:
        return f"no ensemble '{unknown[0]}'; there are {', '.join(ENSEMBLES)}"
    if lacking := missing(args.engraved, args.split, args.only or ENSEMBLES):
        return (
            f"{args.engraved} has no {', no '.join(lacking)}; put the collections there, "
            "or name ensembles that need less with --only (--help says which need what)"
        )
    return ""


def main() -> None:
    args = arguments()
    sums: dict[str, list[float]] = defaultdict(lambda: [0, 0, 0, 0.0, 0])
    for page in scanned(args.scans, args.only) if args.scans else engraved(args):
        start = time.process_time()
        found = find_systems(page.image)
        seconds = time.process_time() - start
        hit = matches(found, page.marked)
        for key in (page.group, "all"):
            for i, value in enumerate((hit, len(found), len(page.marked), seconds, 1)):
                sums[key][i] += value
        if in_order(found, page.marked):
            continue
        if args.verbose:
            print(f"{page.name}: {hit} of {len(page.marked)} marked, {len(found)} found")
        if args.faults:
            args.faults.mkdir(parents=True, exist_ok=True)
            draw_found(page, found, args.faults / f"{re.sub('[^A-Za-z0-9]+', '_', page.name)}.png")
    if not sums:
        raise SystemExit("there are no such pages; check --only")
    columns = f"{'pages of':24} {'pages':>5} {'systems':>8} {'found':>6}"
    print(f"{columns} precision  recall     F1 CPU s/page")
    for key in sorted(sums, key=lambda k: (k == "all", k)):
        hit, found_n, marked_n, seconds, pages = sums[key]
        print(row(key, int(hit), int(found_n), int(marked_n), seconds, int(pages)))


if __name__ == "__main__":
    main()
