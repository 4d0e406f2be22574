"""Write what training needs into one small file for a machine that has little.

The pack holds the pieces with strips in a few shades of gray, notes, facts, the program itself,
and a way to make sound: the built-in synthesiser, and reduced banks of sampled notes with
--banks. The same command trains from it there:

  unisono data pack built pack.tar --banks banks
  unisono train configs/pack.yaml --set prepared=pack.tar

README.txt in the pack says how to train where unisono is not installed. --wheels FOLDER takes
wheels along for a machine that lacks pydantic (pip download pydantic --only-binary :all:
--python-version 3.12 --platform manylinux2014_x86_64 -d FOLDER).
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from unisono.cli.arguments import add_json, positive

AFTER_STOP = "; nothing was written"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="what unisono data build made")
    parser.add_argument("target", type=Path, metavar="OUT", help=".tar, or .tar.xz, .tar.gz")
    parser.add_argument(
        "--limit-mb", type=positive, default=60, metavar="N", help="mebibytes of the file (60)"
    )
    parser.add_argument(
        "--bits",
        type=int,
        default=0,
        choices=(1, 2, 3, 4),
        help="of each pixel of a strip (2 where there is room, else 1)",
    )
    parser.add_argument("--banks", type=Path, metavar="FOLDER", help="banks of sampled notes")
    parser.add_argument("--wheels", type=Path, metavar="FOLDER", help="wheels to take along")
    parser.add_argument(
        "--config", type=Path, action="append", default=[], help="a recipe to take along"
    )
    parser.add_argument(
        "--split",
        action="append",
        choices=("train", "valid", "test"),
        help="sides to take (train and valid)",
    )
    add_json(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the pack and say what is in it."""
    from tqdm import tqdm

    from unisono.data.building.built import BuiltFolder
    from unisono.data.building.pack import MEBIBYTE, PackOptions, pack

    options = PackOptions(
        most_bytes=arguments.limit_mb * MEBIBYTE,
        bits=arguments.bits,
        splits=tuple(arguments.split or ("train", "valid")),
        banks=arguments.banks,
        wheels=arguments.wheels,
        configs=tuple(arguments.config) or _own_recipe(),
    )
    bar = tqdm(unit="", file=sys.stderr, disable=None, leave=False)

    def advance(done: int, total: int) -> None:
        bar.total = total
        bar.n = done
        bar.refresh()

    built = BuiltFolder(arguments.folder.expanduser())
    report = pack(built, arguments.target.expanduser(), options, advance)
    bar.close()
    if arguments.json:
        print(json.dumps({**vars(report), "path": str(report.path)}, ensure_ascii=False))
        return 0
    parts = ", ".join(f"{name} {size / MEBIBYTE:.1f}" for name, size in report.parts.items())
    print(f"{report.path}: {report.size / MEBIBYTE:.1f} MiB ({parts})")
    left = f", {report.left_out} left out for want of room" if report.left_out else ""
    print(f"{report.pieces} pieces in {2**report.bits} shades{left}; {report.banks} banks")
    print(f"next: unisono train configs/pack.yaml --set prepared={report.path}")
    return 0


def _own_recipe() -> tuple[Path, ...]:
    """The recipe for packs of a checkout; an installed wheel has none beside it."""
    path = Path(__file__).resolve().parents[2] / "configs" / "pack.yaml"
    return (path,) if path.is_file() else ()
