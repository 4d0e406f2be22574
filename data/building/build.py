"""Build a dataset from a source: pieces made in watched processes, kept where they are current.

Whatever is finished stays finished: a piece is written whole or not at all and carries a key of
its contents and settings, so that the same command goes on after Ctrl-C or kill -9.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from unisono.data.building.built import LEFT_OUT, SPLITS, BuiltFolder, Row, write_whole
from unisono.data.building.making import (
    PieceSpec,
    can_exchange_clefs,
    main_file,
    makes_pieces,
    piece_key,
    save_piece,
    take_out,
)
from unisono.data.building.rows import (
    file_name,
    is_part,
    media_key,
    relative_media,
    row_of,
    split_cell,
)
from unisono.data.building.splits import settle_sides, side_of
from unisono.data.building.surplus import remove_piece, surplus_pieces
from unisono.data.building.watched import Job, Limits, run_watched
from unisono.data.corpus import key_of
from unisono.data.sources.entry import Entry, Media, Source

_VERSIONS_OF = ("unisono", "verovio", "skia-python", "numpy", "opencv-python-headless")


@dataclass(frozen=True)
class BuildOptions:
    """What to build and how.

    splits: which sides; limit: at most so many entries of each, by the hash of their names, so
    that a larger limit adds to what a smaller one made; layouts: page layouts of each score;
    exchanges: copies in exchanged clefs of each MusicXML score to train on;
    keep_pages: also as images. as_published: keep the publisher's split, even where it puts
    parts of a work on two sides.
    """

    splits: tuple[str, ...] = SPLITS
    limit: int | None = None
    workers: int = 2
    layouts: int = 1
    exchanges: int = 0
    seed: int = 0
    keep_pages: bool = False
    as_published: bool = False
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class BuildReport:
    """What became of a source.

    failures: (what, reason with its file). left_out: entries whose work is held out on another
    side, in this source or another one of the folder. removed: pieces of before that these
    settings or files do not make. counts: entries by side.
    """

    source: str
    counts: dict[str, int]
    made: int
    kept: int
    removed: int
    failures: tuple[tuple[str, str], ...]
    left_out: int
    seconds: float


Advance = Callable[[int, int, str], None]
"""Called with (done, total, what was done last)."""


@dataclass(frozen=True)
class _Planned:
    entry: Entry
    split: str
    pieces: tuple[tuple[str, PieceSpec], ...]
    parts: tuple[Media, ...]

    @property
    def name(self) -> str:
        return self.entry.identifier


def build(
    source: Source,
    root: Path,
    built: BuiltFolder,
    options: BuildOptions | None = None,
    advance: Advance | None = None,
) -> BuildReport:
    """Build one source into a folder that may hold others already.

    Raises SourceLayoutError for a root that is not the source's, ReadError while another build
    runs in the folder. On KeyboardInterrupt tables are written before it goes on.
    """
    options = options or BuildOptions()
    start = time.monotonic()
    with built.locked():
        building = _Building(source, root, built, options, advance)
        try:
            building.run()
        finally:
            building.write()
    return building.report(time.monotonic() - start)


class _Building:
    def __init__(
        self,
        source: Source,
        root: Path,
        built: BuiltFolder,
        options: BuildOptions,
        advance: Advance | None,
    ) -> None:
        self.name = source.facts.name
        self.facts = source.facts
        self.root, self.built, self.options = root, built, options
        self.advance = advance or (lambda done, total, what: None)
        entries = list(source.entries(root))
        self.others = {n: built.read_table(n) for n in built.sources if n != self.name}
        before = built.read_table(self.name) if self.name in built.sources else []
        self.formerly = {name for row in before for name in split_cell(row["pieces"])}
        there = {entry.identifier for entry in entries}
        self.before = [row for row in before if row["id"] in there]
        claims = [(entry.work, entry.split) for entry in entries]
        rows = [row for rows in self.others.values() for row in rows]
        self.sides = settle_sides([*claims, *((row["work"], row["claimed"]) for row in rows)])
        self.planned = list(_plan(entries, self.sides, self.name, options))
        self.failures: list[tuple[str, str]] = []
        self.files: dict[str, Path | None] = {}
        self.made = self.kept = self.removed = 0
        held = [
            side_of(entry.split, self.sides[entry.work], as_published=options.as_published)
            for entry in entries
        ]
        self.left_out = held.count(LEFT_OUT)

    def run(self) -> None:
        """Move what changed sides, remove what is not wanted, then make what is missing."""
        self._settle_others()
        self._remove_surplus()
        jobs = list(self._jobs())
        total, done = len(jobs) + self.kept, self.kept
        self.advance(done, total, "")
        _import_what_jobs_need()
        for outcome in run_watched(jobs, self.options.workers, self.options.limits):
            done += 1
            if outcome.reason:
                self._failed(outcome.name, outcome.reason)
            else:
                self.made += 1
            self.advance(done, total, outcome.name)

    def write(self) -> None:
        """Tables, failures and manifest, of what there is."""
        new = {one.name: self._row(one) for one in self.planned}
        old = [row for row in self.before if row["id"] not in new]
        rows = sorted([*old, *new.values()], key=lambda row: str(row["id"]))
        self.built.write_table(self.name, rows)
        lines = "".join(f"{what}\t{why}\n" for what, why in sorted(self.failures))
        write_whole(self.built.failures(self.name), "what\twhy\n" + lines)
        manifest = self.built.read_manifest() if self.built.manifest.is_file() else {}
        manifest.setdefault("sources", {})[self.name] = self._facts(rows)
        manifest["versions"] = _versions()
        self.built.write_manifest(manifest)

    def report(self, seconds: float) -> BuildReport:
        """What became of it all."""
        counts = dict.fromkeys(SPLITS, 0)
        for one in self.planned:
            counts[one.split] += 1
        failures = tuple(sorted(self.failures))
        return BuildReport(
            source=self.name,
            counts=counts,
            made=self.made,
            kept=self.kept,
            removed=self.removed,
            failures=failures,
            left_out=self.left_out,
            seconds=round(seconds, 1),
        )

    def _settle_others(self) -> None:
        """Rows and pieces of other sources go where their work stands now, or are left out."""
        for name, rows in self.others.items():
            changed = [row for row in rows if self._side(row) != row["split"]]
            for row in changed:
                self._move(row, self._side(row))
            self.left_out += sum(row["split"] == LEFT_OUT for row in changed)
            if changed:
                self.built.write_table(name, rows)
        for row in self.before:
            if self._side(row) != row["split"]:
                self._move(row, self._side(row))

    def _side(self, row: Row) -> str:
        published = bool(row.get("as_published"))
        return side_of(row["claimed"], self.sides[row["work"]], as_published=published)

    def _move(self, row: Row, side: str) -> None:
        for name in split_cell(row["pieces"]):
            path = self.built.piece(row["split"], name)
            if path.is_file():
                target = self.built.piece(side, name)
                target.parent.mkdir(parents=True, exist_ok=True)
                path.replace(target)
        row["split"] = side

    def _remove_surplus(self) -> None:
        planned = {one.name for one in self.planned}
        own = [row for row in self.before if row["id"] not in planned]
        rows = [*own, *(row for rows in self.others.values() for row in rows)]
        named = {
            self.built.piece(row["split"], name)
            for row in rows
            for name in split_cell(row["pieces"])
        }
        for one in self.planned:
            named |= {self.built.piece(one.split, name) for name, _ in one.pieces}
        stems = {file_name(self.name, name) for name in planned}
        names = {path.stem for path in named}
        for path in surplus_pieces(self.built, named, self.formerly, stems):
            remove_piece(self.built, path, with_pages=path.stem not in names)
            self.removed += 1

    def _failed(self, name: str, reason: str) -> None:
        file = self.files.get(name)
        beside = file is not None and file.parent != Path() and f"{file.parent}/" in reason
        told = file is None or str(file) in reason or beside
        self.failures.append((name, reason if told else f"{file}: {reason}"))

    def _jobs(self) -> Iterator[Job[None]]:
        for one in self.planned:
            for name, spec in one.pieces:
                target = self.built.piece(one.split, name)
                key = self._key(one.entry, spec, name)
                if not key:
                    continue
                if target.is_file() and key_of(target) == key:
                    self.kept += 1
                    continue
                target.parent.mkdir(parents=True, exist_ok=True)
                pages = partial(self.built.page, name)
                make = partial(save_piece, one.entry, self.name, spec, key, target, pages)
                self.files[name] = main_file(one.entry)
                yield Job(name, make)
            for media in one.parts:
                target = self.built.root / relative_media(file_name(self.name, one.name), media)
                if target.is_file():
                    self.kept += 1
                else:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    self.files[target.name] = media.path
                    yield Job(target.name, partial(take_out, media, target))

    def _key(self, entry: Entry, spec: PieceSpec, name: str) -> str:
        try:
            return piece_key(entry, self.name, spec)
        except OSError as error:
            self.failures.append((name, f"{error.filename}: {(error.strerror or '').lower()}"))
            return ""

    def _row(self, one: _Planned) -> Row:
        names = [n for n, _ in one.pieces if self.built.piece(one.split, n).is_file()]
        stem = file_name(self.name, one.name)
        parts = {media_key(m): self.built.root / relative_media(stem, m) for m in one.parts}
        there = {key: str(path.absolute()) for key, path in parts.items() if path.is_file()}
        row = row_of(one.entry, self.name, one.split, names, there)
        return {**row, "as_published": "yes" if self.options.as_published else ""}

    def _facts(self, rows: Sequence[Row]) -> dict[str, Any]:
        facts = asdict(replace(self.facts, checksums={}))
        facts.pop("checksums")
        options = asdict(self.options)
        pieces = {
            s: sum(len(split_cell(r["pieces"])) for r in rows if r["split"] == s) for s in SPLITS
        }
        return {
            "root": str(self.root.absolute()),
            "facts": facts,
            "options": options,
            "entries": {side: sum(row["split"] == side for row in rows) for side in SPLITS},
            "pieces": pieces,
            "failures": len(self.failures),
        }


def _plan(
    entries: Sequence[Entry], sides: Any, source: str, options: BuildOptions
) -> Iterator[_Planned]:
    taken = dict.fromkeys(SPLITS, 0)
    for entry in sorted(entries, key=lambda one: _shuffled(one.identifier)):
        split = side_of(entry.split, sides[entry.work], as_published=options.as_published)
        if split not in options.splits:
            continue
        if options.limit is not None and taken[split] >= options.limit:
            continue
        taken[split] += 1
        pieces = list[tuple[str, PieceSpec]]()
        if makes_pieces(entry):
            count = options.layouts if "score" in entry.media else 1
            for number in range(count):
                name = file_name(source, entry.identifier) + (f"-{number + 1}" if number else "")
                spec = PieceSpec(number, seed=options.seed, keep_pages=options.keep_pages)
                pieces.append((name, spec))
            # nobody should be measured on music that is none
            copies = options.exchanges if split == "train" and can_exchange_clefs(entry) else 0
            for number in range(1, copies + 1):
                name = f"{file_name(source, entry.identifier)}-clefs-{number}"
                pieces.append((name, PieceSpec(seed=options.seed, exchange=number)))
        every = [media for many in entry.media.values() for media in many]
        parts = tuple(m for m in every if is_part(m) and not (pieces and m.member))
        yield _Planned(entry, split, tuple(pieces), parts)


def _shuffled(identifier: str) -> str:
    """So that a limit takes a fair sample, not the first letters, and a larger one contains it."""
    return hashlib.sha256(identifier.encode()).hexdigest()


def _import_what_jobs_need() -> None:
    """Here once, so that every fork has it."""
    import cv2

    import unisono.data.engraving
    import unisono.data.pages.strips
    import unisono.data.readers.recording
    import unisono.data.sources.openscore  # noqa: F401

    cv2.setNumThreads(1)
    try:
        import skia  # noqa: F401
        import verovio  # noqa: F401
    except ImportError:
        pass  # a source of recordings needs neither; a score tells by name what is missing


def _versions() -> dict[str, str]:
    found = {}
    for name in _VERSIONS_OF:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
