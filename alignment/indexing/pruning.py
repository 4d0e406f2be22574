"""Items whose file is gone leave the catalogue, but not because a disk is not there."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from unisono.alignment.indexing.files import collect

if TYPE_CHECKING:
    from unisono.alignment.catalogue import Catalogue


def prune(catalogue: Catalogue, roots: Sequence[Path]) -> list[str]:
    """Remove items below the roots whose file is gone; see ``Catalogue.prune``."""
    from unisono.alignment.catalogue import CatalogueError

    for root in roots:
        if is_gone(root.expanduser()):
            raise CatalogueError(
                f"{root} is not there, so nothing is pruned; if its disk is not mounted, mount it"
            )
    if not len(catalogue):
        return []
    paths = catalogue.known()
    gone: dict[str, str] = {}
    for root in roots:
        below = {one: path for one, path in paths.items() if is_below(path, root.expanduser())}
        lost = {one: path for one, path in below.items() if is_gone(path)}
        if lost and len(lost) == len(below) and next(collect([root]), None) is None:
            raise CatalogueError(
                f"{root} holds no file, but the catalogue has {len(lost)} from it, so nothing is "
                "pruned; if its disk is not mounted, mount it"
            )
        gone |= lost
    catalogue.remove(sorted(gone))
    return sorted(gone.values())


def is_gone(path: str | Path) -> bool:
    """Whether nothing is at a path; a path that may not be looked at is not gone.

    Neither is one in an object store: nobody asks a store for every file that is a copy.
    """
    if "://" in str(path):
        return False
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def is_below(path: str, root: Path) -> bool:
    """Whether a path is a root itself or in it."""
    whole = os.path.abspath(root)
    return path == whole or path.startswith(whole.rstrip(os.sep) + os.sep)
