"""Real scanned pages ask which work they are of, among MIDI files."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from unisono.alignment.indexing.encoding_files import HOP_S
from unisono.data.errors import ReadError
from unisono.data.modality import Modality
from unisono.data.notes import Notes
from unisono.eval.harness.identification import StoredWork, WorkQuery, ask_all, found_rows
from unisono.eval.harness.other_scores import OTHERS, other_works
from unisono.eval.harness.task import EvalError, EvalSettings, Outcome, Progress, TaskFacts
from unisono.towers.encoding import Encoding
from unisono.towers.space import Space

QUARTER_S = 0.5
_STRINGS, _PIANO = 48, 0
_TIED_ON = (0, -1)
"""In the column ``tied``: a note that goes on, or ends, a tie."""

WITHOUT_NOTES = frozenset(
    {
        ("medtner_op8", "No. 2"),
        ("pleyel_vc", "Quartet II"),
        ("pleyel_vc", "Quartet V"),
    }
)
"""Movements of the scans of which notes.parquet has nothing, though it has others of their print.

Their pages cannot be found but by chance, so that pages with notes have rows of their own.
"""

FACTS = TaskFacts(
    name="scan-identification",
    summary="which work is this scanned page",
    data="a folder of scans: <print>_pNN.png, staves.json (ensemble of each page), notes.parquet "
    "(scan_prefix, piece, onset_quarters, duration_quarters, staff, midi, tied)",
    split="none: all pages; nothing is ever chosen on them",
    protocol="each page, read as any picture, asks among MIDI files: the pieces of all prints from "
    f"notes.parquet at {60 / QUARTER_S:g} quarters a minute, and up to {OTHERS} files of --others. "
    "Right is any piece of the print that the page is from; pages of prints without any notes are "
    "left out. Then the pages alone whose own movement has notes",
    main_score="R@1",
    citation="scans and notes of the DCML corpora, https://github.com/DCMLab/dcml_corpora; votes "
    "as in M. Dorfer et al., TISMIR 1(1), 2018",
    options=("others",),
)


def run(space: Space, settings: EvalSettings, progress: Progress) -> Outcome:
    """Measure; raises EvalError and ReadError."""
    pages = _pages(settings)
    prints = sorted({_print_of(page) for page in pages})
    stored = [
        StoredWork(name, space.encode_notes(notes, hop_s=HOP_S))
        for name, notes in progress(_pieces(settings, prints, pages), "piece")
    ]
    missing = sorted(set(prints) - {one.work for one in stored})
    asked = [page for page in pages if _print_of(page) not in missing][: settings.limit]
    stored += other_works(space, settings, progress)
    queries = [WorkQuery(_print_of(page), _read(space, page)) for page in progress(asked, "page")]
    works = len({one.work for one in stored})
    found = ask_all(space, stored, queries, progress)
    sides, seed = (str(Modality.SHEET), str(Modality.MIDI)), settings.seed
    rows = found_rows(found, "scanned pages", *sides, works, seed, True)
    known = [
        one
        for one, page in zip(found, asked, strict=True)
        if (_print_of(page), pages[page].movement) not in WITHOUT_NOTES
    ]
    if 0 < len(known) < len(found):
        rows += found_rows(known, "scanned pages with notes", *sides, works, seed, False)
    unread = sum(one.encoding is None for one in queries)
    notes = [f"no notes of {name}: its pages are left out" for name in missing]
    if unread:
        notes.append(f"on {unread} pages no staves were found: last")
    if settings.limit is not None:
        notes.append(f"only the first {settings.limit} pages: not the protocol's number")
    counts = {"pages": len(asked), "prints": len(prints), "works": works}
    return Outcome(tuple(rows), counts, tuple(notes))


@dataclass(frozen=True)
class _PageFacts:
    """What staves.json says of a page; movement: "" where it is not known."""

    ensemble: str
    movement: str


def _pages(settings: EvalSettings) -> dict[Path, _PageFacts]:
    if settings.data is None:
        raise EvalError("this task needs --data, a folder of scans; --list says what it holds")
    table = settings.data / "staves.json"
    for path in (table, settings.data / "notes.parquet"):
        if not path.is_file():
            raise EvalError(f"{settings.data}: no {path.name} here; give {FACTS.data}")
    try:
        facts: dict[str, dict[str, Any]] = json.loads(table.read_text("utf-8"))
        return {
            settings.data / name: _PageFacts(
                str(one["ensemble"]), str(one.get("work", {}).get("movement") or "")
            )
            for name, one in facts.items()
        }
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise EvalError(f"{table}: damaged ({error}); fetch it anew") from error


def _print_of(page: Path) -> str:
    return page.stem.rpartition("_p")[0]


def _pieces(
    settings: EvalSettings, prints: list[str], pages: dict[Path, _PageFacts]
) -> list[tuple[str, Notes]]:
    """Print and notes of every piece."""
    import pyarrow.parquet as parquet

    assert settings.data
    path = settings.data / "notes.parquet"
    names = ["scan_prefix", "piece", "onset_quarters", "duration_quarters", "staff", "midi", "tied"]
    try:
        rows = parquet.read_table(path, columns=names).to_pylist()
    except Exception as error:
        raise EvalError(f"{path}: damaged ({error}); fetch it anew") from error
    ensembles = {_print_of(page): facts.ensemble for page, facts in pages.items()}
    pieces: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["scan_prefix"] in prints:
            pieces[row["scan_prefix"], row["piece"]].append(row)
    return [
        (name, notes_of(heads, _STRINGS if ensembles[name] in ("quartet", "solo") else _PIANO))
        for (name, _), heads in sorted(pieces.items())
    ]


def notes_of(heads: list[dict[str, Any]], program: int) -> Notes:
    """Note heads of a table as they sound: what is tied is one note."""
    sounding: list[list[float]] = []
    held: dict[tuple[int, int], list[float]] = {}
    for head in sorted(heads, key=lambda one: (one["onset_quarters"], one["midi"])):
        key = head["staff"], head["midi"]
        end = head["onset_quarters"] + head["duration_quarters"]
        if head["tied"] in _TIED_ON and key in held:
            held[key][1] = max(held[key][1], end)
            continue
        held[key] = [head["onset_quarters"], end, head["midi"]]
        sounding.append(held[key])
    rows = np.array(sounding, np.float64)
    first = rows[:, 0].min()
    return Notes(
        onset_s=(rows[:, 0] - first) * QUARTER_S,
        # A grace note has no length, and yet it sounds.
        offset_s=(np.maximum(rows[:, 1], rows[:, 0] + 0.1) - first) * QUARTER_S,
        pitch=rows[:, 2].astype(np.int16),
        velocity=np.full(len(rows), 80, np.int16),
        program=np.full(len(rows), program, np.int16),
    )


def _read(space: Space, page: Path) -> Encoding | None:
    if not page.is_file():
        raise EvalError(f"{page}: named in staves.json, and not there; fetch it anew")
    try:
        return space.encode_item(page, modality=Modality.SHEET)
    except ReadError:
        return None
