"""Files that are read where they are, or fetched from an object store (``s3://``, ``gs://``)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path, PosixPath
from typing import Any
from urllib.parse import quote

from unisono.alignment.indexing.encoding_files import reason_of
from unisono.alignment.indexing.files import BLOCK_BYTES, collect, content_hash, fault_of
from unisono.data.errors import ReadError


class StoredPath(PosixPath):
    """The address of a file in an object store; as text it is the URI."""

    def __str__(self) -> str:
        scheme, rest = super().__str__().split(":/", 1)
        return f"{scheme}://{'/' if scheme == 'file' else ''}{rest}"


@dataclass(frozen=True)
class Identity:
    """The hash of a file's bytes (see ``content_hash``), or the reason why there is none."""

    id: str | None
    reason: str = ""


def collect_all(named: Iterable[str | Path]) -> Iterator[Path]:
    """Yield the named files and those below the named folders; URIs are of object stores.

    The rules of ``collect`` hold for both. Raises ReadError for a URI that nothing can open.
    """
    for one in named:
        if "://" in str(one):
            yield from _below(str(one))
        else:
            yield from collect([Path(one)])


def identify(path: Path) -> Identity:
    """Hash a file; whatever is wrong with it becomes a reason."""
    try:
        if isinstance(path, StoredPath):
            return _identify_stored(path)
        fault = fault_of(path)
        return Identity(None, fault) if fault else Identity(content_hash(path))
    except (OSError, ReadError) as error:
        return Identity(None, reason_of(error))


@contextmanager
def fetched(path: Path) -> Iterator[Path]:
    """Give a file on this machine's disk: itself, or a copy under the same name that then goes.

    Raises OSError where it cannot be fetched.
    """
    if not isinstance(path, StoredPath):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="unisono-") as folder:
        copy = Path(folder) / path.name
        with _open(path) as stored, copy.open("wb") as file:
            while block := stored.read(BLOCK_BYTES):
                file.write(block)
        yield copy


def _identify_stored(path: StoredPath) -> Identity:
    digest = blake2b(digest_size=16)
    empty = True
    with _open(path) as stored:
        while block := stored.read(BLOCK_BYTES):
            digest.update(block)
            empty = False
    return Identity(None, "the file is empty") if empty else Identity(digest.hexdigest())


def _open(path: StoredPath) -> Any:
    files, inner = _file_system(str(path))
    return files.open_input_stream(inner, compression=None)


def _file_system(uri: str) -> tuple[Any, str]:
    from pyarrow.fs import FileSystem

    scheme, rest = uri.split("://", 1)
    try:
        # Names are taken as they are: what a URI would have to escape is escaped here.
        files, inner = FileSystem.from_uri(f"{scheme}://{quote(rest, safe='/:@')}")
    except (OSError, ValueError) as error:
        said = str(error).splitlines()[0]
        raise ReadError(
            uri, f"cannot be opened ({said})", "stores that can be: s3://, gs://, abfs://, hdfs://"
        ) from error
    return files, inner


def _below(uri: str) -> Iterator[Path]:
    from pyarrow.fs import FileType

    files, inner = _file_system(uri)
    root = uri.rstrip("/")
    info = files.get_file_info(inner)
    if info.type == FileType.NotFound:
        raise ReadError(uri, "there is no such file or folder", "look at the address")
    if info.type == FileType.File:
        yield StoredPath(root)
        return
    yield from _in_folder(files, inner.rstrip("/"), root)


def _in_folder(files: Any, folder: str, uri: str) -> Iterator[Path]:
    from pyarrow.fs import FileSelector, FileType

    # A folder at a time: a list of all objects of a large bucket does not fit into memory.
    for info in sorted(files.get_file_info(FileSelector(folder)), key=lambda one: one.base_name):
        name = info.base_name
        if name.startswith("."):
            continue
        if info.type == FileType.Directory:
            if not name.endswith(".lance"):
                yield from _in_folder(files, f"{folder}/{name}", f"{uri}/{name}")
        else:
            yield StoredPath(f"{uri}/{name}")
