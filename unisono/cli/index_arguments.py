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


def _not_negative(word: str) -> int:
    number = int(word)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{word} is less than 0")
    return number
