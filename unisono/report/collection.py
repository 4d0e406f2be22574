"""A folder of music as the demonstration sees it: works, their files, and the truth if known.

The truth is a file ``catalogue.json`` at the top of the folder, as the example collection has
it; a folder without one is shown just as well, but nobody can say which answers are right.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from unisono.alignment.catalogue import Catalogue
from unisono.data.modality import Modality
from unisono.data.places import Region, TimeSpan
from unisono.report.findings import Floats
from unisono.towers.encoding import FloatArray

TRUTH_FILE = "catalogue.json"
PERFORMANCE_FILE = "performance.csv"


PAGE_FILE = "page.png"


@dataclass(frozen=True)
class System:
    """A system of a work's page: its top and bottom in pixels, and when the recording plays it."""

    y0: float
    y1: float
    played: TimeSpan


@dataclass(frozen=True)
class Work:
    """A work of the collection: its folder, its name for people, its tags, its page's systems."""

    folder: str
    title: str
    tags: frozenset[str] = frozenset()
    systems: tuple[System, ...] = ()

    def system_of(self, region: Region) -> int | None:
        """Number (from 1) of the system that a region of the page lies on most; None for none."""
        shared = [min(region.y1, s.y1) - max(region.y0, s.y0) for s in self.systems]
        best = max(range(len(shared)), key=shared.__getitem__, default=0)
        return best + 1 if shared and shared[best] > 0 else None


@dataclass(frozen=True)
class Piece:
    """One indexed file: ``title`` is for people, ``work`` the folder of its work or empty."""

    path: Path
    modality: Modality
    title: str
    work: str


@dataclass(frozen=True)
class Collection:
    """The indexed files of a folder (n) with their whole vectors (n, d), and its works."""

    root: Path
    works: tuple[Work, ...]
    pieces: tuple[Piece, ...]
    vectors: FloatArray
    truth_known: bool

    def of(self, modality: Modality) -> tuple[Piece, ...]:
        """The files of one kind, ordered by path."""
        return tuple(piece for piece in self.pieces if piece.modality is modality)

    def piece_at(self, path: Path | str) -> Piece | None:
        """The indexed file at a path."""
        return next((piece for piece in self.pieces if piece.path == Path(path)), None)

    def work_named(self, folder: str) -> Work | None:
        """The work that a folder holds, where the truth is known."""
        return next((work for work in self.works if work.folder == folder), None)


def read_works(root: Path) -> tuple[Work, ...]:
    """Read the works that ``catalogue.json`` lists; none without that file."""
    path = root / TRUTH_FILE
    if not path.is_file():
        return ()
    entries = json.loads(path.read_text(encoding="utf-8"))["works"]
    return tuple(
        Work(
            entry["slug"],
            entry["title"],
            frozenset(entry.get("tags", ())),
            _systems(entry.get("answers", {})),
        )
        for entry in entries
    )


def music_files(root: Path, truth_known: bool) -> list[Path]:
    """What to index: the folder itself, or, where the truth is known, the files of its works."""
    if not truth_known:
        return [root]
    return sorted(
        path
        for path in root.glob("*/*")
        if path.is_file() and path.name != PERFORMANCE_FILE and not path.name.startswith(".")
    )


def read_collection(root: Path, catalogue: Catalogue) -> Collection:
    """Join what was indexed with what is known about it."""
    works = read_works(root)
    titles = {work.folder: work.title for work in works}
    items = catalogue.items()
    order = sorted(range(len(items)), key=lambda i: items.paths[i])
    pieces = []
    for i in order:
        path, modality = Path(items.paths[i]), Modality(items.modalities[i])
        folder = path.parent.name
        title = titles.get(folder, items.titles[i])
        pieces.append(Piece(path, modality, title, folder if folder in titles else ""))
    return Collection(root, works, tuple(pieces), items.vectors[order], bool(works))


def performance_of(recording: Path) -> tuple[Floats, Floats] | None:
    """Read recording_s and score_s (m,) of the onsets of a recording, where they are known."""
    path = recording.parent / PERFORMANCE_FILE
    if not path.is_file():
        return None
    table = np.genfromtxt(path, delimiter=",", names=True)
    return np.atleast_1d(table["recording_s"]), np.atleast_1d(table["score_s"])


def _systems(answers: dict[str, Any]) -> tuple[System, ...]:
    boxes = answers.get("systems", [])
    starts = [float(system["recording_s"]) for system in boxes]
    ends = [*starts[1:], float(answers.get("end_of_music_s", 0.0))]
    return tuple(
        System(system["box"][1], system["box"][3], TimeSpan(start_s, end_s))
        for system, start_s, end_s in zip(boxes, starts, ends, strict=True)
    )
