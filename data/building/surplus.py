"""Pieces that an earlier build made and that nothing names any more: they would be trained on."""

from __future__ import annotations

import glob
import re
from collections.abc import Collection
from pathlib import Path

from unisono.data.building.built import LEFT_OUT, SPLITS, BuiltFolder

_NUMBER = re.compile(r"(-clefs)?-\d+$")  # of further layouts, and of copies in other clefs


def surplus_pieces(
    built: BuiltFolder, named: Collection[Path], formerly: Collection[str], stems: Collection[str]
) -> list[Path]:
    """Files of pieces that are a source's own and are not wanted any more.

    named: files that a table or the plan names, of all sources; they stay. formerly: names of
    pieces in the source's table as it was. stems: names of the first pieces of its entries, so
    that further layouts are found that no table ever named.
    """
    own = {*formerly, *stems}
    files = [path for side in (*SPLITS, LEFT_OUT) for path in (built.root / side).glob("*.npz")]
    return sorted(
        path
        for path in files
        if path not in named and ({path.stem, _NUMBER.sub("", path.stem)} & own)
    )


def remove_piece(built: BuiltFolder, path: Path, *, with_pages: bool) -> None:
    """Delete a piece, and its page images where no piece of that name is left."""
    path.unlink(missing_ok=True)
    if with_pages:
        of_it = re.compile(re.escape(path.stem) + r"-\d{2,}")
        for page in built.page(path.stem, 1).parent.glob(f"{glob.escape(path.stem)}-*.png"):
            if of_it.fullmatch(page.stem):
                page.unlink(missing_ok=True)
