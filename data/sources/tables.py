"""Tables and folders of downloads as they are: odd bytes, odd rows, empty files."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from unisono.data.errors import ReadError
from unisono.data.sources.entry import Media, SourceFacts, SourceLayoutError

Row = Mapping[str, str]

_LONGEST_CELL = 1 << 24  # biographies pass the 131,072 characters that csv allows unasked
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def checked_rows(
    path: Path, facts: SourceFacts, *columns: str, delimiter: str = ","
) -> Iterator[Row]:
    """Rows as ``read_rows`` gives them; raises SourceLayoutError where a column is not there."""
    table = read_table(path, delimiter)
    header = _names(next(table, []))
    check_columns(path, dict.fromkeys(header, ""), facts, *columns)
    yield from _by_name(header, table)


def read_rows(path: Path, delimiter: str = ",") -> Iterator[Row]:
    """Rows of a table whose first row names the columns; what a short row lacks is empty.

    Lines that are not UTF-8 are read as Latin-1. Raises ReadError where the table is damaged.
    """
    table = read_table(path, delimiter)
    yield from _by_name(_names(next(table, [])), table)


def read_table(path: Path, delimiter: str = ",") -> Iterator[list[str]]:
    """Rows of a table, also its first, as lists of cells; empty lines are left out."""
    if csv.field_size_limit() < _LONGEST_CELL:
        csv.field_size_limit(_LONGEST_CELL)  # the library has no limit for one reader alone
    reader = csv.reader(read_lines(path), delimiter=delimiter)
    try:
        yield from (row for row in reader if row)
    except csv.Error as error:
        fault = f"is damaged in line {reader.line_num} ({error})"
        raise ReadError(path, fault, "download it again") from error


def read_unquoted(path: Path, delimiter: str = "\t") -> Iterator[list[str]]:
    """Rows of a table where quotation marks are letters like any other, also its first."""
    for line in read_lines(path):
        if line.strip("\r\n"):
            yield line.rstrip("\r\n").split(delimiter)


def read_lines(path: Path) -> Iterator[str]:
    """Lines with their ends, each as UTF-8 or, where it is not, as Latin-1."""
    with path.open("rb") as opened:
        for number, line in enumerate(opened):
            yield _decoded(line if number else line.removeprefix(_BYTE_ORDER_MARK))


def media_of(*paths: Path) -> tuple[Media, ...]:
    """Those of the files that are there and not empty."""
    return tuple(Media(path) for path in paths if is_there(path))


def is_there(path: Path) -> bool:
    """Whether it is a file that holds something; failed downloads leave empty ones."""
    try:
        return path.is_file() and path.stat().st_size > 0
    except OSError:  # a name too long or with a null byte, from a damaged row
        return False


def by_stem(root: Path, suffixes: frozenset[str]) -> dict[str, Path]:
    """Files below a folder by their names without suffix; of equal names the first in order.

    suffixes: in small letters, with the dot.
    """
    found: dict[str, Path] = {}
    for path in sorted(root.rglob("*")):
        if path.suffix.lower() in suffixes and is_there(path):
            found.setdefault(path.stem, path)
    return found


def one_of(root: Path, facts: SourceFacts, *names: str) -> Path:
    """The first of the names that is there below root; raises SourceLayoutError."""
    for name in names:
        if (root / name).exists():
            return root / name
    raise missing(root, facts, " or ".join(names))


def check_columns(path: Path, row: Row, facts: SourceFacts, *columns: str) -> None:
    """Raise SourceLayoutError where a row of a table lacks a column."""
    lacking = [column for column in columns if column not in row]
    if lacking:
        raise missing(path, facts, f"the column {' and '.join(lacking)}")


def missing(root: Path, facts: SourceFacts, what: str) -> SourceLayoutError:
    """The error for what a folder or a table lacks, and where to get it."""
    return SourceLayoutError(
        f"{root}: has no {what}, which {facts.title} has; it must hold {facts.layout}; "
        f"get it at {facts.homepage}"
    )


AUDIO_SUFFIXES = frozenset(
    {".wav", ".mp3", ".flac", ".ogg", ".opus", ".m4a", ".aac", ".au", ".webm", ".aif", ".aiff"}
)
IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif"})


def _names(header: list[str]) -> list[str]:
    return [name.strip() for name in header]


def _by_name(header: list[str], table: Iterator[list[str]]) -> Iterator[Row]:
    for row in table:
        yield dict(zip(header, row + [""] * (len(header) - len(row)), strict=False))


def _decoded(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")
