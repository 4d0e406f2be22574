"""Make the example collection from the scores: ``python examples/make.py [slug ...]``.

``--check`` makes nothing and fails when a written score or note is older than its source.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from covers import write_cover
from midi_file import write_score_midi
from musicxml import write_musicxml
from notation import Work
from page import engrave_page, write_page
from performance import Performance, perform
from sound import MissingSynthesiser, record, write_ogg

HERE = Path(__file__).resolve().parent
COLLECTION = HERE / "collection"
QUERIES: dict[str, Callable[[list[Work]], list[str]]] = {
    "calm solo piano": lambda works: _tagged(works, "piano", "calm", parts=1),
    "a fugue for organ": lambda works: _tagged(works, "fugue", "organ"),
    "a cheerful waltz": lambda works: _tagged(works, "waltz", "happy"),
    "slow and sad piano music in a minor key": lambda works: _tagged(
        works, "piano", "sad", "minor", parts=1
    ),
    "string quartet": lambda works: [
        work.slug for work in works if len(work.parts) == 4 and "strings" in work.tags
    ],
    "a lullaby": lambda works: _tagged(works, "lullaby"),
    "ragtime": lambda works: _tagged(works, "ragtime"),
}
"""Sentences to ask the collection, and how the right answers are told from the tags."""
OURS = "made by this project from its own score, CC0 1.0"


def main(names: list[str]) -> int:
    """Make every work, or those named; the catalogue always lists every work."""
    works = read_works()
    if names == ["--check"]:
        stale = [work.slug for work in works if not is_current(work, COLLECTION / work.slug)]
        print(f"to be made again: {', '.join(stale)}" if stale else "everything is current")
        return 1 if stale else 0
    unknown = sorted(set(names) - {work.slug for work in works})
    if unknown:
        print(f"no such work: {', '.join(unknown)}", file=sys.stderr)
        return 2
    for work in works:
        if not names or work.slug in names:
            try:
                make_work(work, COLLECTION / work.slug)
            except MissingSynthesiser as error:
                print(error, file=sys.stderr)
                return 1
            print(f"{work.slug}: {float(work.length) * 60 / work.tempo:.0f} s of score")
    queries = [{"text": text, "right": right(works)} for text, right in QUERIES.items()]
    catalogue = {
        "queries": queries,
        "works": [describe(work, COLLECTION / work.slug) for work in works],
    }
    text = json.dumps(catalogue, ensure_ascii=False, indent=1)
    (COLLECTION / "catalogue.json").write_text(f"{text}\n", encoding="utf-8")
    return 0


def read_works() -> list[Work]:
    """Every work of the folder ``scores``, by slug."""
    modules = (path.stem for path in (HERE / "scores").glob("*.py"))
    works = [import_module(f"scores.{module}").WORK for module in modules]
    return sorted(works, key=lambda work: work.slug)


def make_work(work: Work, folder: Path) -> None:
    """Write every file of one work; raises ValueError when its score does not add up."""
    folder.mkdir(parents=True, exist_ok=True)
    musicxml = write_musicxml(work)
    (folder / "score.musicxml").write_text(musicxml, encoding="utf-8")
    write_score_midi(work, folder / "score.mid")
    write_page(engrave_page(musicxml, work.slug), folder / "page.png")
    write_cover(work.slug, work.colours, folder / "cover.png")
    (folder / "note.txt").write_text(f"{work.note}\n", encoding="utf-8")
    performance = perform(work)
    (folder / "performance.csv").write_text(_performance_csv(performance), encoding="utf-8")
    seed = int.from_bytes(hashlib.sha256(f"room of {work.slug}".encode()).digest()[:8], "big")
    samples = record(performance.midi, seed)
    write_ogg(samples, folder / "recording.ogg", work.title, work.composer)


def is_current(work: Work, folder: Path) -> bool:
    """Whether the score and the note in ``folder`` are what the source gives now."""
    made = {"score.musicxml": write_musicxml(work), "note.txt": f"{work.note}\n"}
    return all(
        (folder / name).is_file() and (folder / name).read_text(encoding="utf-8") == text
        for name, text in made.items()
    )


def describe(work: Work, folder: Path) -> dict[str, Any]:
    """The work's entry in the catalogue, the demo's right answers included."""
    with (folder / "performance.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    recording_s = [float(row["recording_s"]) for row in rows]
    score_s = [float(row["score_s"]) for row in rows]
    page = engrave_page((folder / "score.musicxml").read_text(encoding="utf-8"), work.slug)
    systems = [
        {
            "box": system.box,
            "score_s": round(system.score_s, 3),
            "recording_s": round(float(np.interp(system.score_s, score_s, recording_s)), 3),
        }
        for system in page.systems
    ]
    files = {
        "score.musicxml": "score",
        "score.mid": "MIDI of the score",
        "page.png": "engraved page",
        "recording.ogg": "synthesised recording (MuseScore_General soundfont, MIT licence)",
        "performance.csv": "times of the recording's onsets",
        "note.txt": "description",
        "cover.png": "drawing",
    }
    return {
        "slug": work.slug,
        "title": work.title,
        "composer": work.composer,
        "year": work.year,
        "licence": "composition: public domain; files: CC0 1.0",
        "key": work.key,
        "metre": f"{work.metre[0]}/{work.metre[1]}",
        "tempo": {"quarters_a_minute": work.tempo, "words": work.tempo_words},
        "bars": work.bars,
        "instruments": [part.name for part in work.parts],
        "tags": list(work.tags),
        "files": {name: {"what": what, "provenance": OURS} for name, what in files.items()},
        "answers": {
            "first_onset_s": recording_s[0],
            "end_of_music_s": recording_s[-1],
            "score_length_s": score_s[-1],
            "systems": systems,
        },
    }


def _tagged(works: list[Work], *tags: str, parts: int | None = None) -> list[str]:
    return [
        work.slug
        for work in works
        if set(tags) <= set(work.tags) and parts in (None, len(work.parts))
    ]


def _performance_csv(performance: Performance) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["recording_s", "score_s"])
    for row in zip(performance.recording_s, performance.score_s, strict=True):
        writer.writerow([f"{seconds:.3f}" for seconds in row])
    return text.getvalue()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
