"""Scores inside zip archives, compressed MusicXML first: read in memory and never unpacked.

What an archive says of its own sizes may lie, so every reading has a limit of its own.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any
from xml.parsers import expat

from unisono.data.errors import ReadError
from unisono.data.readers.regular_file import cannot_be_opened, check_file

MAX_DIRECTORY_BYTES = 1 << 20
"""An archive's list of contents at most; some ten thousand names."""

_CONTAINER = "META-INF/container.xml"
_CONTAINER_BYTES = 1 << 20
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others may ask for gigabytes to unpack
_SCORES = (".musicxml", ".xml")
_NOTATIONS = (*_SCORES, ".mei", ".krn", ".kern", ".abc")
_NOT_SCORES = ("META-INF/", "__MACOSX/", "_rels/", "[")
_REPACK = "export the score again"

# End of central directory: signature, 8 bytes of counts, size of the directory. Where the
# locator of a 64-bit one stands before it, that one counts.
_END = b"PK\x05\x06"
_LOCATOR, _LOCATOR_BYTES = b"PK\x06\x07", 20
_END_BYTES = 22
_COMMENT_BYTES = 1 << 16
# What zipfile raises for archives that are damaged, or made to mislead.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    ValueError,
    OverflowError,
)


def is_score_archive(path: Path) -> bool:
    """Tell whether a zip archive is a compressed MusicXML score."""
    try:
        with _opened(path) as archive:
            return _score_name(archive) is not None
    except (*_BROKEN, RuntimeError, OSError):
        return False


def score_members(path: Path) -> tuple[str, ...]:
    """Names of the files in an archive that look like scores, in any folder, in their order.

    Raises: ReadError for an archive that is broken.
    """
    try:
        with _opened(path) as archive:
            names = [name for name in archive.namelist() if not name.startswith(_NOT_SCORES)]
    except (*_BROKEN, RuntimeError) as error:
        raise ReadError(path, "is a broken archive", _REPACK) from error
    except OSError as error:
        raise cannot_be_opened(path, error) from error
    return tuple(name for name in names if name.lower().endswith(_NOTATIONS))


def score_in_archive(path: Path, limit: int, member: str = "") -> bytes:
    """Return at most the first ``limit`` bytes of the score, uncompressed.

    ``member`` names a file in the archive; without, it is the one of compressed MusicXML.
    Raises: ReadError for an archive that is broken, encrypted, or holds no such score.
    """
    try:
        with _opened(path) as archive:
            name = member or _score_name(archive)
            if name is None:
                raise ReadError(path, "is an archive without a score in it", _REPACK)
            if name not in archive.namelist():
                raise ReadError(path, f"holds no {name}", "check the name of the member")
            return _member(archive, name, limit)
    except ReadError:
        raise
    except _BROKEN as error:
        raise ReadError(path, "is a broken archive", _REPACK) from error
    except RuntimeError as error:
        raise ReadError(path, "is encrypted", "save it without a password") from error
    except OSError as error:
        raise cannot_be_opened(path, error) from error


def _opened(path: Path) -> zipfile.ZipFile:
    size, most = check_file(path), _LOCATOR_BYTES + _END_BYTES + _COMMENT_BYTES
    with path.open("rb") as file:
        file.seek(max(0, size - most))
        tail = file.read(most)
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + _END_BYTES:
        raise zipfile.BadZipFile("no list of contents")
    # zipfile holds some 500 bytes for each name, however many there are.
    far = tail[max(0, at - _LOCATOR_BYTES) : at].startswith(_LOCATOR)
    if far or int.from_bytes(tail[at + 12 : at + 16], "little") > MAX_DIRECTORY_BYTES:
        raise zipfile.BadZipFile("too many names")
    return zipfile.ZipFile(path)


def _member(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    if archive.getinfo(name).compress_type not in _PACKINGS:
        raise zipfile.BadZipFile("a packing that MusicXML does not know")
    with archive.open(name) as file:
        return file.read(limit)


def _score_name(archive: zipfile.ZipFile) -> str | None:
    """Name of the score inside the archive: what the container says, else the first XML file."""
    names = archive.namelist()
    if _CONTAINER in names:
        for name, kind in _root_files(_member(archive, _CONTAINER, _CONTAINER_BYTES)):
            if name in names and (kind is None or "musicxml" in kind):
                return name
    inside = [name for name in names if not name.startswith(_NOT_SCORES) and "/" not in name]
    return next((name for name in inside if name.lower().endswith(_SCORES)), None)


def _root_files(container: bytes) -> list[tuple[str, str | None]]:
    """Path and media type of what the container lists; nothing where it defines entities."""
    found: list[tuple[str, str | None]] = []

    def element(_: str, attributes: dict[str, str]) -> None:
        if "full-path" in attributes:
            found.append((attributes["full-path"], attributes.get("media-type")))

    def entity(*_: Any) -> None:
        raise expat.ExpatError("entities")

    parser = expat.ParserCreate()
    parser.StartElementHandler = element
    parser.EntityDeclHandler = entity
    try:
        parser.Parse(container, True)
    except (expat.ExpatError, LookupError, ValueError):
        return []
    return found
