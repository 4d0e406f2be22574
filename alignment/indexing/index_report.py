"""What is said of files that are added to a catalogue, while that goes on and afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

OnProgress = Callable[[int, int, Path], None]
"""Called as each file is taken up: how many were before it, the number of files, the file."""


@dataclass(frozen=True)
class Done:
    """A file is dealt with, and no crash can undo it: what is said to be indexed is written."""

    path: Path
    state: Literal["indexed", "skipped", "unusable"]
    reason: str = ""


OnDone = Callable[[Done], None]


@dataclass
class IndexReport:
    """What became of the files given to ``Catalogue.add``.

    skipped: files whose content the catalogue already held.
    pruned: items removed because their file is gone (``Catalogue.prune``).
    quarantine: (path, one-line reason) of each file that could not be used.
    """

    indexed: int = 0
    skipped: int = 0
    pruned: int = 0
    quarantine: list[tuple[Path, str]] = field(default_factory=list)
