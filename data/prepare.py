"""Prepare pieces for training, in parallel and resumable: one ``.npz`` a piece.

``python -m unisono.data.prepare DATA OUT --split train`` with DATA laid out as the folders
``msmd``, ``lieder`` and ``quartets``; whichever are there are used.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from unisono.data.corpus import Piece
from unisono.data.sources import msmd, openscore


@dataclass(frozen=True)
class Job:
    """One piece to make, and the file it goes to."""

    name: str
    make: Callable[[], Piece]
    target: Path


def jobs(data: Path, out: Path, split: str, collections: tuple[str, ...]) -> Iterator[Job]:
    """Every piece of a split that is not prepared yet."""
    if "msmd" in collections and (data / "msmd").is_dir():
        for name, licence in msmd.piece_names(data / "msmd", split):
            make = partial(msmd.load_piece, data / "msmd", split, name, licence)
            yield Job(name, make, out / split / f"msmd-{name}.npz")
    for collection, facts_of in (("lieder", openscore.songs), ("quartets", openscore.quartets)):
        if collection in collections and (data / collection).is_dir():
            for facts in facts_of(data / collection, split):
                make = partial(openscore.load_piece, data / collection, facts)
                name = f"{collection}-{facts.identifier}"
                yield Job(name, make, out / split / f"{name}.npz")


def run(job: Job) -> str:
    """Make one piece; returns why it failed, or nothing."""
    try:
        job.make().save(job.target)
    except Exception as error:  # one bad piece must not stop the others; its reason is reported
        return f"{job.name}: {type(error).__name__}: {error}"
    return ""


def main() -> None:
    """Prepare what is missing and say what failed."""
    from tqdm import tqdm

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--split", default="train", choices=("train", "valid", "test"))
    parser.add_argument("--collections", default="msmd,lieder,quartets")
    parser.add_argument("--limit", type=int, help="at most so many pieces of each collection")
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    (arguments.out / arguments.split).mkdir(parents=True, exist_ok=True)
    waiting: list[Job] = []
    for collection in arguments.collections.split(","):
        found = list(jobs(arguments.data, arguments.out, arguments.split, (collection,)))
        random.Random(0).shuffle(found)  # a limit takes a fair sample, not the first letters
        waiting += [job for job in found[: arguments.limit] if not job.target.exists()]
    with ProcessPoolExecutor(arguments.workers) as pool:
        failures = [why for why in tqdm(pool.map(run, waiting), total=len(waiting)) if why]
    print(f"{len(waiting) - len(failures)} pieces prepared, {len(failures)} failed")
    for failure in failures:
        print(failure)


if __name__ == "__main__":
    main()
