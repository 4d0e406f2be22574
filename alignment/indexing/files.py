"""Which files a collection holds, in a fixed order, and what identifies their content."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path

BLOCK_BYTES = 1 << 20


def content_hash(path: Path) -> str:
    """Return 32 hexadecimal digits that name the file's bytes (blake2b, 128 bit).

    Raises OSError where the file cannot be read.
    """
    digest = blake2b(digest_size=16)
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def collect(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the named files, and the files below the named folders in sorted order.

    Hidden files and folders and other catalogues (``*.lance``) below a named folder are passed
    over; links are followed, each folder once, so a loop of links ends. What is named itself
    is always yielded, even where it does not exist: whoever reads it says what is wrong.
    """
    seen_files: set[str] = set()
    seen_folders: set[tuple[int, int]] = set()
    for named in paths:
        named = named.expanduser()
        found = _below(named, seen_folders) if named.is_dir() else iter([named])
        for path in found:
            absolute = os.path.abspath(path)
            if absolute not in seen_files:
                seen_files.add(absolute)
                yield Path(absolute)


def fault_of(path: Path) -> str | None:
    """Say why a path cannot be indexed whatever it holds, or None."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return "its name is not valid UTF-8; rename it"
    try:
        status = path.stat()
    except OSError as error:
        return (error.strerror or str(error)).lower()
    if not stat.S_ISREG(status.st_mode):
        return "not a regular file"
    if status.st_size == 0:
        return "the file is empty"
    return None


def _below(folder: Path, seen: set[tuple[int, int]]) -> Iterator[Path]:
    try:
        status = folder.stat()
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        # A folder that may not be read: yield it, so that it is named with its fault.
        yield folder
        return
    if (status.st_dev, status.st_ino) in seen:
        return
    seen.add((status.st_dev, status.st_ino))
    for entry in entries:
        if entry.name.startswith("."):
            continue
        path = folder / entry.name
        if not path.is_dir():
            yield path
        elif path.suffix != ".lance":
            yield from _below(path, seen)
