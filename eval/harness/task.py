"""What a task of the harness is: its facts, what may be set, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple, Protocol, TypeVar

from unisono.towers.space import Space

Item = TypeVar("Item")
PageKind = Literal["clean", "scan", "photograph"]
AudioKind = Literal["clean", "room", "played"]
SystemsFrom = Literal["given", "found"]
PAGES: tuple[PageKind, ...] = ("clean", "scan", "photograph")
AUDIO: tuple[AudioKind, ...] = ("clean", "room", "played")
SYSTEMS: tuple[SystemsFrom, ...] = ("given", "found")

MEASURING_SOUNDFONT = "MuseScore_General_Full.sf3"
"""Kept out of training, all sizes of it."""


class EvalError(ValueError):
    """A task cannot be run as asked; the text is one line: what, why, and what to do."""


@dataclass(frozen=True)
class TaskFacts:
    """What a task is. A task's file opens with it.

    name: as on the command line; summary: one line of ``unisono eval --list``.
    data: what ``--data`` must hold; split: which part is measured, and by what it was split.
    protocol: what is compared with what, and what counts as right.
    main_score: the one number to compare spaces by; citation: who proposed it.
    options: the fields of ``EvalSettings`` that the task heeds, besides those of every task.
    """

    name: str
    summary: str
    data: str
    split: str
    protocol: str
    main_score: str
    citation: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class EvalSettings:
    """What may be set. The defaults are the protocol's.

    data: folder of the material. pairs: a list of pairs in place of the task's own. split: a
    folder of ``data``. soundfont: what plays scores. pages, audio: what becomes of pages and of
    recordings before they are encoded. systems: whether the systems of a page are given or found.
    phases: shifted copies that are encoded, so that windows are centred closer than a space's own
    step. others: folder of MIDI files to be told from the right one. limit: measure the first so
    many pieces only. seed: of all that is drawn. cache: folder of rendered sound.
    """

    data: Path | None = None
    pairs: Path | None = None
    split: str = "valid"
    soundfont: str = MEASURING_SOUNDFONT
    pages: PageKind = "clean"
    audio: AudioKind = "clean"
    systems: SystemsFrom = "given"
    phases: int = 4
    others: Path | None = None
    limit: int | None = None
    seed: int = 0
    cache: Path = field(default_factory=lambda: Path("~/.cache/unisono/eval").expanduser())


@dataclass(frozen=True)
class Score:
    """A number and its 95% interval, where there is one."""

    value: float
    low: float | None = None
    high: float | None = None


RowKind = Literal["measured", "baseline", "chance", "published"]


@dataclass(frozen=True)
class ResultRow:
    """One line of a task's table.

    who: "this space", or what it stands beside; kind: what sort of number that is, so that a
    published one is never taken for one measured here. condition: which queries and candidates.
    scores: by name, shares as 0..1. by_group: the main score of each piece. curve: recall at 1, 2,
    3, ... for plots. source: of a published number.
    """

    who: str
    kind: RowKind
    condition: str
    asks: str
    answers: str
    queries: int
    candidates: int
    scores: Mapping[str, Score]
    main: bool = False
    by_group: Mapping[str, float] = field(default_factory=dict)
    curve: tuple[float, ...] = ()
    source: str = ""


@dataclass(frozen=True)
class Outcome:
    """What a run of a task found. counts and notes: what a reader of the table must know."""

    rows: tuple[ResultRow, ...]
    counts: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class Progress(Protocol):
    """Goes through items and shows how far it is."""

    def __call__(self, items: Sequence[Item], unit: str) -> Iterable[Item]:
        """The items, one by one."""
        ...


class Task(NamedTuple):
    """A task: its facts, and what measures a space; ``run`` raises EvalError and ReadError."""

    facts: TaskFacts
    run: Callable[[Space, EvalSettings, Progress], Outcome]


def silent(items: Sequence[Item], unit: str) -> Iterable[Item]:
    """Progress that nobody sees."""
    return items
