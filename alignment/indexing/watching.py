"""Following folders: what is new or changed since the last look, and has come to rest.

Polling, not the notifications of an operating system: those miss what other machines write to a
network disk, and have a limit on folders that a collection of music soon reaches.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from unisono.alignment.indexing.files import collect
from unisono.alignment.indexing.index_report import IndexReport, OnDone
from unisono.alignment.store.catalogue_error import CatalogueError

if TYPE_CHECKING:
    from unisono.alignment.catalogue import Catalogue
    from unisono.alignment.indexing.encoding_workers import Limits

Stamp = tuple[int, int, int]
"""Inode, size in bytes and time of the last change in nanoseconds."""
_SHARE_OF_TIME = 0.1


@dataclass(frozen=True)
class Look:
    """What a look has found: files to index, and files that were there and are gone."""

    ready: tuple[Path, ...] = ()
    gone: tuple[Path, ...] = ()


class Watch:
    """Remembers the stamps of all files below some roots.

    rest_s: a file is ready when it has been left alone for so long, or looks the same twice.
    """

    def __init__(self, roots: Sequence[Path], rest_s: float) -> None:
        self.roots = list(roots)
        self.rest_s = rest_s
        self._seen: dict[Path, Stamp] = {}
        self._taken: dict[Path, Stamp] = {}

    def look(self) -> Look:
        """Look once; what is ready is given once, until it changes again."""
        now_ns = time.time_ns()
        stamps: dict[Path, Stamp] = {}
        for path in collect(self.roots):
            stamp = _stamp_of(path)
            if stamp is not None:
                stamps[path] = stamp
        ready = tuple(
            path
            for path, stamp in stamps.items()
            if stamp != self._taken.get(path)
            and (stamp == self._seen.get(path) or now_ns - stamp[2] > self.rest_s * 1e9)
        )
        gone = tuple(path for path in self._taken if path not in stamps)
        self._seen = stamps
        self._taken = {path: one for path, one in self._taken.items() if path in stamps}
        self._taken |= {path: stamps[path] for path in ready}
        return Look(ready, gone)

    def forget(self, paths: Sequence[Path]) -> None:
        """Give these again at the next look."""
        for path in paths:
            self._taken.pop(path, None)


def watch(
    catalogue: Catalogue,
    roots: Sequence[Path],
    *,
    every_s: float = 5.0,
    prune: bool = False,
    workers: int | None = None,
    limits: Limits | None = None,
    progress: bool = False,
    on_done: OnDone | None = None,
    on_look: Callable[[IndexReport], None] | None = None,
    on_fault: Callable[[str], None] | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Index what is below the roots, and then what is new or changed, until interrupted.

    on_look: called with the report of each look that found something.
    on_fault: called with a sentence where a root is gone and so nothing is pruned.
    Looking takes at most a tenth of the time, however large the collection is.
    """
    from unisono.alignment.indexing.encoding_workers import default_workers

    if workers is None:
        # Also for a single file: what goes on for months must not end with one bad decoder.
        workers = default_workers(catalogue.space)
    watched = Watch(roots, rest_s=every_s)
    first = True
    while True:
        began = time.monotonic()
        look = watched.look()
        took = time.monotonic() - began
        report = IndexReport()
        if look.ready:
            report = catalogue.add(
                look.ready, progress=progress, on_done=on_done, workers=workers, limits=limits
            )
            watched.forget([path for path, why in report.quarantine if "while it was read" in why])
        if prune and (look.gone or first):
            try:
                report.pruned = len(catalogue.prune(roots))
            except CatalogueError as error:
                watched.forget(look.gone)
                if on_fault:
                    on_fault(str(error))
        if on_look and (look.ready or report.pruned):
            on_look(report)
        first = False
        sleep(max(every_s, took / _SHARE_OF_TIME))


def _stamp_of(path: Path) -> Stamp | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
