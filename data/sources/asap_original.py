"""ASAP as downloaded: piano scores, human performances, and the beats of both.

Beats are read from the table beside each performance; ``asap_annotations.json`` holds the same for
all at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from unisono.data.sources.asap import performance_entry
from unisono.data.sources.entry import Alignment, Entry, Media, Role, SourceFacts
from unisono.data.sources.layout import check_layout, found
from unisono.data.sources.moments import same_moments
from unisono.data.sources.tables import Row, checked_rows, is_there, read_lines

_BEATS = ("b", "db", "bR")
_COLUMNS = ("composer", "title", "midi_performance", "midi_score", "xml_score")


class AsapOriginalSource:
    """One entry a performance; its recording too where ASAP's own script has cut it."""

    facts = SourceFacts(
        name="asap_original",
        title="ASAP: aligned scores and performances",
        homepage="https://github.com/fosfrancesco/asap-dataset",
        licence="CC BY-NC-SA 4.0",
        citation="F. Foscarin, A. McLeod, P. Rigaux, F. Jacquemard, M. Sakai: ASAP: a dataset of "
        "aligned scores and performances for piano transcription, ISMIR 2020, pp. 534-541",
        revision="v1.2, afc815c75c42e83a79c03feb6da8a35e77d4c6b8",
        layout="metadata.csv, Composer/Work/.../: xml_score.musicxml, midi_score.mid, "
        "midi_score_annotations.txt, <performance>.mid, <performance>_annotations.txt, and "
        "<performance>.wav once initialize_dataset.py has cut it out of MAESTRO",
        gives=("performance", "midi", "score", "audio", "tags"),
    )

    def entries(self, root: Path) -> Iterator[Entry]:
        """Every performance in order of path; raises SourceLayoutError."""
        rows = asap_rows(root, self.facts)
        return (entry for row in rows for entry in self._entry(root, row))

    def _entry(self, root: Path, row: Row) -> Iterator[Entry]:
        media = asap_media(root, row)
        if "performance" in media or "audio" in media:
            yield performance_entry(row, media, beats_aligned(root, row, media))


def asap_rows(root: Path, facts: SourceFacts) -> Iterator[Row]:
    """The rows of ASAP's metadata, one a performance, in order of path."""
    check_layout(root, facts, ["metadata.csv"])
    rows = checked_rows(root / "metadata.csv", facts, *_COLUMNS)
    return iter(sorted(rows, key=lambda row: row["midi_performance"]))


def asap_media(root: Path, row: Row) -> dict[Role, tuple[Media, ...]]:
    """What of a performance and its score is there."""

    def named(column: str) -> list[Path]:
        return [root / row[column]] if row.get(column) else []

    return found(
        performance=named("midi_performance"),
        midi=named("midi_score"),
        score=named("xml_score"),
        audio=named("audio_performance"),
    )


def beats_aligned(
    root: Path, row: Row, media: dict[Role, tuple[Media, ...]]
) -> tuple[Alignment, ...]:
    """Beats of the score's MIDI, of the performance and of its recording.

    As ASAP defines it, score and performance are aligned where they have as many beats; the
    recording has the times of the performance.
    """
    score = read_beats(_beside(root, row, "midi_score"))
    played = read_beats(_beside(root, row, "midi_performance"))
    if not score or len(score) != len(played):
        return ()
    roles: list[Role] = [role for role in ("performance", "audio") if role in media]
    pairs = [same_moments("midi", score, role, played) for role in roles if "midi" in media]
    return tuple(pair for pair in pairs if pair is not None)


def read_beats(path: Path) -> list[float]:
    """Seconds of the beats and downbeats in an annotation table; none where it is not there."""
    if not is_there(path):
        return []
    beats = []
    for line in read_lines(path):
        cells = line.rstrip("\r\n").split("\t")
        if len(cells) == 3 and cells[2].split(",")[0] in _BEATS:
            beats.append(float(cells[0]))
    return beats


def _beside(root: Path, row: Row, column: str) -> Path:
    """The annotation table of a MIDI file, which stands beside it."""
    path = PurePosixPath(row[column])
    return root / path.with_name(f"{path.stem}_annotations.txt")


SOURCE = AsapOriginalSource()
