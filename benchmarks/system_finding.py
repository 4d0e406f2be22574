"""Precision, recall, F1 and CPU seconds a page of `find_systems` on pages with marked systems.

    python benchmarks/system_finding.py --data DIR [--only PREFIX ...]

DIR holds page images and `staves.json`: {file: {"systems": [[x0, y0, x1, y1], ...], ...}}.
Found and marked boxes are matched one to one where their heights overlap (intersection over
union at least 0.4) and their widths by at least half; pages of one print share the name up to
the last `_p`.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.optimize import linear_sum_assignment

from unisono.data.staves import Box, find_systems


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


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="pages and staves.json")
    parser.add_argument("--only", nargs="*", default=[], help="prints to look at (prefixes)")
    parser.add_argument("--verbose", action="store_true", help="name each page with a fault")
    args = parser.parse_args()
    truth = json.loads((args.data / "staves.json").read_text())
    sums: dict[str, list[float]] = defaultdict(lambda: [0, 0, 0, 0.0, 0])
    for name, page in sorted(truth.items()):
        prefix = re.sub(r"_p\d+$", "", Path(name).stem)
        if args.only and prefix not in args.only:
            continue
        image = np.asarray(Image.open(args.data / name).convert("L"))
        start = time.process_time()
        found = find_systems(image)
        seconds = time.process_time() - start
        marked = [tuple(box) for box in page["systems"]]
        hit = matches(found, marked)
        for key in (prefix, "all"):
            for i, value in enumerate((hit, len(found), len(marked), seconds, 1)):
                sums[key][i] += value
        if args.verbose and not in_order(found, marked):
            print(f"{name}: {hit} matched of {len(marked)} marked, {len(found)} found")
    print(
        f"{'print':24} {'pages':>5} {'systems':>8} {'found':>6} precision  recall     F1 CPU s/page"
    )
    for key in sorted(sums, key=lambda k: (k == "all", k)):
        hit, found_n, marked_n, seconds, pages = sums[key]
        print(row(key, int(hit), int(found_n), int(marked_n), seconds, int(pages)))


if __name__ == "__main__":
    main()
