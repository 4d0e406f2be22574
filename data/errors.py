"""The one error that readers raise for a file that cannot be used."""

from __future__ import annotations

from pathlib import Path


class ReadError(ValueError):
    """A file cannot be read as music.

    Its text is one line: the file, what is wrong with it, and what to do.
    ``reason`` is the same without the file's name, for tables that have a path column.
    """

    def __init__(self, path: Path | str, fault: str, remedy: str = "") -> None:
        self.path = Path(path)
        self.fault = fault
        self.remedy = remedy
        self.reason = f"{fault}; {remedy}" if remedy else fault
        super().__init__(f"{path}: {self.reason}")
