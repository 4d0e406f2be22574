"""What is being written to a catalogue, so that a writer that is killed leaves nothing behind.

A small file in the catalogue's folder names the items that are being written and is empty
otherwise. Whoever writes holds a lock on it (released by the system when a process ends, however
it ends), so a name that is found in it is of a writer that was killed in the middle. Where files
cannot be locked (an object store, Windows, some network disks) there is no journal; the tables'
own commits still keep every row whole and unique.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from unisono.alignment.store.catalogue_error import CatalogueError

_NAME = ".writing"


@contextmanager
def writing(
    where: str,
    ids: Sequence[str],
    identity: tuple[int, int] | None,
    create: Callable[[], None],
    drop_halves: Callable[[Sequence[str]], None],
) -> Iterator[bool]:
    """Be alone with a catalogue, to write or remove the items ``ids``.

    Yields whether that can be had: False where there is no journal.

    identity: of the folder that was opened; None where there was none yet.
    create: makes the tables where there are none.
    drop_halves: given the items of a writer that was killed, removes what is not whole of them.
    Raises CatalogueError where another catalogue has taken this one's place, or the disk is full.
    """
    with _plain_words_for_a_full_disk(where):
        if "://" in where:
            create()
            yield False
            return
        folder = Path(where)
        if identity is None:
            folder.mkdir(parents=True, exist_ok=True)
        _require_the_same(folder, identity)
        with opened(folder) as journal:
            # Who waited may find it replaced.
            _require_the_same(folder, identity)
            create()
            if journal is None:
                yield False
                return
            drop_halves(journal.left())
            journal.clear()
            journal.note(ids)
            yield True
            journal.clear()


def identity_of(folder: Path) -> tuple[int, int] | None:
    """What tells a folder from another that takes its place; None where there is none."""
    try:
        status = folder.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


class Journal:
    """The opened and locked journal of a catalogue."""

    def __init__(self, file: int) -> None:
        self._file = file

    def left(self) -> list[str]:
        """Items that a killed writer was busy with."""
        raw = os.pread(self._file, os.fstat(self._file).st_size, 0).decode("ascii", "replace")
        # A last line that was cut off: then nothing of its item was written yet.
        return [line for line in raw.split("\n")[:-1] if line.isalnum()]

    def note(self, ids: Sequence[str]) -> None:
        """Name the items that will be written now."""
        os.pwrite(self._file, "".join(f"{one}\n" for one in ids).encode(), 0)

    def clear(self) -> None:
        """Everything that was named is written."""
        os.ftruncate(self._file, 0)


@contextmanager
def opened(folder: Path) -> Iterator[Journal | None]:
    """Wait for other writers and lock the journal; None where files cannot be locked."""
    try:
        import fcntl
    except ImportError:
        yield None
        return
    file = os.open(folder / _NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError:
            yield None
            return
        yield Journal(file)
    finally:
        os.close(file)


def _require_the_same(folder: Path, identity: tuple[int, int] | None) -> None:
    if identity is not None and identity_of(folder) != identity:
        raise CatalogueError(
            f"{folder} was replaced or removed while it was written to; start again"
        )


@contextmanager
def _plain_words_for_a_full_disk(where: str) -> Iterator[None]:
    try:
        yield
    except (OSError, RuntimeError, ValueError) as error:
        full = getattr(error, "errno", None) == errno.ENOSPC or "os error 28" in str(error)
        if not full:
            raise
        raise CatalogueError(
            f"the disk that holds {where} is full; nothing half-written is kept: make room, "
            "and the same command goes on from there"
        ) from error
