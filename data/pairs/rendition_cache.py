"""Renditions of prepared pieces, kept on disk: those that are missing are made on all cores.

What is kept is memory-mapped: sound as int16 at ``WAVEFORM_RATE``, or features of it as float16,
and strips as uint8. A rendition's folder is named by the content of its piece, the settings and
the feature function, so that what has changed is made anew and the rest is found again.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from unisono.data.corpus import FEWEST_NOTES, Piece, piece_paths
from unisono.data.pairs.rendition import FloatArray, Rendition, play
from unisono.data.pairs.source import WAVEFORM_RATE, SourceError
from unisono.data.sound.sampled_notes import Bank

VERSION = 1
_AT_ONCE = 16
"""Pieces that a process takes: fewer are made before another process has begun."""

Banks = Mapping[str, Sequence[Bank]]


@dataclass(frozen=True)
class FeatureFunction:
    """What is kept of the sound instead of the sound itself.

    name, version: enter the name of the cache; change the version with the function.
    compute: waveform (samples,) float32 at WAVEFORM_RATE -> (frames, bins), kept as float16.
    frames_per_second: of what it gives; frame i shows second i / frames_per_second.
    """

    name: str
    version: str
    compute: Callable[[FloatArray], FloatArray]
    frames_per_second: float


@dataclass(frozen=True)
class RenditionConfig:
    """How many renditions of each piece, and the seed of their tempos, tunings and instruments."""

    count: int = 2
    seed: int = 0


@dataclass(frozen=True)
class RenditionCache:
    """Renditions below a folder; ``open`` makes those that are not there."""

    folder: Path
    config: RenditionConfig = field(default_factory=RenditionConfig)
    feature: FeatureFunction | None = None

    def open(
        self,
        pieces: Path,
        banks: Callable[[], Banks],
        *,
        workers: int = 1,
        advance: Callable[[int, int], None] | None = None,
    ) -> list[Rendition]:
        """Renditions of all pieces of a folder, in order of piece; short pieces are left out.

        banks: asked for only where something has to be played; with several workers in each of
        them, so that it must be a function that can be sent to a process.
        workers: processes, where there is enough to make. advance: told how many pieces of how
        many are made; not called where nothing is missing.
        Raises SourceError where there are no pieces, and where a process was ended.
        """
        homes = {path: self.folder / _name(path) for path in piece_paths(pieces)}
        if not homes:
            raise SourceError(f"{pieces} holds no prepared piece; run unisono data build")
        missing = [(path, home) for path, home in homes.items() if not self._is_made(home)]
        for number, _ in enumerate(self._making(missing, banks, workers), start=1):
            if advance:
                advance(number, len(missing))
        found = [one for home in homes.values() for one in self._renditions(home)]
        if not found:
            raise SourceError(f"{pieces}: every piece has fewer than {FEWEST_NOTES} notes")
        return found

    def make(self, path: Path, home: Path, banks: Callable[[], Banks]) -> None:
        """Make what is missing of one piece in its folder; what is there already stays."""
        piece: Piece | None = None
        if not _has_piece(home):
            piece = Piece.load(path)
            _save_piece(piece, home)
        if _facts(home)["notes"] < FEWEST_NOTES:
            return
        for number, folder in enumerate(self._folders(home)):
            if not (folder / "notes.npy").is_file():
                piece = piece or Piece.load(path)
                self._render(piece, number, folder, banks())

    def _making(
        self, missing: Sequence[tuple[Path, Path]], banks: Callable[[], Banks], workers: int
    ) -> Iterator[None]:
        batches = [missing[at : at + _AT_ONCE] for at in range(0, len(missing), _AT_ONCE)]
        if workers == 1 or len(batches) == 1:
            kept = cache(banks)
            for path, home in missing:
                self.make(path, home, kept)
                yield
            return
        # forked ones would share the threads of what is loaded already, and could wait for ever
        context = multiprocessing.get_context("spawn")
        try:
            with ProcessPoolExecutor(workers, context, _leave_interrupts) as pool:
                for count in pool.map(partial(_make_all, self, banks), batches):
                    yield from [None] * count
        except BrokenProcessPool as error:
            raise SourceError(
                f"{self.folder}: a process that plays renditions was ended, perhaps for want of "
                "memory; the same command goes on from what is made"
            ) from error

    def _is_made(self, home: Path) -> bool:
        if not _has_piece(home):
            return False
        return _facts(home)["notes"] < FEWEST_NOTES or all(
            (folder / "notes.npy").is_file() for folder in self._folders(home)
        )

    def _renditions(self, home: Path) -> list[Rendition]:
        facts = _facts(home)
        if facts["notes"] < FEWEST_NOTES:
            return []
        rate = self.feature.frames_per_second if self.feature else float(WAVEFORM_RATE)
        named = (facts["work"], facts["name"], facts["collection"])
        return [Rendition(folder, rate, *named) for folder in self._folders(home)]

    def _folders(self, home: Path) -> list[Path]:
        return [home / self._key(number) for number in range(self.config.count)]

    def _key(self, number: int) -> str:
        named = [self.feature.name, self.feature.version] if self.feature else ["waveform"]
        words = json.dumps([VERSION, self.config.seed, number, WAVEFORM_RATE, *named])
        return hashlib.sha256(words.encode()).hexdigest()[:16]

    def _render(self, piece: Piece, number: int, folder: Path, banks: Banks) -> None:
        random = np.random.default_rng(_seed(piece.name, self.config.seed, number))
        sound, notes = play(piece, banks, random, by_pianist=number % 2 == 1)
        kept: npt.NDArray[np.generic] = np.rint(sound * 32767).astype(np.int16)
        if self.feature is not None:
            kept = self.feature.compute(sound).astype(np.float16)
        unfinished = folder.with_name(f"{folder.name}.{os.getpid()}")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        np.save(unfinished / "sound.npy", kept)
        np.save(unfinished / "notes.npy", notes)
        try:
            unfinished.replace(folder)
        except OSError:  # another process was quicker
            shutil.rmtree(unfinished, ignore_errors=True)


def _leave_interrupts() -> None:
    """Ctrl-C is for the process that waits: what is begun is finished, what is not is left."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _make_all(
    renditions: RenditionCache, banks: Callable[[], Banks], batch: Sequence[tuple[Path, Path]]
) -> int:
    kept = cache(banks)
    for path, home in batch:
        renditions.make(path, home, kept)
    return len(batch)


def _has_piece(home: Path) -> bool:
    return (home / "facts.json").is_file() and (home / "rows.npy").is_file()


def _save_piece(piece: Piece, home: Path) -> None:
    home.mkdir(parents=True, exist_ok=True)
    _save(home / "ink.npy", piece.ink)
    _save(home / "rows.npy", _rows_of(piece))
    facts = {
        "work": piece.work,
        "name": piece.name,
        "collection": piece.facts.collection,
        "notes": len(piece.pitch),
    }
    unfinished = home / f"facts.{os.getpid()}"
    unfinished.write_text(json.dumps(facts), "utf-8")
    unfinished.replace(home / "facts.json")


def _facts(home: Path) -> Mapping[str, Any]:
    facts: Mapping[str, Any] = json.loads((home / "facts.json").read_text("utf-8"))
    return facts


def _rows_of(piece: Piece) -> npt.NDArray[np.float32]:
    if piece.places is None:
        return np.full(len(piece.pitch), np.nan, np.float32)
    return piece.places.strip_y


def _name(path: Path) -> str:
    return f"{path.stem}-{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"


def _seed(name: str, seed: int, number: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{name} {seed} {number}".encode()).digest()[:8], "big")


def _save(path: Path, array: npt.NDArray[np.generic]) -> None:
    unfinished = path.with_suffix(f".{os.getpid()}")
    with unfinished.open("wb") as stream:
        np.save(stream, array)
    unfinished.replace(path)
