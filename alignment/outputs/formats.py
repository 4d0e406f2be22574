"""Every format that an alignment can be written in, by name and by the ending of a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from unisono.alignment.outputs.audacity import audacity_labels
from unisono.alignment.outputs.document import as_json
from unisono.alignment.outputs.match_file import match_file
from unisono.alignment.outputs.measure_times import beats_csv, measures_csv
from unisono.alignment.outputs.output_error import OutputError
from unisono.alignment.outputs.rows import as_csv, rows_of
from unisono.alignment.outputs.score_facts import ScoreFacts, ScoreKind
from unisono.alignment.outputs.time_map import time_map
from unisono.alignment.outputs.warped_midi import warped_midi
from unisono.alignment.time.alignment import Alignment
from unisono.alignment.time.score import is_midi, is_musicxml

Write = Callable[[Alignment, ScoreFacts, Path], str | bytes]
"""An alignment, the facts of its score and the path of its recording into the file's content."""

_ALL = frozenset(ScoreKind)
_TIMED = frozenset({ScoreKind.MIDI, ScoreKind.MUSICXML})
_NAMED = frozenset({ScoreKind.MUSICXML})


@dataclass(frozen=True)
class OutputFormat:
    """A format: its name, the endings of its files, what it holds, and for which scores."""

    name: str
    endings: tuple[str, ...]
    summary: str
    write: Write
    scores: frozenset[ScoreKind] = _ALL


def _match(alignment: Alignment, facts: ScoreFacts, recording: Path) -> str:
    from unisono.data.modality import Modality
    from unisono.data.readers.detect import detect
    from unisono.data.readers.midi import read_midi

    notes = read_midi(recording).notes if detect(recording) is Modality.MIDI else None
    return match_file(alignment, facts, notes)


FORMATS = (
    OutputFormat(
        "measures",
        (".measures.csv",),
        "when each measure is played",
        lambda a, f, r: measures_csv(a, f),
        _TIMED,
    ),
    OutputFormat(
        "beats",
        (".beats.csv",),
        "when each beat is played",
        lambda a, f, r: beats_csv(a, f),
        _TIMED,
    ),
    OutputFormat(
        "map",
        (".map.json",),
        "MusicXML notes, measures and beats -> seconds",
        lambda a, f, r: time_map(a, f),
        _NAMED,
    ),
    OutputFormat(
        "csv", (".csv",), "a row every --hop seconds", lambda a, f, r: as_csv(rows_of(a, f))
    ),
    OutputFormat(
        "json",
        (".json",),
        "the same, with measures and uncertain passages",
        lambda a, f, r: as_json(a, f),
    ),
    OutputFormat(
        "midi",
        (".mid", ".midi"),
        "the score's notes in time with the recording",
        lambda a, f, r: warped_midi(a, f),
        _TIMED,
    ),
    OutputFormat(
        "labels", (".txt",), "a label track for Audacity", lambda a, f, r: audacity_labels(a, f)
    ),
    OutputFormat(
        "match", (".match",), "note by note, for Parangonada (needs partitura)", _match, _NAMED
    ),
)
"""Longer endings before shorter ones that they end with."""


def format_of(name: str | None, path: Path | None = None) -> OutputFormat:
    """The format of a name, else of a file's ending. Raises OutputError for what there is not."""
    for found in FORMATS:
        if found.name == name or (
            name is None and path and path.name.lower().endswith(found.endings)
        ):
            return found
    known = ", ".join(
        f"{ending} ({found.name})" for found in FORMATS for ending in found.endings[:1]
    )
    raise OutputError(f"{path or name}: no such output format; there are {known}")


def kind_of(score: Path) -> ScoreKind:
    """What a score seems to be by its first bytes. Raises ReadError where it cannot be opened."""
    if is_midi(score):
        return ScoreKind.MIDI
    return ScoreKind.MUSICXML if is_musicxml(score) else ScoreKind.PAGES


def check_score(output: OutputFormat, score: Path) -> None:
    """Raise OutputError where a score of its kind does not have what the format tells."""
    kind = kind_of(score)
    if kind not in output.scores:
        wanted = " or ".join(sorted(output.scores))
        raise OutputError(f"{score}: {output.name} needs a score as {wanted}, and this is {kind}")
