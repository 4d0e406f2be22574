"""MSMD as downloaded: piano pages, MuNG files with the place of every note head, performances.

A note head names, for each performance, the row of the note in that performance's list of notes.
The boxes of systems span the outer staff lines; where the staves lie is read off the page, which
LilyPond has drawn straight.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt

from unisono.data.corpus import Piece, PieceFacts
from unisono.data.errors import ReadError
from unisono.data.pages.strips import Box, Strip, cut_strips, join_strips
from unisono.data.readers.page import read_pages
from unisono.data.sources.entry import Entry, SourceFacts, SourceLayoutError
from unisono.data.sources.layout import check_layout, found
from unisono.data.sources.msmd import composer_and_title, piece_work

_SPLIT_FILE = "all_split.yaml"
_SHORTEST_S = 0.05


@dataclass(frozen=True)
class NoteHead:
    """A note head: centre on its page (pixels, from the top left), pitch, and whose it is.

    system: number of the system's object; event: row in the performance's notes.
    """

    x: float
    y: float
    system: int
    pitch: int
    event: int


@dataclass(frozen=True)
class MungPage:
    """What a MuNG file says of one page: boxes of systems by object number, note heads."""

    systems: Mapping[int, Box]
    heads: tuple[NoteHead, ...]


class MsmdOriginalSource:
    """One entry a piece, with the performance in the score's own tempo where there is one."""

    facts = SourceFacts(
        name="msmd_original",
        title="MSMD: the Multimodal Sheet Music Dataset v1.1",
        homepage="https://zenodo.org/record/2597505 and, for the splits, "
        "https://github.com/CPJKU/msmd",
        licence="CC BY-NC-SA 4.0",
        citation="M. Dorfer, J. Hajic jr., A. Arzt, H. Frostel, G. Widmer: Learning Audio-Sheet "
        "Music Correspondences for Cross-Modal Retrieval and Piece Identification, TISMIR 1(1), "
        "2018",
        revision="v1.1",
        layout="<piece>/scores/<piece>_ly/: img/01.png..., mung/01.xml...; <piece>/performances/"
        "<piece>_tempo-<t>_<sound>/: <performance>.midi, features/<performance>_notes.npy; and "
        "where splits are wanted msmd/splits/all_split.yaml out of the repository, beside the "
        "pieces",
        gives=("page", "midi", "tags"),
    )

    def entries(self, root: Path) -> Iterator[Entry]:
        """Every piece in order of name; raises SourceLayoutError."""
        check_layout(root, self.facts, ["."])
        pieces = sorted(path.parent for path in root.glob("*/scores") if path.is_dir())
        if not pieces:
            check_layout(root, self.facts, ["<piece>/scores"])
        splits = read_splits(root / _SPLIT_FILE)
        return (entry for piece in pieces for entry in self._entry(piece, splits))

    def _entry(self, folder: Path, splits: Mapping[str, str]) -> Iterator[Entry]:
        name = folder.name
        score = next(iter(sorted((folder / "scores").glob("*_ly"))), folder)
        performance = natural_performance(folder)
        played = [performance / f"{performance.name}.midi"] if performance else []
        pages = sorted((score / "img").glob("*.png"))
        media = found(page=pages, midi=[p for p in [*played, folder / f"{name}.midi"]][:1])
        if not media:
            return
        composer, title = composer_and_title(name)
        work = piece_work(name)
        facts = PieceFacts(
            collection="msmd_original",
            identifier=name,
            title=title,
            composer=composer,
            licence=self.facts.licence,
            instruments=("piano", "piano"),
            work=work,
        )
        load = None
        if performance and "page" in media and any((score / "mung").glob("*.xml")):
            load = partial(load_piece, score, performance, facts)
        yield Entry(
            identifier=name,
            work=work,
            split=splits.get(name, ""),
            title=title,
            composer=composer,
            licence=self.facts.licence,
            media=media,
            tags=("piano",),
            load_piece=load,
        )


def natural_performance(folder: Path) -> Path | None:
    """The performance in the score's own tempo, else the first; None without any."""
    performances = sorted(path for path in (folder / "performances").glob("*") if path.is_dir())
    natural = [path for path in performances if "_tempo-1000_" in path.name]
    return next(iter(natural or performances), None)


def read_splits(path: Path) -> dict[str, str]:
    """Piece -> split, from a split file of MSMD; empty where it is not there."""
    if not path.is_file():
        return {}
    import yaml

    try:
        named = yaml.safe_load(path.read_text("utf-8"))
        return {str(piece): split for split in ("train", "valid", "test") for piece in named[split]}
    except (yaml.YAMLError, KeyError, TypeError, UnicodeDecodeError) as error:
        fault = "does not list train, valid and test, as MSMD's split files do"
        raise SourceLayoutError(f"{path}: {fault}; get it again from CPJKU/msmd") from error


def load_piece(score: Path, performance: Path, facts: PieceFacts) -> Piece:
    """One piece with the note heads that sound in a performance.

    Raises ReadError for files that lack what MSMD's have.
    """
    events = _events(performance / "features" / f"{performance.name}_notes.npy")
    strips: list[Strip] = []
    heads: list[tuple[int, int, NoteHead]] = []  # row of the strip, staff, head
    for number, path in enumerate(sorted((score / "img").glob("*.png")), start=1):
        page = next(iter(read_pages(path))).image
        mung = read_mung(score / "mung" / f"{path.stem}.xml", performance.name)
        order = sorted(mung.systems, key=lambda system: mung.systems[system][1])
        lines = [_staff_lines(page, mung.systems[system], path) for system in order]
        spaces = [float(np.median(np.diff(rows))) for rows in lines]
        boxes = [mung.systems[system] for system in order]
        row_of = {system: len(strips) + row for row, system in enumerate(order)}
        middle = {system: _middle(rows) for system, rows in zip(order, lines, strict=True)}
        strips.extend(cut_strips(page, boxes, spaces, number=number))
        heads.extend(
            (row_of[head.system], int(head.y > middle[head.system]), head)
            for head in mung.heads
            if head.system in row_of
        )
    heads = [item for item in heads if 0 <= item[2].event < len(events)]
    if not heads:
        raise ReadError(score, f"has no note heads of {performance.name}", "download MSMD again")
    strip = join_strips(strips)
    heads.sort(key=lambda item: (events[item[2].event, 0], item[2].pitch))
    onset, length = events[[head.event for _, _, head in heads]][:, [0, 2]].T
    return Piece(
        facts=facts,
        ink=strip.ink,
        onset_s=onset.astype(np.float32),
        offset_s=(onset + np.maximum(length, _SHORTEST_S)).astype(np.float32),
        pitch=np.array([head.pitch for _, _, head in heads], np.int16),
        staff=np.array([staff for _, staff, _ in heads], np.int16),
        x=np.array([strip.column(row, head.x) for row, _, head in heads], np.float32),
        system_start=strip.starts,
    )


def read_mung(path: Path, performance: str) -> MungPage:
    """Systems, and the note heads that sound in a performance, of one page.

    Raises ReadError for a file that is not there or is no MuNG.
    """
    try:
        objects = list(ElementTree.parse(path).getroot().iter("CropObject"))
        systems = {
            int(item.findtext("Id", "")): _box(item)
            for item in objects
            if item.findtext("ClassName") == "staff"
        }
        heads = [
            head
            for item in objects
            if (item.findtext("ClassName") or "").startswith("notehead")
            and (head := _head(item, performance, systems)) is not None
        ]
    except (OSError, ElementTree.ParseError, ValueError, TypeError) as error:
        raise ReadError(path, "is not there or no MuNG file", "download MSMD again") from error
    return MungPage(systems, tuple(heads))


def _head(item: Any, performance: str, systems: Mapping[int, Box]) -> NoteHead | None:
    """None for a head that does not sound, as the second of two tied ones."""
    data = {field.get("key"): field.text for field in item.iter("DataItem")}
    event = data.get(f"{performance}_note_event_idx")
    links = [int(link) for link in (item.findtext("Outlinks") or "").split()]
    system = next((link for link in links if link in systems), None)
    if event is None or system is None or data.get("tied") == "1":
        return None
    x0, y0, x1, y1 = _box(item)
    pitch = int(data["midi_pitch_code"])
    return NoteHead((x0 + x1) / 2, (y0 + y1) / 2, system, pitch, int(event))


def _box(item: Any) -> Box:
    left, top, width, height = (
        float(item.findtext(name)) for name in ("Left", "Top", "Width", "Height")
    )
    return left, top, left + width, top + height


def _events(path: Path) -> npt.NDArray[np.float64]:
    """The notes of a performance: onset (s), pitch, duration (s), track, channel."""
    try:
        events = np.load(path)
    except (OSError, ValueError, EOFError) as error:
        raise ReadError(path, "is not there or no NumPy file", "download MSMD again") from error
    if events.ndim != 2 or events.shape[1] < 3:
        raise ReadError(path, "does not list onset, pitch and duration", "download MSMD again")
    return np.asarray(events, float)


def _staff_lines(page: npt.NDArray[np.uint8], box: Box, path: Path) -> npt.NDArray[np.float64]:
    """Rows of the staff lines of a system: those that are dark along most of it."""
    left, top, right, bottom = (int(edge) for edge in box)
    first = max(top - 4, 0)
    dark = (page[first : bottom + 5, left:right] < 160).mean(axis=1) > 0.6
    edges = np.flatnonzero(np.diff(np.concatenate([[False], dark, [False]]).astype(np.int8)))
    rows = first + (edges[::2] + edges[1::2] - 1) / 2
    if len(rows) < 5:
        raise ReadError(path, f"shows no staff at row {top}", "download MSMD again")
    return rows


def _middle(rows: npt.NDArray[np.float64]) -> float:
    """The row halfway between two staves; below the staff where there is only one."""
    gap = int(np.argmax(np.diff(rows)))
    single = np.diff(rows)[gap] < 1.5 * np.median(np.diff(rows))
    return float("inf") if single else float(rows[gap] + rows[gap + 1]) / 2


SOURCE = MsmdOriginalSource()
