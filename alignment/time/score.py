"""The written side of an alignment: passages in order, and what stands at each of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from unisono.data.errors import ReadError
from unisono.data.modality import Modality
from unisono.data.places import Region, TimeSpan
from unisono.towers.encoding import Passages

if TYPE_CHECKING:
    from unisono.data.engraving import EngravedNotes
    from unisono.data.notes import Notes
    from unisono.towers.space import Space

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ScorePlace:
    """A place in a score; what the score does not tell is None.

    score_s: seconds of the MIDI file or of the engraved score at its own tempo, with its bars in
    the order in which they are played.
    beat: from the start of the score, 0 at the first. measure: its number, as printed.
    page, system: from 1, the system within its page. x, y: pixels of the page.
    """

    score_s: float | None = None
    beat: float | None = None
    measure: str | None = None
    page: int | None = None
    system: int | None = None
    x: float | None = None
    y: float | None = None


@dataclass(frozen=True)
class Score:
    """Passages of a score and what lies at them.

    A position is a number of a passage and the fraction of the way to the next; seconds before
    the middle of the first and after that of the last go on beyond the ends.
    centres_s: (m,) seconds at the middle of each passage, or None on pages.
    place_at: the place at a position. notes: what is played, where the score tells.
    fine: of pages, a passage for every column; the first of each ``columns_a_passage`` is one of
    ``passages``, and the last group may have fewer.
    """

    modality: Modality
    passages: Passages
    centres_s: Floats | None
    place_at: Callable[[float], ScorePlace]
    notes: Notes | None = None
    fine: Passages | None = None
    columns_a_passage: int = 1

    def position_of(self, place: float | Region | ScorePlace) -> float:
        """Position of seconds of the score, or of a place on its pages.

        Raises ValueError where the score does not know places of that kind.
        """
        if isinstance(place, ScorePlace) and place.score_s is not None:
            place = place.score_s
        if isinstance(place, float | int):
            if self.centres_s is None:
                raise ValueError("pages have no seconds; ask for a Region or a ScorePlace")
            return _continued(place, self.centres_s, np.arange(len(self.centres_s), dtype=float))
        return self._position_on_page(place)

    def _position_on_page(self, place: Region | ScorePlace) -> float:
        x = (place.x0 + place.x1) / 2 if isinstance(place, Region) else place.x
        known = [self.place_at(float(i)) for i in range(len(self.passages))]
        here = [
            i for i, at in enumerate(known) if (at.page, at.system) == (place.page, place.system)
        ]
        if not here or place.page is None:
            raise ValueError(f"the score has no page {place.page} with a system {place.system}")
        if x is None:
            return float(here[0])
        return float(np.interp(x, [known[i].x or 0.0 for i in here], here))


def centres(passages: Passages) -> Floats:
    """Seconds at the middle of each passage (n,), never falling.

    Passages cut off by an end of the file are taken as if they went on beyond it; of a file that
    no passage fits into, they are spread evenly.
    """
    spans = [place for place in passages.places if isinstance(place, TimeSpan)]
    starts = np.array([span.start_s for span in spans], dtype=np.float64)
    ends = np.array([span.end_s for span in spans], dtype=np.float64)
    if not len(spans):
        return starts
    return np.maximum.accumulate(np.maximum(_middles(starts, ends), 0.0))


def place_on_grid(seconds: float, beats_s: Floats, downbeats_s: Floats) -> ScorePlace:
    """Beat and measure at a time, from the times of all beats and of those that open measures."""
    beat = measure = None
    if len(beats_s) > 1:
        beat = _continued(seconds, beats_s, np.arange(len(beats_s), dtype=np.float64))
    if len(downbeats_s):
        measure = str(max(1, int(np.searchsorted(downbeats_s, seconds + 1e-6, side="right"))))
    return ScorePlace(score_s=seconds, beat=beat, measure=measure)


def place_among_notes(
    seconds: float, notes: EngravedNotes, first_system: dict[int, int]
) -> ScorePlace:
    """Place of a time among engraved notes: that of the last onset, moved towards the next.

    first_system: the row of the first system of each page.
    """
    after = int(np.searchsorted(notes.onset_s, seconds + 1e-6, side="right"))
    i = max(0, after - 1)
    j = min(after, len(notes) - 1)
    gap = notes.onset_s[j] - notes.onset_s[i]
    part = min(1.0, max(0.0, (seconds - notes.onset_s[i]) / gap)) if gap > 0 else 0.0
    page, system = int(notes.page[i]), int(notes.system[i])
    going_on = notes.system[j] == notes.system[i] and notes.x[j] > notes.x[i]
    x = notes.x[i] + (part * (notes.x[j] - notes.x[i]) if going_on else 0.0)
    return ScorePlace(
        score_s=seconds,
        beat=float(notes.beat[i] + part * max(0.0, notes.beat[j] - notes.beat[i])),
        measure=str(notes.measure[i]),
        page=page,
        system=system - first_system[page] + 1,
        x=float(x),
        y=float(notes.y[i]),
    )


def middles_of_regions(regions: Sequence[Region]) -> Floats:
    """Page columns (n,) at the middle of each passage of a score's pages.

    Passages cut off by an end of their system are taken as if they went on beyond it; in a system
    that none fits into, they are spread evenly.
    """
    x0, x1 = (np.array([getattr(region, name) for region in regions]) for name in ("x0", "x1"))
    middles = np.empty(len(regions), np.float64)
    keys = np.array([(region.page, region.system) for region in regions]).reshape(-1, 2)
    for key in np.unique(keys, axis=0):
        rows = (keys == key).all(axis=1)
        middles[rows] = _middles(x0[rows], x1[rows])
    return middles


def place_among_regions(
    position: float, regions: Sequence[Region], middles: Floats | None = None
) -> ScorePlace:
    """Place at a position among the regions of a score's pages, in reading order.

    middles: those of ``middles_of_regions``, worked out if not given.
    """
    middles = middles_of_regions(regions) if middles is None else middles
    i = min(len(regions) - 1, max(0, round(position)))
    here = regions[i]
    same = [
        n
        for n in (i - 1, i, i + 1)
        if 0 <= n < len(regions)
        and (regions[n].page, regions[n].system) == (here.page, here.system)
    ]
    x = np.interp(position, same, [middles[n] for n in same])
    return ScorePlace(page=here.page, system=here.system, x=float(x), y=(here.y0 + here.y1) / 2)


def timed_score(
    passages: Passages, place_at_s: Callable[[float], ScorePlace], notes: Notes, path: Path
) -> Score:
    """A score of notes whose passages are spans of its seconds.

    Raises ReadError that names ``path`` where nothing sounds.
    """
    centres_s = centres(passages)
    if not len(centres_s) or not (passages.weights > 0).any():
        raise ReadError(path, "there are no notes to align with")
    numbers = np.arange(len(centres_s), dtype=np.float64)

    def place_at(position: float) -> ScorePlace:
        return place_at_s(max(0.0, _continued(position, numbers, centres_s)))

    return Score(Modality.MIDI, passages, centres_s, place_at, notes)


def read_pages(space: Space, path: Path) -> Score:
    """Page images or a PDF. Raises ReadError for what is no score."""
    encoding = space.encode_item(path, every_column=True)
    fine = encoding.passages
    if encoding.modality is not Modality.SHEET or fine.places[0] is None:
        raise ReadError(
            path, "no score was found in it", "give a MIDI file, MusicXML, a page of notes or a PDF"
        )
    each = space.columns_a_passage
    regions = [place for place in fine.places if isinstance(place, Region)]
    middles = middles_of_regions(regions)
    return Score(
        Modality.SHEET,
        fine.chosen(np.arange(0, len(fine), each)),
        None,
        lambda position: place_among_regions(position * each, regions, middles),
        fine=fine,
        columns_a_passage=each,
    )


def _middles(starts: Floats, ends: Floats) -> Floats:
    """Middles (n,) of spans in order and of one length, of which some are cut off at the ends."""
    first, length = float(starts.min()), float(ends.max() - starts.min())
    longest = float((ends - starts).max())
    if longest > length - 1e-6:  # none fits in
        return np.asarray(first + (np.arange(len(starts)) + 0.5) * length / len(starts))
    cut_at_start = starts <= first + 1e-6
    return np.where(cut_at_start, ends - longest / 2, starts + longest / 2)


def _continued(at: float, xs: Floats, ys: Floats) -> float:
    """Interpolate, and go on beyond the ends at the pace of the first and last step."""
    if len(xs) < 2 or min(xs[1] - xs[0], xs[-1] - xs[-2]) <= 0:
        return float(np.interp(at, xs, ys))
    if at < xs[0]:
        return float(ys[0] + (at - xs[0]) / (xs[1] - xs[0]) * (ys[1] - ys[0]))
    if at > xs[-1]:
        return float(ys[-1] + (at - xs[-1]) / (xs[-1] - xs[-2]) * (ys[-1] - ys[-2]))
    return float(np.interp(at, xs, ys))


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(512)
    except OSError as error:
        raise ReadError(path, (error.strerror or str(error)).lower()) from error


def is_midi(path: Path) -> bool:
    """Whether the file begins as MIDI does. Raises ReadError where it cannot be opened."""
    head = _head(path)
    return head.startswith(b"MThd") or (head.startswith(b"RIFF") and head[8:12] == b"RMID")


def is_musicxml(path: Path) -> bool:
    """Whether it begins as XML does, or is a zip. Raises ReadError likewise."""
    head = _head(path)
    marked = head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    return marked or head.startswith((b"\xff\xfe<", b"\xfe\xff\0<", b"PK\x03\x04"))
