"""One run of adding files to a catalogue: what is new, what moved, what cannot be used."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from unisono.alignment.catalogue import Catalogue
from unisono.alignment.indexing.encoding_files import HOP_S as HOP_S
from unisono.alignment.indexing.encoding_files import EncodingHere, FileEncoder, Job, reason_of
from unisono.alignment.indexing.files import content_hash, fault_of
from unisono.alignment.indexing.index_report import Done, IndexReport, OnDone, OnProgress
from unisono.alignment.indexing.indexing_progress import ProgressLine
from unisono.alignment.indexing.pruning import is_gone
from unisono.alignment.store.tables import Item

_BATCH = 16
_LONGEST_WAIT_S = 10.0
_WRITES_BETWEEN_JOINS = 64


class Adding:
    """What is known, what is under way, what waits to be written, and what came of the files."""

    def __init__(
        self,
        catalogue: Catalogue,
        progress: bool,
        on_progress: OnProgress | None,
        on_done: OnDone | None = None,
        encoder: FileEncoder | None = None,
    ) -> None:
        self.catalogue = catalogue
        self.progress = progress
        self.on_progress = on_progress
        self.on_done = on_done
        self.encoder = encoder or EncodingHere(catalogue.space)
        self.report = IndexReport()
        catalogue.repair()
        self.path_of = catalogue.known() if len(catalogue) else {}
        self.ids_at: dict[str, set[str]] = {}
        for item_id, path in self.path_of.items():
            self.ids_at.setdefault(path, set()).add(item_id)
        self.copies: dict[str, str] = {}
        self.waiting: list[Item] = []
        self.under_way: dict[str, list[Path]] = {}
        self.again: list[Path] = []
        self.written_at = time.monotonic()
        self.writes = 0

    def run(self, files: Sequence[Path]) -> IndexReport:
        """Take the files; they are encoded in any order."""
        self.line = ProgressLine(len(files), self.progress)
        try:
            self._take(files)
        finally:
            self.encoder.close()
            # Also after Ctrl-C: what was encoded is worth keeping.
            self._flush()
            self.line.close()
        if self.report.indexed:
            self._join()
        place = {path: number for number, path in enumerate(files)}
        self.report.quarantine.sort(key=lambda one: place[one[0]])
        return self.report

    def _take(self, files: Sequence[Path]) -> None:
        todo, taken = list(files), 0
        while todo:
            for encoded in self.encoder.encode(self._jobs(todo, taken, len(files))):
                if encoded.item:
                    self.waiting.append(encoded.item)
                else:
                    self._refuse(encoded.job.path, encoded.reason)
                    # What the bytes are taken for depends on the name: copies are tried too.
                    self.again += self.under_way.pop(encoded.job.id)
                late = time.monotonic() - self.written_at > _LONGEST_WAIT_S
                if len(self.waiting) >= _BATCH or late:
                    self._flush()
            taken += len(todo)
            todo, self.again = self.again, []

    def _jobs(self, files: Sequence[Path], taken: int, total: int) -> Iterator[Job]:
        """The files among these that have to be encoded."""
        for number, path in enumerate(files, start=taken):
            if self.on_progress and number < total:
                self.on_progress(number, total, path)
            item_id = self._identify(path)
            if item_id is None:
                continue
            if item_id in self.under_way:
                self.under_way[item_id].append(path)
            elif item_id in self.path_of:
                self._skip(item_id, path)
            else:
                self.under_way[item_id] = []
                yield Job(item_id, path)

    def _identify(self, path: Path) -> str | None:
        """The hash of a file, or a reason in the quarantine."""
        try:
            reason = fault_of(path)
            if reason is None:
                return content_hash(path)
        except OSError as error:
            reason = reason_of(error)
        self._refuse(path, reason)
        return None

    def _refuse(self, path: Path, reason: str) -> None:
        self.report.quarantine.append((path, reason))
        self._done(Done(path, "unusable", reason))

    def _skip(self, item_id: str, path: Path) -> None:
        """A file with a content that the catalogue holds."""
        known_path = self.path_of[item_id]
        if known_path != str(path):
            self.copies[item_id] = str(path)
            if is_gone(known_path):
                self._relocate(item_id, str(path))
        self._drop_stale(str(path), item_id)
        self.report.skipped += 1
        self._done(Done(path, "skipped"))

    def _flush(self) -> None:
        items, self.waiting = self.waiting, []
        self.written_at = time.monotonic()
        if not items:
            return
        self.catalogue.write(items)
        for item in items:
            self._written(item.id, Path(item.path))
        self.writes += 1
        if self.writes % _WRITES_BETWEEN_JOINS == 0:
            self.catalogue.compact()

    def _written(self, item_id: str, path: Path) -> None:
        """The rows of an item are in the catalogue: what its path held before goes."""
        self.path_of[item_id] = str(path)
        self.ids_at.setdefault(str(path), set()).add(item_id)
        self._drop_stale(str(path), item_id)
        self.report.indexed += 1
        self._done(Done(path, "indexed"))
        for copy in self.under_way.pop(item_id):
            self._skip(item_id, copy)

    def _join(self) -> None:
        """Join the small pieces that this run has written."""
        self.catalogue.compact()

    def _done(self, done: Done) -> None:
        self.line.advance()
        if self.on_done:
            self.on_done(done)

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
