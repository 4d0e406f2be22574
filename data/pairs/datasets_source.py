"""Sets of the Hugging Face library ``datasets`` as rows of material.

Sound and pictures are decoded by this package's own readers, as ``datasets`` itself needs
``torchcodec`` for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from unisono.data.modality import Modality
from unisono.data.pairs.config import DatasetSource
from unisono.data.pairs.datasets_library import datasets_library
from unisono.data.pairs.excerpting import Length
from unisono.data.pairs.material import Material, bytes_of, material_of_bytes, read_material
from unisono.data.pairs.roles import split_column
from unisono.data.pairs.rows import RowPairs
from unisono.data.pairs.shelf import Shelf
from unisono.data.pairs.source import WAVEFORM_RATE, SourceError
from unisono.data.pairs.table import as_words, check_columns, nothing_left
from unisono.data.readers.recording import KeptRecording


def open_dataset_source(config: DatasetSource) -> RowPairs:
    """Open the set; what a row holds is decoded when it is drawn. Raises SourceError."""
    length = Length(config.seconds, config.longest_s)
    rows = open_dataset_rows(config)
    return RowPairs(rows, length, augment=config.augment, aligned=config.aligned)


def open_dataset_rows(config: DatasetSource, also: Sequence[str] = ()) -> DatasetRows:
    """The rows that a configuration takes.

    also: more columns that must be there.
    Raises: SourceError where the library, the set, its split or a column is missing, and where
    no row is left.
    """
    cells = {
        role: split_column(role, column, config.name) for role, column in config.columns.items()
    }
    if not cells:
        raise SourceError(f"{config.name} is opened without columns; name one for each role")
    table = _load(config)
    needed = [column for _, column in cells.values()]
    needed += [*config.where, *also, *([config.work] if config.work else [])]
    check_columns(needed, table.column_names, config.name)
    count = len(table)
    taken = np.ones(count, bool)
    for column, value in config.where.items():
        taken &= np.array([word == value for word in _words(table, column)], bool)
    for modality, column in cells.values():
        if modality is Modality.TEXT:
            taken &= np.array([bool(word) for word in _words(table, column)], bool)
    if not taken.any():
        raise SourceError(nothing_left(config.name, count, config.where, list(cells)))
    numbers = np.flatnonzero(taken)
    table = table.select(numbers)
    rows = [f"row {number + 1}" for number in numbers]
    works = _words(table, config.work) if config.work else rows
    works = [work or row for work, row in zip(works, rows, strict=True)]
    return DatasetRows(table, config.name, cells, works, rows)


class DatasetRows:
    """Rows of a set whose cells hold sound, pictures, texts, or files as bytes or paths."""

    def __init__(
        self,
        table: Any,
        name: str,
        cells: Mapping[str, tuple[Modality, str]],
        works: Sequence[str],
        numbers: Sequence[str],
    ) -> None:
        """table: a ``datasets.Dataset`` whose audio and image columns are not decoded."""
        self._table = table
        self._columns = {role: column for role, (_, column) in cells.items()}
        self._single = {c: table.select_columns([c]) for c in set(self._columns.values())}
        self._numbers = numbers
        self._shelf: Shelf[Material] = Shelf(bytes_of)
        self.name = name
        self.roles: Mapping[str, Modality] = {role: kind for role, (kind, _) in cells.items()}
        self.works = works

    def material(self, row: int, role: str) -> Material:
        """What a cell holds."""
        return self._shelf.get((row, role), lambda: self._decode(row, role))

    def identity(self, row: int, role: str) -> str:
        """Path or text of a cell that is one, otherwise the row."""
        cell = self._cell(row, role) if self._is_words(role) else None
        return cell if isinstance(cell, str) else f"{self._numbers[row]} of {self.name}, {role}"

    def values(self, column: str) -> Sequence[str]:
        """A column of the set as words."""
        return _words(self._table, column)

    def _is_words(self, role: str) -> bool:
        return getattr(self._table.features[self._columns[role]], "dtype", "") == "string"

    def _cell(self, row: int, role: str) -> Any:
        column = self._columns[role]
        return self._single[column][row][column]

    def _decode(self, row: int, role: str) -> Material:
        modality, cell = self.roles[role], self._cell(row, role)
        where = f"{self.name}, {self._numbers[row]}, column '{self._columns[role]}'"
        if modality is Modality.TEXT:
            return self._texts(cell, role, where)
        if isinstance(cell, dict):
            if cell.get("array") is not None:
                return _recording(cell, where)
            cell = cell.get("bytes") or cell.get("path")
        if isinstance(cell, bytes):
            return material_of_bytes(modality, cell, where)
        if isinstance(cell, str) and cell:
            return read_material(modality, Path(self.name).expanduser() / Path(cell).expanduser())
        raise SourceError(f"{where}: holds no {modality}; it should be a file's bytes or path")

    def _texts(self, cell: Any, role: str, where: str) -> tuple[str, ...]:
        feature = self._table.features[self._columns[role]]
        if isinstance(cell, int) and hasattr(feature, "int2str"):
            cell = feature.int2str(cell)
        texts = tuple(
            text.strip()
            for text in (cell if isinstance(cell, list) else [cell])
            if isinstance(text, str) and text.strip()
        )
        if not texts:
            raise SourceError(f"{where}: holds no sentence; it should be text or a list of texts")
        return texts


def _load(config: DatasetSource) -> Any:
    """The split of the set, its audio and image columns left as bytes or paths."""
    datasets = datasets_library(config.name)
    folder = Path(config.name).expanduser()
    local = folder.exists() or config.name.startswith(("/", "~", "."))
    if local and not folder.is_dir():
        raise SourceError(f"{config.name} is no folder; name one that save_to_disk wrote")
    try:
        if local:
            loaded = datasets.load_from_disk(str(folder))
        else:
            loaded = datasets.load_dataset(
                config.name, config.configuration or None, split=config.split
            )
    except (OSError, ValueError, RuntimeError, ImportError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise SourceError(
            f"{config.name} cannot be opened as a set of datasets: {reason}"
        ) from error
    if isinstance(loaded, datasets.DatasetDict):
        if config.split not in loaded:
            splits = ", ".join(loaded)
            raise SourceError(
                f"{config.name} has no split '{config.split}'; its splits are {splits}"
            )
        loaded = loaded[config.split]
    for column, feature in loaded.features.items():
        if isinstance(feature, (datasets.Audio, datasets.Image)):
            loaded = loaded.cast_column(column, type(feature)(decode=False))
    return loaded


def _words(table: Any, column: str) -> list[str]:
    """A column as words, labels by their names."""
    values = table.select_columns([column])[:][column]
    feature = table.features[column]
    if hasattr(feature, "int2str"):
        return ["" if value is None else str(feature.int2str(value)) for value in values]
    return [as_words(value) for value in values]


def _recording(cell: Mapping[str, Any], where: str) -> KeptRecording:
    """Decoded sound: ``array`` (samples,) or (channels, samples) at ``sampling_rate``."""
    import soxr

    samples, rate = np.asarray(cell["array"], np.float32), cell.get("sampling_rate")
    if not rate or samples.ndim not in (1, 2) or not samples.size:
        raise SourceError(f"{where}: holds no sound; it needs an array and its sampling_rate")
    if not np.isfinite(samples).all():
        raise SourceError(f"{where}: holds samples that are not numbers")
    mono = samples if samples.ndim == 1 else samples.mean(axis=0)
    resampled = mono if rate == WAVEFORM_RATE else soxr.resample(mono, rate, WAVEFORM_RATE)
    return KeptRecording(np.asarray(resampled, np.float32), WAVEFORM_RATE)
