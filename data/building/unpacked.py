"""Prepared pieces and instruments for training, out of a folder or a pack."""

from __future__ import annotations

import fcntl
import lzma
import shutil
import tarfile
import zlib
from pathlib import Path

from unisono.data.building.pack import MANIFEST
from unisono.data.building.packed_banks import synthesise_banks, unpack_banks
from unisono.data.errors import ReadError
from unisono.data.prepare_banks import PROGRAMS

_PARTS = ("train/", "valid/", "test/", "banks/", MANIFEST)
_BANKS = "banks"
_LOCK = ".lock"


def opened_pack(path: Path) -> Path:
    """The folder of prepared pieces: ``path`` itself, or a pack unpacked beside it, once.

    Raises ReadError for a file that is no pack.
    """
    if path.is_dir():
        return path
    folder = path.with_name(path.name + ".unpacked")
    mark = folder / ".stamp"
    stamp = f"{path.stat().st_size} {path.stat().st_mtime_ns}"
    if _says(mark, stamp):
        return folder
    try:
        with tarfile.open(path) as tape:
            whole = list(tape)
            if not _ends(tape):  # cut between two members, it would pass for a shorter one
                raise tarfile.ReadError("its end is missing")
            members = [one for one in whole if one.isfile() and one.name.startswith(_PARTS)]
            if not any(one.name == MANIFEST for one in members):
                raise ReadError(path, "is no pack", "make one with unisono data pack")
            folder.mkdir(exist_ok=True)
            with (folder / _LOCK).open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)  # several processes of one run open it at once
                if not _says(mark, stamp):
                    _empty(folder)
                    tape.extractall(folder, members, filter="data")
                    mark.write_text(stamp)
    except (tarfile.TarError, EOFError, lzma.LZMAError, zlib.error) as error:
        raise ReadError(path, f"is no pack ({error})", "make one anew") from error
    return folder


def _ends(tape: tarfile.TarFile) -> bool:
    """Whether an archive that was read to its end has the empty block that closes it."""
    stream = tape.fileobj
    assert stream is not None
    stream.seek(tape.offset)
    return stream.read(tarfile.BLOCKSIZE) == bytes(tarfile.BLOCKSIZE)


def _says(mark: Path, stamp: str) -> bool:
    return mark.is_file() and mark.read_text() == stamp


def _empty(folder: Path) -> None:
    """All but the lock, the mark first: what it speaks of is going away."""
    (folder / ".stamp").unlink(missing_ok=True)
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != _LOCK:
            path.unlink()


def banks_of(prepared: Path) -> Path:
    """The banks that go with prepared pieces: those of the pack, and the synthesiser's.

    They are made in ``banks`` below the folder when they are first asked for; that takes a minute.
    """
    folder = prepared / _BANKS
    folder.mkdir(exist_ok=True)
    with (folder / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        unpack_banks(folder)
        synthesise_banks(folder, tuple(program for many in PROGRAMS.values() for program in many))
    return folder
