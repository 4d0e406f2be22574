"""Is a built dataset sound: counts, leaks between splits, silence, empty pages, duplicates."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from unisono.data.building.built import SPLITS, BuiltFolder, Row
from unisono.data.building.check_pieces import PieceSummary, faults_of_piece, summarise
from unisono.data.building.check_sounds import fault_of_sound
from unisono.data.building.duplicates import alike
from unisono.data.building.rows import WHOLE_FILE_ROLES, split_cell
from unisono.data.corpus import Piece
from unisono.data.errors import ReadError

Advance = Callable[[int, int], None]

_NOTHING = dict.fromkeys(("entries", "works", "pieces", "notes", "seconds"), 0)


@dataclass(frozen=True)
class Finding:
    """Something wrong (``error``), or worth a look (``note``); kind: one word for the table."""

    level: str
    kind: str
    where: str
    what: str


@dataclass
class Checked:
    """Counts by (source, split) of entries, works, pieces, notes and hours, and by role."""

    counts: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def errors(self) -> list[Finding]:
        """What is wrong."""
        return [one for one in self.findings if one.level == "error"]


def check(built: BuiltFolder, *, sounds: bool = True, advance: Advance | None = None) -> Checked:
    """Look at every row, piece and recording; raises ReadError where nothing was built.

    sounds: also listen to recordings, three places of each.
    """
    built.read_manifest()
    rows = built.rows()
    if not rows:
        raise ReadError(built.root, "holds no entries", "build a source into it")
    checked = Checked()
    for row in rows:
        counter = checked.counts.setdefault((row["source"], row["split"]), Counter(_NOTHING))
        counter["entries"] += 1
        counter.update(role for role in (*WHOLE_FILE_ROLES, "text", "tags") if row.get(role))
    for (source, split), counter in checked.counts.items():
        own = [r for r in rows if (r["source"], r["split"]) == (source, split)]
        counter["works"] = len({row["work"] for row in own})
    checked.findings += _leaks(rows)
    checked.findings += _wordless(rows)
    pieces = _pieces(built, rows, checked, advance)
    checked.findings += _same_music(pieces)
    checked.findings += _recordings(rows, sounds, advance)
    for source in built.sources:
        for line in built.failures(source).read_text("utf-8").splitlines()[1:]:
            what, _, why = line.partition("\t")
            checked.findings.append(Finding("note", "not made", what, why))
    return checked


def _leaks(rows: Sequence[Row]) -> Iterator[Finding]:
    """Works on several sides; a note where all stand as their publisher has them, and is asked."""
    by_work: dict[str, dict[str, Row]] = defaultdict(dict)
    wanted: dict[str, bool] = defaultdict(lambda: True)
    for row in rows:
        if row["split"] in SPLITS:
            by_work[row["work"]].setdefault(row["split"], row)
            wanted[row["work"]] &= bool(row.get("as_published"))
    for work, sides in sorted(by_work.items()):
        if len(sides) > 1:
            level = "note" if wanted[work] else "error"
            said = ", ".join(
                f"{s}: {row['source']} {row['id']}" for s, row in sorted(sides.items())
            )
            yield Finding(level, "leak", work, f"one work on several sides ({said})")


def _wordless(rows: Sequence[Row]) -> Iterator[Finding]:
    """Rows that say nothing in a source that has words for others."""
    telling = {row["source"] for row in rows if row["text"] or row["tags"]}
    for row in rows:
        words = row["text"] or row["tags"]
        if row["source"] in telling and not words.strip(" |"):
            yield Finding("note", "no words", f"{row['source']} {row['id']}", "no text and no tags")


def _pieces(
    built: BuiltFolder, rows: Sequence[Row], checked: Checked, advance: Advance | None
) -> list[PieceSummary]:
    named = [(row, name) for row in rows for name in split_cell(row["pieces"])]
    summaries = []
    known = {built.piece(row["split"], name) for row, name in named}
    for number, (row, name) in enumerate(named, start=1):
        path = built.piece(row["split"], name)
        try:
            piece = Piece.load(path)
        except Exception as error:  # whatever a torn file raises
            said = "is not there" if not path.exists() else f"cannot be read ({error})"
            checked.findings.append(Finding("error", "piece", str(path), f"{said}; build again"))
            continue
        summaries.append(summarise(piece, name, row["split"], row["work"]))
        counter = checked.counts[row["source"], row["split"]]
        counter["pieces"] += 1
        counter["notes"] += len(piece.pitch)
        counter["seconds"] += round(piece.duration_s)
        checked.findings += [
            Finding(level, kind, name, what) for level, kind, what in faults_of_piece(piece)
        ]
        if advance:
            advance(number, len(named))
    for split in SPLITS:
        for path in sorted((built.root / split).glob("*.npz")):
            if path not in known:
                said = (
                    "a piece that no table names; it is trained on all the same: "
                    "build its source again, or delete it"
                )
                checked.findings.append(Finding("error", "stray", str(path), said))
    return summaries


def _same_music(pieces: Sequence[PieceSummary]) -> Iterator[Finding]:
    for first, second, share in alike([piece.shingles for piece in pieces]):
        a, b = pieces[first], pieces[second]
        if a.work == b.work:
            continue
        where, what = f"{a.name}, {b.name}", f"{100 * share:.0f} % of the notes are the same"
        if a.split != b.split:
            said = f"{what}, under two works on two sides ({a.split}, {b.split})"
            yield Finding("error", "leak", where, said)
        else:
            yield Finding("note", "duplicate", where, f"{what}, under two works")


def _recordings(rows: Sequence[Row], sounds: bool, advance: Advance | None) -> Iterator[Finding]:
    files = sorted({(row[role], role) for row in rows for role in ("audio", "voice") if row[role]})
    works = {(row["work"], row["split"], row[role]) for row in rows for role in ("audio", "voice")}
    by_size: dict[int, list[str]] = defaultdict(list)
    for number, (file, _) in enumerate(files, start=1):
        path = Path(file)
        if not path.is_file():
            yield Finding("error", "missing", file, "the recording is not there any more")
            continue
        by_size[path.stat().st_size].append(file)
        if sounds and (fault := fault_of_sound(path)):
            level, kind, what = fault
            yield Finding(level, kind, file, what)
        if advance:
            advance(number, len(files))
    for same_size in by_size.values():
        if len(same_size) > 1:
            yield from _copies(same_size, works)


def _copies(files: Sequence[str], works: set[tuple[str, str, str]]) -> Iterator[Finding]:
    by_content: dict[str, list[str]] = defaultdict(list)
    for file in files:
        by_content[hashlib.sha256(Path(file).read_bytes()).hexdigest()].append(file)
    for same in by_content.values():
        owners = {(work, split) for work, split, file in works if file in same}
        if len(same) > 1 and len({work for work, _ in owners}) > 1:
            leak = len({split for _, split in owners}) > 1
            said = "one recording under several names and works"
            level, kind = ("error", "leak") if leak else ("note", "duplicate")
            yield Finding(level, kind, ", ".join(same), f"{said}{' on two sides' if leak else ''}")
