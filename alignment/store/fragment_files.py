"""The files of runs that write fragments: one run at a time, and none of their files for ever.

A lock beside the journal is held for as long as a run goes on. A file in its place that is not
empty is of a run that was killed, and the next one removes the fragments that belong to no
version. Where files cannot be locked, Lance removes such files when it joins pieces
(``unisono optimise``), but only those that are older than a week: they could be of a run that goes
on elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from unisono.alignment.store.catalogue_error import CatalogueError

if TYPE_CHECKING:
    from unisono.alignment.catalogue import Catalogue

_NAME = ".fragments"
_TABLES = ("items", "passages")


@contextmanager
def writing_fragments(catalogue: Catalogue) -> Iterator[None]:
    """Be the only run that writes fragments; afterwards no file of it is left that is not used.

    Makes the tables where there are none. Raises CatalogueError where another run goes on.
    """
    with catalogue.writing([]):
        pass
    if "://" in catalogue.where:
        yield
        return
    try:
        import fcntl
    except ImportError:
        yield
        return
    file = os.open(Path(catalogue.where) / _NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CatalogueError(
                f"another `unisono index --ray` is writing to {catalogue.where}; wait for it"
            ) from None
        except OSError:
            yield
            return
        if os.fstat(file).st_size:
            sweep(catalogue)
        os.pwrite(file, b"a run goes on, or was killed\n", 0)
        yield
        # Not reached where the run failed or was stopped: then the files are looked through.
        os.ftruncate(file, 0)
    finally:
        try:
            if os.fstat(file).st_size:
                sweep(catalogue)
                os.ftruncate(file, 0)
        finally:
            os.close(file)


def sweep(catalogue: Catalogue) -> int:
    """Remove the data files that belong to no version of the tables; return their bytes.

    Only for the holder of the lock on fragments, on a disk where the journal can be locked.
    """
    removed = 0
    with catalogue.writing([]) as alone:
        if not alone:
            return 0
        for table in _TABLES:
            folder = Path(catalogue.where) / f"{table}.lance"
            used = _used(folder)
            for path in (folder / "data").glob("*.lance"):
                if path.name not in used:
                    removed += path.stat().st_size
                    path.unlink()
    return removed


def _used(folder: Path) -> set[str]:
    """Names of the data files of every version that can still be read."""
    import lance

    newest = lance.dataset(folder)
    return {
        Path(file.path).name
        for version in newest.versions()
        for fragment in newest.checkout_version(version["version"]).get_fragments()
        for file in fragment.data_files()
    }
