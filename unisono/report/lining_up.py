"""The alignment of the demonstration: a recording, its score, and where both are at each moment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from unisono.alignment.time import align
from unisono.alignment.time.alignment import Alignment
from unisono.data.errors import ReadError
from unisono.data.modality import Modality
from unisono.data.places import Region
from unisono.report.collection import Collection, Piece, performance_of
from unisono.report.findings import Floats, Follow, LinedUp, Skipped, Verdict

if TYPE_CHECKING:
    from unisono.towers.space import Space

HEADING = "A recording lined up with its score"
GOOD_S = 0.5
"""A median error up to this is called right: one sees and hears the same bar."""


def line_up(space: Space, collection: Collection) -> LinedUp | Skipped:
    """Align one recording with the MIDI file of the same work, and with its page if there is one.

    Files belong together when they lie in the folder of one work, or have the same name.
    """
    found = _pair(collection)
    if found is None:
        return Skipped(
            "alignment", HEADING, "there is no recording beside a MIDI file of the same name"
        )
    recording, score = found
    alignment = align(space, recording.path, score.path)
    rows = alignment.rows()
    truth = performance_of(recording.path) if collection.truth_known else None
    return LinedUp(
        name="alignment",
        heading=HEADING,
        asked=f"Where in its score is the recording {recording.title}, second by second?",
        title=recording.title,
        recording=recording.path,
        score=score.path,
        recording_s=np.array([row.recording_s for row in rows]),
        score_s=np.array([row.score_s for row in rows], dtype=np.float64),
        measures=tuple(row.measure for row in rows),
        confidence=alignment.confidence,
        truth_recording_s=truth[0] if truth else None,
        truth_score_s=truth[1] if truth else None,
        follow=_follow(space, collection, recording),
        verdict=_verdict(alignment, truth),
    )


def errors_s(alignment: Alignment, recording_s: Floats, score_s: Floats) -> Floats:
    """Seconds of recording between where each note is and where the alignment has it (n,)."""
    found = np.array([alignment.to_recording(float(at)) for at in score_s])
    distances: Floats = np.abs(found - recording_s)
    return distances


def _verdict(alignment: Alignment, truth: tuple[Floats, Floats] | None) -> Verdict:
    if truth is None:
        return Verdict(
            None,
            f"The alignment gives itself a confidence of {alignment.confidence:.2f} "
            "(0: no better than backwards, 1: perfect); only you can tell whether it is right.",
        )
    errors = errors_s(alignment, *truth)
    median, near = float(np.median(errors)), float(np.mean(errors <= GOOD_S))
    word = "Right" if median <= GOOD_S else "Wrong"
    return Verdict(
        median <= GOOD_S,
        f"{word}: half of the notes are placed within {median:.2f} s of where they sound, "
        f"{near:.0%} within {GOOD_S} s.",
    )


def _pair(collection: Collection) -> tuple[Piece, Piece] | None:
    """A recording and a MIDI file that belong together; later ones first for variety."""
    recordings, scores = collection.of(Modality.AUDIO), collection.of(Modality.MIDI)
    start = 4 * len(recordings) // 5
    for recording in (*recordings[start:], *recordings[:start]):
        for score in scores:
            if _belong_together(recording, score):
                return recording, score
    return None


def _belong_together(one: Piece, other: Piece) -> bool:
    if one.work or other.work:
        return one.work == other.work
    return one.path.parent == other.path.parent and one.path.stem == other.path.stem


def _follow(space: Space, collection: Collection, recording: Piece) -> Follow | None:
    """Places on a page of the same work; None where there is none or it cannot be aligned."""
    page = next(
        (
            sheet
            for sheet in collection.of(Modality.SHEET)
            if _is_picture(sheet.path) and _belong_together(recording, sheet)
        ),
        None,
    )
    if page is None:
        return None
    try:
        rows = [row for row in align(space, recording.path, page.path).rows() if row.page == 1]
    except ReadError:
        return None
    heights = _system_heights(space, page.path)
    known = [row for row in rows if row.system in heights]
    if not known:
        return None
    return Follow(
        page=page.path,
        recording_s=np.array([row.recording_s for row in known]),
        x=np.array([row.x for row in known], dtype=np.float64),
        y0=np.array([heights[row.system or 0][0] for row in known]),
        y1=np.array([heights[row.system or 0][1] for row in known]),
    )


def _system_heights(space: Space, page: Path) -> dict[int, tuple[float, float]]:
    """Top and bottom of each system of the first page, in pixels."""
    heights: dict[int, tuple[float, float]] = {}
    for place in space.passages(page).places:
        if isinstance(place, Region) and place.page == 1:
            top, bottom = heights.get(place.system, (place.y0, place.y1))
            heights[place.system] = (min(top, place.y0), max(bottom, place.y1))
    return heights


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".pdf")
