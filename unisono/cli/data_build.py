"""Build a dataset from a collection, or from any folder of scores, MIDI, pages and recordings.

Scores are engraved, their notes placed in time and on the page; recordings, words and tags become
a table. The same command goes on where it was stopped, and makes anew what has changed. Several
sources may be built into one folder: a work is then on one side of the split in all of them.

exit code 1: nothing could be made.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from unisono.cli.arguments import add_json, positive

if TYPE_CHECKING:
    from unisono.data.building.build import BuildOptions, BuildReport
    from unisono.data.sources.entry import Source

AFTER_STOP = "; what is finished is kept, and the same command goes on from there"

_MOST_TOLD = 10


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("source", metavar="SOURCE", help="a name of unisono data list, or a folder")
    parser.add_argument(
        "--from", dest="root", type=Path, metavar="ROOT", help="folder of the collection"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where it goes")
    parser.add_argument(
        "--split",
        action="append",
        choices=("train", "valid", "test"),
        help="only this side (repeat it for two)",
    )
    parser.add_argument(
        "--limit", type=positive, metavar="N", help="at most N entries of each side, a fair sample"
    )
    parser.add_argument("--workers", type=positive, default=2, metavar="N", help="processes (2)")
    parser.add_argument(
        "--layouts", type=positive, default=1, metavar="K", help="page layouts of each score (1)"
    )
    parser.add_argument(
        "--exchanged-clefs",
        type=positive,
        default=0,
        metavar="K",
        help="copies of each MusicXML score in other clefs, to train on (0): the heads stay where "
        "they are and are other notes, so that clefs must be read",
    )
    parser.add_argument("--pages", action="store_true", help="keep images of engraved pages too")
    parser.add_argument(
        "--as-published",
        action="store_true",
        help="keep the publisher's split, even where it puts parts of a work on two sides",
    )
    parser.add_argument("--seed", type=int, default=0, help="of the layouts (0)")
    parser.add_argument(
        "--time-limit", type=float, default=120.0, metavar="S", help="seconds for one piece (120)"
    )
    parser.add_argument(
        "--memory-limit", type=positive, default=4096, metavar="MIB", help="for one piece (4096)"
    )
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Build, and say what was made and what was not."""
    from unisono.data.building.build import build
    from unisono.data.building.built import BuiltFolder

    source, root = _source(arguments)
    built = BuiltFolder(arguments.out.expanduser())
    progress = _Progress(source.facts.name)
    try:
        report = build(source, root, built, _options(arguments), progress)
    finally:
        progress.close()
    if arguments.json:
        print(json.dumps(_json(report, built.root), ensure_ascii=False))
    else:
        _tell(report, built.root)
    return 0 if report.made or report.kept or not report.failures else 1


def _source(arguments: argparse.Namespace) -> tuple[Source, Path]:
    from unisono.cli.entry import UsageError
    from unisono.data.building.folder_source import FolderSource
    from unisono.data.sources.registry import open_source, source_names

    name, root = arguments.source, arguments.root
    if name in source_names():
        if root is None:
            raise UsageError(f"say where {name} lies: --from ROOT (unisono data list {name})")
        return open_source(name), root.expanduser()
    folder = Path(name).expanduser()
    if folder.is_dir() and root is None:
        return FolderSource(folder.resolve().name), folder
    if root is not None and folder.name == name:  # a name for a folder of one's own
        return FolderSource(name), root.expanduser()
    raise UsageError(
        f"{name} is no folder and no collection; there are {', '.join(source_names())}"
    )


def _options(arguments: argparse.Namespace) -> BuildOptions:
    from unisono.data.building.build import BuildOptions
    from unisono.data.building.built import SPLITS
    from unisono.data.building.watched import Limits

    return BuildOptions(
        splits=tuple(arguments.split or SPLITS),
        limit=arguments.limit,
        workers=arguments.workers,
        layouts=arguments.layouts,
        exchanges=arguments.exchanged_clefs,
        seed=arguments.seed,
        keep_pages=arguments.pages,
        as_published=arguments.as_published,
        limits=Limits(arguments.time_limit, arguments.memory_limit),
    )


class _Progress:
    def __init__(self, name: str) -> None:
        from tqdm import tqdm

        self._bar = tqdm(desc=name, unit="", file=sys.stderr, disable=None, total=0)

    def __call__(self, done: int, total: int, what: str) -> None:
        self._bar.total = total
        self._bar.set_postfix_str(what[:40], refresh=False)
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        self._bar.close()


def _tell(report: BuildReport, out: Path) -> None:
    counts = ", ".join(f"{count} {split}" for split, count in report.counts.items() if count)
    print(f"{report.source}: {counts or 'no entries'}")
    print(
        f"{report.made} made, {report.kept} kept from before, {len(report.failures)} failed "
        f"in {report.seconds:.0f} s"
    )
    if report.removed:
        print(f"{report.removed} pieces of before removed, which this build does not have")
    if report.left_out:
        print(
            f"{report.left_out} entries left out: their works are held out on another side "
            "(--as-published takes them)"
        )
    for what, why in report.failures[:_MOST_TOLD]:
        print(f"failed: {what}: {why}")
    if len(report.failures) > _MOST_TOLD:
        print(f"and {len(report.failures) - _MOST_TOLD} more: {out}/failures/{report.source}.tsv")
    print(f"next: unisono data check {out}")


def _json(report: BuildReport, out: Path) -> dict[str, object]:
    return {**vars(report), "failures": [list(one) for one in report.failures], "out": str(out)}
