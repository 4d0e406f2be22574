"""One run of adding files to a catalogue: what is new, what moved, what cannot be used."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from unisono.alignment.catalogue import Catalogue, IndexReport, OnProgress
from unisono.alignment.files import content_hash, fault_of
from unisono.alignment.tables import Item
from unisono.data.errors import ReadError
from unisono.data.modality import Modality
from unisono.data.readers.metadata import read_metadata

HOP_S = 1.0
"""Seconds between stored passages of recordings and MIDI files."""
TEXT_SUFFIXES = frozenset({"", ".txt", ".text", ".md", ".rst", ".lrc"})
"""Of the files that hold readable text, only these are notes about music."""
_BATCH = 16

T = TypeVar("T")


class Adding:
    """What is known, what waits to be written, and what came of the files so far."""

    def __init__(self, catalogue: Catalogue, progress: bool, on_progress: OnProgress | None):
        self.catalogue = catalogue
        self.progress = progress
        self.on_progress = on_progress
        self.report = IndexReport()
        self.path_of = catalogue.known() if len(catalogue) else {}
        self.ids_at: dict[str, set[str]] = {}
        for item_id, path in self.path_of.items():
            self.ids_at.setdefault(path, set()).add(item_id)
        self.copies: dict[str, str] = {}
        self.waiting: list[Item] = []

    def run(self, files: Sequence[Path]) -> IndexReport:
        """Take the files one after the other."""
        from tqdm import tqdm

        bar = tqdm(files, unit="file", disable=None if self.progress else True, leave=False)
        try:
            for done, path in enumerate(bar):
                if self.on_progress:
                    self.on_progress(done, len(files), path)
                self._take(path)
        finally:
            # Also after Ctrl-C: what was encoded is worth keeping.
            self._flush()
            bar.close()
        if self.report.indexed:
            self.catalogue.compact()
        return self.report

    def _take(self, path: Path) -> None:
        item_id = self._tried(path, content_hash)
        if item_id is None:
            return
        if self._is_known(item_id, str(path)):
            self.report.skipped += 1
            return
        item = self._tried(path, lambda path: self._encode(item_id, path))
        if item is not None:
            self.waiting.append(item)
        if len(self.waiting) >= _BATCH:
            self._flush()

    def _tried(self, path: Path, reading: Callable[[Path], T]) -> T | None:
        """Read something from a file, or put the file into the quarantine."""
        try:
            reason = fault_of(path)
            if reason is None:
                return reading(path)
        except ReadError as error:
            reason = error.reason
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
        except Exception as error:
            # Decoders raise what they like on damaged files; one file must not end the run.
            said = str(error).strip().splitlines()
            reason = f"cannot be read ({type(error).__name__}: {said[0] if said else ''})"
        self.report.quarantine.append((path, reason))
        return None

    def _encode(self, item_id: str, path: Path) -> Item:
        encoding = self.catalogue.space.encode_item(path, hop_s=HOP_S)
        if encoding.modality is Modality.TEXT and path.suffix.lower() not in TEXT_SUFFIXES:
            named = f"though its name ends in {path.suffix}" if path.suffix else "without an ending"
            fault = f"holds plain text, {named}"
            raise ReadError(path, fault, "rename it to .txt if it is a note on music")
        return Item(item_id, str(path), read_metadata(path, encoding.modality), encoding)

    def _is_known(self, item_id: str, path: str) -> bool:
        if any(item.id == item_id for item in self.waiting):
            return True
        if item_id not in self.path_of:
            return False
        known_path = self.path_of[item_id]
        if known_path != path:
            self.copies[item_id] = path
            if not os.path.exists(known_path):
                self._relocate(item_id, path)
        self._drop_stale(path, item_id)
        return True

    def _flush(self) -> None:
        items, self.waiting = self.waiting, []
        if not items:
            return
        self.catalogue.write(items)
        for item in items:
            self.path_of[item.id] = item.path
            self.ids_at.setdefault(item.path, set()).add(item.id)
            self._drop_stale(item.path, item.id)
        self.report.indexed += len(items)

    def _drop_stale(self, path: str, current: str) -> None:
        """Remove what the catalogue holds of earlier contents of this path."""
        for stale in self.ids_at.get(path, set()) - {current}:
            if stale in self.copies:
                self._relocate(stale, self.copies[stale])
            else:
                self.catalogue.remove([stale])
                self.ids_at[path].discard(stale)
                del self.path_of[stale]

    def _relocate(self, item_id: str, path: str) -> None:
        self.catalogue.move({item_id: path})
        self.ids_at.get(self.path_of[item_id], set()).discard(item_id)
        self.ids_at.setdefault(path, set()).add(item_id)
        self.path_of[item_id] = path
