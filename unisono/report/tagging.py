"""Zero-shot tags in the demonstration: words that no tower was trained to tell apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unisono.alignment.tags import tag
from unisono.data.modality import Modality
from unisono.report.collection import Collection
from unisono.report.findings import Skipped, TaggedRecording, Tagging, TagRow, Verdict
from unisono.report.places import share

if TYPE_CHECKING:
    from unisono.towers.space import Space

RECORDINGS = 4
SHOWN = 5
TAGS = (
    "calm",
    "cheerful",
    "dance",
    "electronic",
    "fast",
    "guitar",
    "lullaby",
    "orchestra",
    "piano",
    "sad",
    "slow",
    "strings",
    "voice",
)
"""For a folder whose tags nobody has written down."""


def tag_recordings(space: Space, collection: Collection) -> Tagging | Skipped:
    """Tag some recordings, spread over the folder, with all tags of the collection."""
    heading = "Words as tags, without training on them"
    recordings = collection.of(Modality.AUDIO)
    if not recordings:
        return Skipped("tags", heading, "there is no recording in this folder")
    known = sorted(frozenset[str]().union(*(work.tags for work in collection.works)))
    tags = known or list(TAGS)
    step = max(1, len(recordings) // RECORDINGS)
    shown = []
    by_chance = 0.0
    for piece in recordings[::step][:RECORDINGS]:
        work = collection.work_named(piece.work)
        own = work.tags if work and known else None
        rows = tuple(
            TagRow(word, probability, word in own if own is not None else None)
            for word, probability in tag(space, piece.path, tags)[:SHOWN]
        )
        by_chance += len(rows) * len(own) / len(tags) if own else 0.0
        shown.append(TaggedRecording(piece.title, piece.path, rows))
    return Tagging(
        "tags",
        heading,
        f"Which of {len(tags)} words fit these recordings best?",
        tuple(shown),
        _verdict(shown, by_chance) if known else Verdict(None, _UNKNOWN),
    )


_UNKNOWN = "Whether these words fit only you can tell: nothing here says which ones do."


def _verdict(recordings: list[TaggedRecording], by_chance: float) -> Verdict:
    rows = [row for recording in recordings for row in recording.rows]
    fitting = sum(bool(row.belongs) for row in rows)
    first = sum(bool(recording.rows[0].belongs) for recording in recordings)
    right = 2 * first >= len(recordings)
    return Verdict(
        right,
        f"{'Mostly right' if right else 'Mostly wrong'}: the best word is right for "
        f"{share(first, len(recordings))} recordings, and {share(fitting, len(rows))} words shown "
        f"are tags of their work; guessing would give {by_chance:.0f}.",
    )
