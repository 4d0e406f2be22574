"""Draw a prepared piece: the page with its notes boxed, their sound, and the caption.

A note has the same colour on the page and in the spectrogram. Pages are shown where they were
kept (unisono data build --pages); otherwise it is the strip that towers see.
"""

from __future__ import annotations

import argparse
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="what unisono data build made")
    parser.add_argument("piece", metavar="PIECE", help="name of a piece's file, or its end")
    parser.add_argument("--out", type=Path, required=True, metavar="PNG", help="the picture")
    parser.add_argument("--start", type=float, default=0.0, metavar="S", help="from second S on")
    parser.add_argument("--seconds", type=float, default=12.0, metavar="S", help="length (12)")


def run(arguments: argparse.Namespace) -> int:
    """Draw and save."""
    from unisono.cli.entry import UsageError
    from unisono.data.building.built import BuiltFolder
    from unisono.data.building.showing import Window, find_piece, show_piece

    if not 0.5 <= arguments.seconds <= 120 or arguments.start < 0:
        raise UsageError("--seconds must be from 0.5 to 120, --start 0 or more")
    out = arguments.out.expanduser()
    if out.suffix.lower() != ".png":
        raise UsageError(f"{out}: name a file that ends in .png")
    built = BuiltFolder(arguments.folder.expanduser())
    if not any(built.root.glob("*/*.npz")):
        built.read_manifest()  # says that nothing was built there
    path = find_piece(built, arguments.piece)
    picture = show_piece(built, path, Window(arguments.start, arguments.seconds))
    out.parent.mkdir(parents=True, exist_ok=True)
    picture.quantize(128).save(out, optimize=True)
    print(f"{out}: {path.stem}, {picture.width} x {picture.height}")
    return 0
