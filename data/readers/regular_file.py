"""What every reader asks of a path before it opens it: a regular file with something in it.

To open a pipe waits for a writer that may never come, and a device may never end.
"""

from __future__ import annotations

import stat
from pathlib import Path

from unisono.data.errors import ReadError


def check_file(path: Path) -> int:
    """Return the size of a file in bytes, at least 1.

    Raises: ReadError for a path that does not exist, is a folder, a pipe, a socket or a device,
    is empty, cannot be reached, or has a name that decoders cannot be handed.
    """
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise ReadError(path, "has a name that is not valid UTF-8", "rename it") from error
    try:
        status = path.stat()
    except FileNotFoundError as error:
        raise ReadError(path, "does not exist", "check the name") from error
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        raise cannot_be_opened(path, error) from error
    if stat.S_ISDIR(status.st_mode):
        raise ReadError(path, "is a folder", "name a file in it")
    if not stat.S_ISREG(status.st_mode):
        raise ReadError(path, "is not a regular file", "copy what it gives into a file")
    if status.st_size == 0:
        raise ReadError(path, "is empty", "copy or download it again")
    return status.st_size


def read_bytes(path: Path, limit: int) -> bytes:
    """Return at most the first ``limit`` bytes of a regular file, however much it grows.

    Raises: ReadError as ``check_file``, and where the file cannot be read.
    """
    check_file(path)
    try:
        with path.open("rb") as file:
            return file.read(limit)
    except OSError as error:
        raise cannot_be_opened(path, error) from error


def cannot_be_opened(path: Path, error: Exception) -> ReadError:
    """The error for a file that the system does not hand out, with what the system says."""
    said = (getattr(error, "strerror", None) or str(error)).lower()
    return ReadError(path, f"cannot be opened ({said})", "check its name and its rights")
