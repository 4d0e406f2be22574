"""A folder of files and its table (CSV, TSV, parquet) as rows of material."""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from unisono.data.modality import Modality
from unisono.data.pairs.config import TableSource
from unisono.data.pairs.excerpting import Length
from unisono.data.pairs.folders import open_folder, open_table
from unisono.data.pairs.material import Material, bytes_of, read_material, wordings
from unisono.data.pairs.roles import split_column
from unisono.data.pairs.rows import RowPairs
from unisono.data.pairs.shelf import Shelf
from unisono.data.pairs.source import SourceError

Record = dict[str, str]


def open_table_source(config: TableSource) -> RowPairs:
    """Read the table; files are read when their row is drawn. Raises SourceError."""
    length = Length(config.seconds, config.longest_s)
    rows = open_table_rows(config)
    return RowPairs(rows, length, augment=config.augment, aligned=config.aligned)


def open_table_rows(config: TableSource, also: Sequence[str] = ()) -> TableRows:
    """The rows that a configuration takes.

    also: more columns that must be there.
    Raises: SourceError for a table or column that is missing, and where no row is left.
    """
    folder = open_folder(config.folder)
    path = open_table(folder, config.table)
    cells = {
        role: split_column(role, column, config.table) for role, column in config.columns.items()
    }
    if not cells:
        raise SourceError(f"{path} is opened without columns; name one for each role")
    records = read_records(path)
    if not records:
        raise SourceError(f"{path} holds no rows; fill it or name another table")
    needed = [column for _, column in cells.values()]
    needed += [*config.where, *also, *([config.work] if config.work else [])]
    check_columns(needed, records[0], str(path))
    numbers = [
        number
        for number, record in enumerate(records)
        if all(record[column] == value for column, value in config.where.items())
        and all(record[column] for _, column in cells.values())
    ]
    if not numbers:
        raise SourceError(nothing_left(str(path), len(records), config.where, list(config.columns)))
    works = [records[n][config.work] if config.work else f"row {n + 1}" for n in numbers]
    # without a work's name, a row stands for itself
    works = [work or f"row {n + 1}" for n, work in zip(numbers, works, strict=True)]
    return TableRows(folder, str(path), [records[n] for n in numbers], cells, works)


class TableRows:
    """Rows of a table whose cells are files, or sentences."""

    def __init__(
        self,
        folder: Path,
        name: str,
        records: Sequence[Record],
        cells: Mapping[str, tuple[Modality, str]],
        works: Sequence[str],
    ) -> None:
        self._folder = folder
        self._records = records
        self._columns = {role: column for role, (_, column) in cells.items()}
        self._shelf: Shelf[Material] = Shelf(bytes_of)
        self.name = name
        self.roles: Mapping[str, Modality] = {
            role: modality for role, (modality, _) in cells.items()
        }
        self.works = works

    def material(self, row: int, role: str) -> Material:
        """What a cell's file holds, or its wordings."""
        modality, cell = self.roles[role], self._cell(row, role)
        if modality is Modality.TEXT:
            texts = wordings(cell)
            if not texts:
                raise SourceError(
                    f"{self.name}: a text of {self.works[row]} says nothing: '{cell}'"
                )
            return texts
        path = self._folder / Path(cell).expanduser()
        return self._shelf.get((modality, path), lambda: read_material(modality, path))

    def identity(self, row: int, role: str) -> str:
        """The path, or the sentences, as the table has them."""
        return self._cell(row, role)

    def values(self, column: str) -> Sequence[str]:
        """A column of the table."""
        return [record[column] for record in self._records]

    def _cell(self, row: int, role: str) -> str:
        return self._records[row][self._columns[role]]


def read_records(path: Path) -> list[Record]:
    """Rows of a table as words; lists are joined by ``|``, what is missing is empty.

    Raises: SourceError for a table of another kind, or one that cannot be read.
    """
    kind = path.suffix.lower()
    try:
        if kind == ".parquet":
            import pyarrow.parquet as parquet

            rows: list[dict[str, Any]] = parquet.read_table(path).to_pylist()
            return [{name: as_words(value) for name, value in row.items()} for row in rows]
        if kind in (".csv", ".tsv"):
            with path.open(encoding="utf-8-sig", newline="") as stream:
                reader = csv.DictReader(stream, delimiter="\t" if kind == ".tsv" else ",")
                return [
                    {name: value or "" for name, value in row.items() if name is not None}
                    for row in reader
                ]
    except (ValueError, OSError, csv.Error) as error:
        raise SourceError(f"{path} cannot be read as {kind[1:]}: {error}") from error
    raise SourceError(f"{path} is no table that is read here; save it as .csv, .tsv or .parquet")


def as_words(value: Any) -> str:
    """A value of a table as text."""
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        return "|".join(str(part) for part in value)
    return str(value)


def check_columns(needed: Collection[str], columns: Collection[str], table: str) -> None:
    """Raises SourceError where a column is missing, with those there are."""
    missing = [column for column in needed if column not in columns]
    if missing:
        there = ", ".join(columns) or "none"
        raise SourceError(f"{table} has no column '{missing[0]}'; its columns are {there}")


def nothing_left(table: str, count: int, where: Mapping[str, str], roles: Sequence[str]) -> str:
    """A sentence on why none of so many rows is taken."""
    asked = " and ".join(f"{column} = '{value}'" for column, value in where.items())
    condition = f" with {asked}" if asked else ""
    return f"{table}: none of {count} rows{condition} has all of {', '.join(roles)}"
