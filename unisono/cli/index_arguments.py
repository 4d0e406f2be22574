"""Arguments of the commands that read many files: workers, their limits, and the log."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from unisono.cli.table import printable

if TYPE_CHECKING:
    from unisono.alignment.indexing.encoding_workers import Limits
    from unisono.alignment.indexing.index_report import Done, OnDone
    from unisono.alignment.indexing.ray_indexing import RayOptions


def add_workers(parser: argparse.ArgumentParser) -> None:
    """Add --workers, --time-limit, --memory-limit and --log."""
    parser.add_argument(
        "--workers",
        type=_not_negative,
        metavar="N",
        help="processes that read files (one for each core; 0: none, then there are no limits)",
    )
    parser.add_argument(
        "--time-limit",
        type=positive_number,
        default=120.0,
        metavar="S",
        help="seconds for a small file; a quarter more for each MiB of it (120)",
    )
    parser.add_argument(
        "--memory-limit",
        type=positive_number,
        default=4.0,
        metavar="GIB",
        help="memory that a worker may use (4)",
    )
    parser.add_argument(
        "--log", type=Path, metavar="FILE", help="add a line of JSON for each file that is done"
    )


def add_ray(parser: argparse.ArgumentParser) -> None:
    """Add --ray, --ray-address and --commit-every."""
    group = parser.add_argument_group("beyond one machine (docs/scale.md)")
    group.add_argument(
        "--ray", action="store_true", help="by the workers of Ray; PATH may be s3:// or gs://"
    )
    group.add_argument(
        "--ray-address",
        metavar="ADDRESS",
        help="a running cluster: auto, or ray://HOST:10001; without, a Ray of this machine",
    )
    group.add_argument(
        "--commit-every",
        type=_positive,
        metavar="N",
        help="files between two commits (1,000,000): a crash loses at most so many",
    )


def ray_options_of(arguments: argparse.Namespace) -> RayOptions | None:
    """How to go over Ray, where that was asked for. Raises UsageError where it makes no sense."""
    from unisono.cli.entry import UsageError

    if not arguments.ray:
        if arguments.ray_address or arguments.commit_every:
            raise UsageError("--ray-address and --commit-every are of --ray")
        return None
    if arguments.watch:
        raise UsageError("--watch is for few files at a time; --ray is not: give one of them")
    if arguments.workers == 0:
        raise UsageError("--ray needs workers; --workers 0 is for this process alone")
    from unisono.alignment.indexing.ray_indexing import COMMIT_EVERY, RayOptions
    from unisono.alignment.indexing.ray_session import Cluster

    cluster = Cluster(arguments.ray_address, arguments.workers)
    return RayOptions(cluster, arguments.commit_every or COMMIT_EVERY)


def limits_of(arguments: argparse.Namespace) -> Limits:
    """The limits that were asked for."""
    from unisono.alignment.indexing.encoding_workers import Limits

    return Limits(arguments.time_limit, arguments.memory_limit)


@contextmanager
def logging_to(path: Path | None) -> Iterator[OnDone | None]:
    """Give what writes a line to the log, at once, for each file that is done."""
    if path is None:
        yield None
        return
    with path.expanduser().open("a", encoding="utf-8", buffering=1) as log:

        def write(done: Done) -> None:
            facts = {
                "path": printable(str(done.path)),
                "state": done.state,
                "reason": printable(done.reason) or None,
            }
            log.write(json.dumps(facts, ensure_ascii=False) + "\n")

        yield write


def positive_number(word: str) -> float:
    """A number above 0, for argparse."""
    number = float(word)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{word} is not a number above 0")
    return number


def _positive(word: str) -> int:
    number = int(word)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{word} is not a number above 0")
    return number


def _not_negative(word: str) -> int:
    number = int(word)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{word} is less than 0")
    return number
