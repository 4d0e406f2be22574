"""One file into the row of a catalogue, or into the one line that says why it cannot be one."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from unisono.alignment.indexing.files import content_hash
from unisono.data.errors import ReadError
from unisono.data.modality import Modality

if TYPE_CHECKING:
    from unisono.alignment.store.tables import Item
    from unisono.towers.space import Space

HOP_S = 1.0
"""Seconds between stored passages of recordings and MIDI files."""
TEXT_SUFFIXES = frozenset({"", ".txt", ".text", ".md", ".rst", ".lrc"})
"""Of the files that hold readable text, only these are notes about music."""


@dataclass(frozen=True)
class Job:
    """A file to be encoded, and the hash of what it held when it was looked at."""

    id: str
    path: Path


@dataclass(frozen=True)
class Encoded:
    """What became of a job: its row, or the reason why there is none."""

    job: Job
    item: Item | None = None
    reason: str = ""


class FileEncoder(Protocol):
    """Encodes files, here or in other processes."""

    def encode(self, jobs: Iterable[Job]) -> Iterator[Encoded]:
        """Take jobs as there is room for them; yield each as it is done, in any order."""
        ...

    def close(self) -> None:
        """Stop what is under way."""
        ...


class EncodingHere:
    """Encodes one file after the other in this process, without limits."""

    def __init__(self, space: Space) -> None:
        self.space = space

    def encode(self, jobs: Iterable[Job]) -> Iterator[Encoded]:
        """Take the jobs in order."""
        return (encode_file(self.space, job) for job in jobs)

    def close(self) -> None:
        """Do nothing: nothing goes on between the jobs."""


def encode_file(space: Space, job: Job) -> Encoded:
    """Encode a file; whatever is wrong with it becomes a reason.

    The file is hashed again at the end: vectors of a file that grew meanwhile belong to no
    content.
    """
    try:
        item = _read(space, job)
    except Exception as error:
        # Decoders raise what they like on damaged files; one file must not end the run.
        return Encoded(job, reason=_change_of(job) or reason_of(error))
    changed = _change_of(job)
    return Encoded(job, reason=changed) if changed else Encoded(job, item)


def reason_of(error: Exception) -> str:
    """One line for whatever reading a file has raised."""
    if isinstance(error, ReadError):
        return error.reason
    if isinstance(error, OSError):
        return (error.strerror or str(error)).lower()
    if isinstance(error, MemoryError):
        return "needed more memory than there is"
    said = str(error).strip().splitlines()
    return f"cannot be read ({type(error).__name__}: {said[0] if said else ''})"


def _read(space: Space, job: Job) -> Item:
    from unisono.alignment.store.tables import Item
    from unisono.data.readers.metadata import read_metadata

    path = job.path
    encoding = space.encode_item(path, hop_s=HOP_S)
    if encoding.modality is Modality.TEXT and path.suffix.lower() not in TEXT_SUFFIXES:
        named = f"though its name ends in {path.suffix}" if path.suffix else "without an ending"
        fault = f"holds plain text, {named}"
        raise ReadError(path, fault, "rename it to .txt if it is a note on music")
    return Item(job.id, os.fspath(path), read_metadata(path, encoding.modality), encoding)


def _change_of(job: Job) -> str:
    try:
        same = content_hash(job.path) == job.id
    except FileNotFoundError:
        return "vanished while it was read"
    except OSError as error:
        return reason_of(error)
    return "" if same else "changed while it was read; index it again"
