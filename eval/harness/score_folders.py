"""Folders of scores in MSMD's layout: pages, a MIDI file, and every note head's time and place.

``DIR/<split>/<piece>/`` or ``DIR/<piece>/`` with ``page_01.png``..., ``score.mid`` and
``notes.npz`` (onset, pitch, page, x, y, system; systems and staves as [page, x0, y0, x1, y1]).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from unisono.eval.harness.task import EvalError

NOTES_FILE, MIDI_FILE = "notes.npz", "score.mid"
_NEEDED = ("onset", "pitch", "page", "x", "y", "system", "systems", "staves")


@dataclass(frozen=True)
class ScoreFolder:
    """A piece: its name, its folder, and the arrays of its ``notes.npz``."""

    name: str
    folder: Path
    notes: dict[str, npt.NDArray[Any]]

    @property
    def midi(self) -> Path:
        """The MIDI file."""
        return self.folder / MIDI_FILE

    @property
    def pages(self) -> list[Path]:
        """Page images in order."""
        return sorted(self.folder.glob("page_*.png"))

    def nearest_systems(
        self, page: npt.NDArray[np.int64], x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.int64]:
        """Rows (n,) of the systems in which points of pages (from 0) lie: those of the note heads
        that are nearest to them.

        Raises EvalError for a page on which no note head stands.
        """
        placed = self.notes["system"] >= 0
        systems = np.empty(len(page), np.int64)
        for number in np.unique(page):
            heads = np.flatnonzero(placed & (self.notes["page"] == number))
            if not len(heads):
                raise EvalError(f"{self.folder / NOTES_FILE}: no note head on page {number}")
            rows = np.flatnonzero(page == number)
            far = np.hypot(
                x[rows, None] - self.notes["x"][heads], y[rows, None] - self.notes["y"][heads]
            )
            systems[rows] = self.notes["system"][heads[far.argmin(axis=1)]]
        return systems


def open_score(folder: Path) -> ScoreFolder:
    """Open a piece's folder; raises EvalError that names the file that is missing or damaged."""
    for name in (NOTES_FILE, MIDI_FILE, "page_01.png"):
        if not (folder / name).is_file():
            raise EvalError(f"{folder}: no {name} here, so this is no piece in MSMD's layout")
    path = folder / NOTES_FILE
    try:
        with np.load(path) as stored:
            notes = {name: stored[name] for name in stored.files}
    except Exception as error:
        raise EvalError(f"{path}: damaged ({error}); fetch it anew") from error
    lacking = [name for name in _NEEDED if name not in notes]
    if lacking:
        raise EvalError(f"{path}: lacks {', '.join(lacking)}")
    return ScoreFolder(folder.name, folder, notes)


def score_folders(root: Path, split: str) -> list[Path]:
    """The pieces of a split, in order of name, or of the folder itself where it has no splits.

    Raises EvalError where there are none.
    """
    if not root.is_dir():
        raise EvalError(f"{root}: there is no such folder; give --data a folder in MSMD's layout")
    for folder in (root / split, root):
        if folder.is_dir():
            found = sorted(one for one in folder.iterdir() if (one / NOTES_FILE).is_file())
            if found:
                return found
    raise EvalError(
        f"{root}: no {split}/<piece>/{NOTES_FILE} here; "
        "give --data a folder in MSMD's layout, or another --split"
    )


def folders_of(root: Path, pieces: Sequence[str], split: str) -> list[Path]:
    """Folders of named pieces, in whatever split; raises EvalError for one that is not there."""
    if not root.is_dir():
        raise EvalError(f"{root}: there is no such folder; give --data a folder in MSMD's layout")
    sides = [root / split, root, *sorted(one for one in root.iterdir() if one.is_dir())]
    found = []
    for piece in pieces:
        there = [side / piece for side in sides if (side / piece / NOTES_FILE).is_file()]
        if not there:
            raise EvalError(f"{root}: holds no piece {piece}, which the list of pairs names")
        found.append(there[0])
    return found
