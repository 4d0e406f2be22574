"""Folders and tables that a source names: found, or told plainly why not."""

from __future__ import annotations

from pathlib import Path

from unisono.data.pairs.source import SourceError


def open_folder(folder: str) -> Path:
    """The folder that a setting names; raises SourceError where there is none."""
    path = Path(folder).expanduser()
    if not path.exists():
        raise SourceError(f"{folder} does not exist; check the folder's name in the configuration")
    if not path.is_dir():
        raise SourceError(f"{folder} is a file; name the folder that holds it")
    return path


def open_table(folder: Path, name: str) -> Path:
    """A table in a folder; raises SourceError where it is missing."""
    path = folder / name
    if not path.is_file():
        raise SourceError(f"{folder} holds no table {name}; check its name in the configuration")
    return path
