"""Pages engraved a second, and with a folder of scores: how many build, how fast, which fail.

    python -m benchmarks.engraving [--runs 5]
    python -m benchmarks.engraving --scores FOLDER [--workers 2] [--limit N]

Without a folder, random piano music that is made on the spot is engraved on one core, with
layouts drawn at random. With one, every score in it becomes a training piece (pages, long strip
and notes), and each failure is named in a line; the score of which the engraver ends the whole
process is named too.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from benchmarks.figures import Figure, run_part
from benchmarks.pages import piano_piece
from benchmarks.timing import progress
from unisono.data.readers.score_archive import is_score_archive, score_members

_ENDINGS = {".mxl", ".musicxml", ".xml", ".mei", ".krn", ".kern", ".abc", ".zip"}
_PIECES = 6

Score = tuple[Path, str]
"""A file, and the member of an archive or nothing."""


@dataclass(frozen=True)
class Built:
    """What became of one score; why it failed, or nothing."""

    name: str
    pages: int = 0
    notes: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    why: str = ""


def build(score: Score) -> Built:
    """Engrave a score with a layout drawn from its name, and cut it into a piece."""
    from unisono.data.corpus import PieceFacts, piece_from_engraving
    from unisono.data.engraving import draw_layout, engrave
    from unisono.data.errors import ReadError
    from unisono.data.readers.score import read_score

    path, member = score
    name = f"{path.stem} {member}".strip()
    start, start_cpu = time.perf_counter(), time.process_time()
    try:
        layout = draw_layout(random.Random(name))
        engraving = engrave(read_score(path, member), layout, name=name)
        facts = PieceFacts("", name, "", "", "", ())
        piece = piece_from_engraving(engraving, facts)
    except ReadError as error:
        return Built(name, why=str(error))
    except Exception as error:  # one bad score must not stop the others; its reason is printed
        return Built(name, why=f"{name}: {type(error).__name__}: {error}")
    seconds, cpu = time.perf_counter() - start, time.process_time() - start_cpu
    return Built(name, len(engraving.pages), len(piece.pitch), seconds, cpu)


def scores(folder: Path) -> list[Score]:
    """Every score below a folder, those in archives of several by their members."""
    found: list[Score] = []
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in _ENDINGS):
        several = path.suffix.lower() == ".zip" and not is_score_archive(path)
        found += [(path, member) for member in (score_members(path) if several else ("",))]
    return found


def build_all(waiting: list[Score], workers: int) -> Iterator[Built]:
    """Build in parallel; after a crash, those that were under way are tried one by one."""
    suspects: list[Score] = []
    queue = iter(waiting)
    while True:
        running: dict[Future[Built], Score] = {}
        with ProcessPoolExecutor(workers) as pool:
            broken = False
            while not broken:
                for score in islice(queue, 2 * workers - len(running)):
                    running[pool.submit(build, score)] = score
                if not running:
                    break
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    score = running.pop(future)
                    try:
                        yield future.result()
                    except BrokenProcessPool:
                        suspects.append(score)
                        broken = True
            suspects += running.values() if broken else ()
        if not broken:
            break
    for score in suspects:
        with ProcessPoolExecutor(1) as pool:
            try:
                yield pool.submit(build, score).result()
            except BrokenProcessPool:
                name = f"{score[0].stem} {score[1]}".strip()
                yield Built(name, why=f"{name}: the engraver ends the process")


def report(folder: Path, workers: int, limit: int | None) -> list[Figure]:
    """Build a folder, print what came of it, and name each failure."""
    found = scores(folder)
    if not found:
        raise SystemExit(f"{folder} holds no scores ({', '.join(sorted(_ENDINGS))})")
    random.Random(0).shuffle(found)
    start = time.perf_counter()
    built: list[Built] = []
    for one in build_all(found[:limit], workers):
        built.append(one)
        if len(built) % 50 == 0:
            progress(f"{len(built)} scores, {time.perf_counter() - start:.0f} s")
    seconds = time.perf_counter() - start
    failures = [one.why for one in built if one.why]
    pages, notes = sum(one.pages for one in built), sum(one.notes for one in built)
    cpu = sum(one.cpu_seconds for one in built)
    slowest = max(built, key=lambda one: one.seconds)
    print(f"slowest: {slowest.name}, {slowest.seconds:.1f} s for {slowest.pages} pages")
    print("\n".join(sorted(failures)))
    share = 100 * len(failures) / max(1, len(built))
    how = f"{len(failures)} of {len(built)}"
    return [
        Figure("building the folder", seconds / 60, "minutes", f"{workers} workers", at_most=20),
        Figure("of it, processor time", cpu / 60, "minutes", "what an idle machine would divide"),
        Figure("of it, pages", pages / seconds, "pages/s", f"{pages} pages, {notes} notes"),
        Figure("scores that fail", share, "%", how, at_most=2),
    ]


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--scores", type=Path, metavar="FOLDER", help="build what is in it instead")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--limit", type=int, help="at most so many scores of the folder")


def part(arguments: argparse.Namespace) -> list[Figure]:
    """Pages a second on one core, or of a folder."""
    if arguments.scores:
        return report(arguments.scores, arguments.workers, arguments.limit)
    from unisono.data.engraving import draw_layout, engrave

    pieces = [piano_piece(seed) for seed in range(_PIECES)]
    engrave(pieces[0])  # the first also loads libraries and fonts
    speeds = []
    for run in range(arguments.runs):
        start, pages = time.perf_counter(), 0
        for seed, piece in enumerate(pieces):
            pages += len(engrave(piece, draw_layout(random.Random(f"{seed} {run}"))).pages)
        speeds.append(pages / (time.perf_counter() - start))
    how = f"{len(speeds)} runs, {min(speeds):.1f} to {max(speeds):.1f}; random layouts, one core"
    return [Figure("engraving, with places", statistics.median(speeds), "pages/s", how)]


if __name__ == "__main__":
    run_part(__doc__, part, configure)
