"""Sources whose entries are made up, and pieces for them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import soundfile
from made_pieces import made_piece

from unisono.data.building.built import BuiltFolder
from unisono.data.corpus import Piece
from unisono.data.sources.entry import Entry, Media, SourceFacts

LICENCE = "CC0 1.0"


@dataclass(frozen=True)
class ListedSource:
    """Entries as they are given."""

    name: str
    listed: Sequence[Entry]

    @property
    def facts(self) -> SourceFacts:
        return SourceFacts(
            self.name, f"made {self.name}", "", LICENCE, "", "1", "anything", ("load_piece",)
        )

    def entries(self, root: Path) -> Iterator[Entry]:
        yield from self.listed


def entry(name: str, *, work: str = "", split: str = "", seed: int | None = None) -> Entry:
    """An entry with a piece of its own notes."""
    number = sum(name.encode()) if seed is None else seed
    return Entry(
        identifier=name,
        work=work or name,
        split=split,
        title=f"Piece {name}",
        licence=LICENCE,
        load_piece=partial(made_piece, number, name=name),
    )


def failing(name: str, how: str) -> Entry:
    """An entry whose piece cannot be made: ``raises``, ``hangs``, ``crashes`` or ``grows``."""
    return replace(entry(name), load_piece=partial(_fail, how))


def _fail(how: str) -> Piece:
    import os
    import signal

    if how == "hangs":
        time.sleep(60)
    if how == "crashes":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "grows":
        np.ones(1 << 33, np.uint8).sum()
    raise ValueError("no such score")


def sound_entry(folder: Path, name: str, sound: np.ndarray, **facts: object) -> Entry:
    """An entry with a recording at 16 kHz, written into the folder."""
    path = folder / f"{name}.wav"
    soundfile.write(path, sound, 16_000, subtype="PCM_16")
    return Entry(identifier=name, work=name, media={"audio": (Media(path),)}, **facts)  # type: ignore[arg-type]


def pieces_of(built: BuiltFolder) -> dict[str, str]:
    """Split by name of every piece on disk."""
    return {path.stem: path.parent.name for path in built.root.glob("*/*.npz")}
