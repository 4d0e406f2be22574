"""Pairs of a built dataset as a ``datasets.Dataset``, memory-mapped: left, right, work, weight.

    pairs = open_pairs("built", "audio", "sheet", split="train")
    pairs[0]        # {"left": (samples,), "right": (128, 256), "work": ..., "weight": ..., ...}

Rows are excerpts: one for every note of every kept rendition, cut when they are asked for; or,
for other modalities, one for every entry that has both roles.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from unisono.data.building.built import BuiltFolder
from unisono.data.excerpts import EXCERPT_S, STRIP_WIDTH
from unisono.data.pairs.datasets_library import datasets_library
from unisono.data.pairs.excerpts import banks_by_word, open_prepared
from unisono.data.pairs.rendition import Rendition
from unisono.data.pairs.rendition_cache import FeatureFunction, RenditionCache, RenditionConfig
from unisono.data.pairs.rendition_slices import slice_ink, slice_sound
from unisono.data.pairs.source import SourceError

if TYPE_CHECKING:
    from datasets import Dataset

_EXCERPTED = ("audio", "sheet")
_ENTRY_ROLES = ("audio", "voice", "midi", "performance", "score", "page", "cover", "text", "tags")

_OPEN_AT_ONCE = 512


def open_pairs(
    built: Path | str,
    left: str,
    right: str,
    split: str = "train",
    *,
    renditions: RenditionConfig | None = None,
    banks: str = "builtin",
    feature: FeatureFunction | None = None,
) -> Dataset:
    """Pairs of two roles of one split.

    ``audio`` with ``sheet``: a row an excerpt of ``EXCERPT_S`` seconds and ``STRIP_WIDTH`` columns
    around one note, ``weight`` such that pieces count by the root of their notes. ``audio`` is
    sound (samples,) float32 at 16 kHz, or what ``feature`` makes of it, made and kept at the first
    use. ``sheet`` is ink (128, STRIP_WIDTH) uint8. Columns left_at and right_at say at which
    second and column of these the note stands.
    Other roles are columns of the tables: paths, or words for ``text`` and ``tags``.

    Raises SourceError for roles that the dataset does not have in this split, and where the
    library ``datasets`` is not installed.
    """
    datasets_library("open_pairs")
    folder = open_prepared(str(built))
    if {left, right} == {*_EXCERPTED}:
        cache = RenditionCache(folder / "cache", renditions or RenditionConfig(), feature)
        found = cache.open(folder / split, partial(banks_by_word, folder, banks))
        return _excerpts(cache, found, left, right)
    return _entries(BuiltFolder(folder), left, right, split)


def _excerpts(cache: RenditionCache, found: Sequence[Rendition], left: str, right: str) -> Dataset:
    from datasets import Dataset

    words = "\n".join(str(one.folder.relative_to(cache.folder)) for one in found)
    index = cache.folder / f"pairs-{hashlib.sha256(words.encode()).hexdigest()[:16]}.arrow"
    if not index.is_file():
        _write_index(index, cache.folder, found)
    rows = Dataset.from_file(str(index))
    return rows.with_transform(_Cutting(cache.folder, found[0].rate, left, right))


def _write_index(path: Path, folder: Path, found: Sequence[Rendition]) -> None:
    """A row a note: which rendition, where; written as Arrow so that it is mapped, not read."""
    import pyarrow as arrow

    counts = [one.notes.shape[1] for one in found]
    names = [str(one.folder.relative_to(folder)) for one in found]
    which = np.repeat(np.arange(len(found), dtype=np.int32), counts)
    weight = np.concatenate([np.full(n, 1 / np.sqrt(n), np.float32) for n in counts])
    renditions = arrow.DictionaryArray.from_arrays(arrow.array(which), arrow.array(names))
    works = arrow.DictionaryArray.from_arrays(
        arrow.array(which), arrow.array([one.work for one in found])
    )
    table = arrow.table(
        {
            "rendition": renditions.cast(arrow.string()),
            "work": works.cast(arrow.string()),
            "onset_s": np.concatenate([one.notes[0] for one in found]),
            "column": np.concatenate([one.notes[2] for one in found]),
            "weight": weight / weight.sum(dtype=np.float64).astype(np.float32),
        }
    )
    _write_arrow(table, path)


def _write_arrow(table: Any, path: Path) -> None:
    """As a stream of short batches, which is what ``datasets`` maps and finds its way in."""
    import pyarrow as arrow

    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}")
    with arrow.OSFile(str(partial), "wb") as sink, arrow.ipc.new_stream(sink, table.schema) as out:
        out.write_table(table, max_chunksize=10_000)
    partial.replace(path)


class _Cutting:
    """Rows of the index into excerpts; at module level so that loaders' workers can have it."""

    def __init__(self, folder: Path, rate: float, left: str, right: str) -> None:
        self._folder, self._rate = folder, rate
        self._left, self._right = left, right
        self._open: dict[str, Rendition] = {}

    def __call__(self, rows: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
        cut: dict[str, list[Any]] = {"left": [], "right": [], "left_at": [], "right_at": []}
        for name, onset, column in zip(
            rows["rendition"], rows["onset_s"], rows["column"], strict=True
        ):
            rendition = self._rendition(name)
            at = round(column - STRIP_WIDTH / 2)
            start_s = onset - EXCERPT_S / 2
            sides = {
                "audio": (slice_sound(rendition, start_s), np.float32(EXCERPT_S / 2)),
                "sheet": (slice_ink(rendition, at), np.float32(column - at)),
            }
            for side, role in (("left", self._left), ("right", self._right)):
                cut[side].append(sides[role][0])
                cut[f"{side}_at"].append(sides[role][1])
        return {**cut, "work": list(rows["work"]), "weight": list(rows["weight"])}

    def _rendition(self, name: str) -> Rendition:
        if name not in self._open:
            if len(self._open) >= _OPEN_AT_ONCE:  # every mapped file takes a handle
                self._open.pop(next(iter(self._open)))
            self._open[name] = Rendition(self._folder / name, self._rate, "", name)
        return self._open[name]

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_open": {}}


def _entries(built: BuiltFolder, left: str, right: str, split: str) -> Dataset:
    from datasets import Dataset

    unknown = [role for role in (left, right) if role not in _ENTRY_ROLES]
    if unknown:
        there = ", ".join((*_ENTRY_ROLES, "sheet (with audio)"))
        raise SourceError(f"{built.root} has no pairs of '{unknown[0]}'; its roles are {there}")
    rows = [
        row for row in built.rows() if row["split"] == split and row.get(left) and row.get(right)
    ]
    if not rows:
        raise SourceError(f"{built.root}: no entry of {split} has both {left} and {right}")
    columns = {
        "left": [row[left] for row in rows],
        "right": [row[right] for row in rows],
        "work": [row["work"] for row in rows],
        "weight": [1 / len(rows)] * len(rows),
        "source": [row["source"] for row in rows],
    }
    words = repr(sorted(zip(columns["left"], columns["right"], strict=True)))
    mark = hashlib.sha256(words.encode()).hexdigest()[:16]
    path = built.cache / f"entries-{left}-{right}-{mark}.arrow"
    if not path.is_file():
        import pyarrow as arrow

        _write_arrow(arrow.table(columns), path)
    return Dataset.from_file(str(path))
