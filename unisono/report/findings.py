"""What a demonstration found, step by step: the facts that the tables and the page show."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.data.modality import Modality
from unisono.data.places import Region, TimeSpan

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Verdict:
    """Whether an answer is right, in a plain sentence; right is None where nobody knows."""

    right: bool | None
    sentence: str


@dataclass(frozen=True)
class Answer:
    """One row of an answer; ``right`` is None where the truth is unknown."""

    rank: int
    score: float
    modality: Modality
    title: str
    path: Path
    moment: TimeSpan | Region | None
    right: bool | None = None


@dataclass(frozen=True)
class Question:
    """A query and its answers.

    query: the text, or the file that asks. part: the part of that file that asks, if not all.
    summary: how the same question fares for every work of the collection; may be empty.
    """

    name: str
    heading: str
    asked: str
    query: str | Path
    modality: Modality
    title: str
    part: TimeSpan | Region | None
    answers: tuple[Answer, ...]
    verdict: Verdict
    summary: str = ""


@dataclass(frozen=True)
class TagRow:
    """A tag, its probability 0..1, and whether it belongs; None where the truth is unknown."""

    tag: str
    probability: float
    belongs: bool | None = None


@dataclass(frozen=True)
class TaggedRecording:
    """A recording and its tags, the most probable first."""

    title: str
    path: Path
    rows: tuple[TagRow, ...]


@dataclass(frozen=True)
class Tagging:
    """Zero-shot tags of some recordings."""

    name: str
    heading: str
    asked: str
    recordings: tuple[TaggedRecording, ...]
    verdict: Verdict


@dataclass(frozen=True)
class Follow:
    """Where on the first page a recording is, in pixels of the page.

    recording_s, x: (n,) seconds and the place along the system; y0, y1: (n,) the system's height.
    """

    page: Path
    recording_s: Floats
    x: Floats
    y0: Floats
    y1: Floats


@dataclass(frozen=True)
class LinedUp:
    """A recording lined up with its score.

    recording_s, score_s: (n,) seconds. truth_recording_s, truth_score_s: (m,) or None.
    """

    name: str
    heading: str
    asked: str
    title: str
    recording: Path
    score: Path
    recording_s: Floats
    score_s: Floats
    measures: tuple[str | None, ...]
    confidence: float
    truth_recording_s: Floats | None
    truth_score_s: Floats | None
    follow: Follow | None
    verdict: Verdict


@dataclass(frozen=True)
class Skipped:
    """A step that this folder has no material for, and why."""

    name: str
    heading: str
    reason: str


Finding = Question | Tagging | LinedUp | Skipped


@dataclass(frozen=True)
class Indexed:
    """What became of the files: how many of each kind, what could not be used, seconds taken."""

    counts: dict[Modality, int]
    quarantine: tuple[tuple[Path, str], ...]
    seconds: float


@dataclass(frozen=True)
class MapPoint:
    """One item on the map of the space; x and y in 0..1."""

    modality: Modality
    title: str
    work: str
    x: float
    y: float


@dataclass(frozen=True)
class Demonstration:
    """Everything that the page shows; titles are those of the works by folder, if known."""

    collection: str
    titles: dict[str, str]
    space: str
    fingerprint: str
    indexed: Indexed
    findings: tuple[Finding, ...]
    points: tuple[MapPoint, ...]
    explained: float

    @property
    def works(self) -> int:
        """How many works the collection is known to hold."""
        return len(self.titles)
