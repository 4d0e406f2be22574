"""The main job from end to end on one folder: index it, ask it, tag, align, and draw its map."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from unisono.alignment.catalogue import Catalogue, OnProgress
from unisono.data.errors import ReadError
from unisono.data.modality import Modality
from unisono.report.collection import Collection, music_files, read_collection, read_works
from unisono.report.findings import Demonstration, Finding, Indexed, MapPoint, Skipped
from unisono.report.lining_up import HEADING as ALIGNMENT_HEADING
from unisono.report.lining_up import line_up
from unisono.report.questions import (
    page_to_recording,
    recording_to_midi,
    recording_to_page,
    text_to_recording,
)
from unisono.report.space_map import flat_map
from unisono.report.tagging import tag_recordings

if TYPE_CHECKING:
    from unisono.towers.space import Space


class NothingToShow(Exception):
    """A folder holds nothing that could be indexed; the text is one line that says why."""


def demonstrate(
    space: Space,
    root: Path,
    catalogue_at: Path,
    tell: Callable[[Indexed | Finding], None],
    on_progress: OnProgress | None = None,
) -> Demonstration:
    """Index a folder into the catalogue at a path and take every step on it.

    ``tell`` gets each finding as soon as it is there. Raises NothingToShow for a folder
    without anything to index.
    """
    catalogue = Catalogue(catalogue_at, space)
    indexed = _index(catalogue, root, on_progress)
    tell(indexed)
    collection = read_collection(root, catalogue)
    with tempfile.TemporaryDirectory(prefix="unisono-") as name:
        findings = tuple(_steps(space, catalogue, collection, Path(name), tell))
    points, explained = _map(collection)
    return Demonstration(
        collection=f"{root.parent.name}/{root.name}",
        titles={work.folder: work.title for work in collection.works},
        space=space.name,
        fingerprint=space.fingerprint,
        indexed=indexed,
        findings=findings,
        points=points,
        explained=explained,
    )


def _index(catalogue: Catalogue, root: Path, on_progress: OnProgress | None) -> Indexed:
    began = time.perf_counter()
    files = music_files(root, truth_known=bool(read_works(root)))
    report = catalogue.add(files, on_progress=on_progress)
    if len(catalogue) == 0:
        reasons = Counter(reason for _, reason in report.quarantine)
        why = f"; mostly: {reasons.most_common(1)[0][0]}" if reasons else ""
        raise NothingToShow(
            f"{root}: there is no recording, MIDI file, page, cover or text that can be read{why}"
        )
    kinds = Counter(Modality(word) for word in catalogue.items().modalities)
    counts = {modality: kinds[modality] for modality in Modality}
    return Indexed(counts, tuple(report.quarantine), time.perf_counter() - began)


def _steps(
    space: Space,
    catalogue: Catalogue,
    collection: Collection,
    scratch: Path,
    tell: Callable[[Indexed | Finding], None],
) -> list[Finding]:
    steps: tuple[tuple[str, str, Callable[[], Finding]], ...] = (
        ("text", "A sentence asks", lambda: text_to_recording(catalogue, collection)),
        (
            "page",
            "A line of notes asks",
            lambda: page_to_recording(space, catalogue, collection, scratch),
        ),
        (
            "place",
            "A few seconds of sound ask",
            lambda: recording_to_page(catalogue, collection, scratch),
        ),
        ("midi", "A recording asks", lambda: recording_to_midi(catalogue, collection)),
        ("tags", "Words as tags", lambda: tag_recordings(space, collection)),
        ("alignment", ALIGNMENT_HEADING, lambda: line_up(space, collection)),
    )
    findings = []
    for name, heading, step in steps:
        try:
            finding = step()
        except ReadError as error:
            finding = Skipped(name, heading, str(error))
        tell(finding)
        findings.append(finding)
    return findings


def _map(collection: Collection) -> tuple[tuple[MapPoint, ...], float]:
    places, explained = flat_map(collection.vectors, [str(p.modality) for p in collection.pieces])
    points = tuple(
        MapPoint(
            piece.modality, f"{piece.title} ({piece.path.name})", piece.work, float(x), float(y)
        )
        for piece, (x, y) in zip(collection.pieces, places, strict=True)
    )
    return points, explained
