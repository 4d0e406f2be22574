"""Excerpts of kept renditions as a source of pairs: slices of memory-mapped arrays at anchors."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import NoReturn

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from unisono.data.augmentation import (
    EQUALISER_BINS,
    augment_strip,
    augment_waveform,
    draw_equaliser,
)
from unisono.data.augmenting.effect import TimeMap
from unisono.data.cores import cores
from unisono.data.modality import Modality
from unisono.data.notes import Notes
from unisono.data.pairs.config import CachedSource
from unisono.data.pairs.excerpts import banks_by_word, open_prepared
from unisono.data.pairs.pace import draw_pace
from unisono.data.pairs.rendition import Rendition
from unisono.data.pairs.rendition_cache import RenditionCache, RenditionConfig
from unisono.data.pairs.rendition_slices import (
    ExcerptSize,
    draw_anchors,
    heads_near,
    moments_of,
    slice_ink,
    slice_notes,
    slice_sound,
)
from unisono.data.pairs.roles import check_roles
from unisono.data.pairs.source import WAVEFORM_RATE, Item, Side, SourceError

_ROLES = {"audio": Modality.AUDIO, "sheet": Modality.SHEET, "midi": Modality.MIDI}

_AT_ONCE_S = 2.0  # what takes no longer shows no progress
_SHIFT = 0.094  # an anchor is at most so far from the middle, in parts of the excerpt
_TEMPO_HEARD, _TEMPO_WRITTEN = 0.12, 0.2
"""Standard deviations of the logarithm of the pace at which excerpts are heard and written."""

Heads = npt.NDArray[np.float64]


def open_cached(config: CachedSource) -> CachedPairs:
    """Open a folder's renditions, making those that are missing; raises SourceError."""
    built = open_prepared(config.built)
    for name in ("renditions", "places", "anchors", "columns", "seconds"):
        if getattr(config, name) < 1:
            raise SourceError(
                f"{config.built}: {name} is {getattr(config, name)}, must be 1 or more"
            )
    folder = built / config.split
    if not folder.is_dir():
        raise SourceError(f"{built} has no split '{config.split}'; build one with unisono data")
    cache = RenditionCache(built / "cache", RenditionConfig(config.renditions, config.seed))
    with tqdm(desc="renditions", unit="piece", disable=None, delay=_AT_ONCE_S) as bar:
        renditions = cache.open(
            folder,
            partial(banks_by_word, built, config.banks),
            workers=cores(),
            advance=partial(_show, bar),
        )
    return CachedPairs(
        renditions,
        places=config.places,
        size=ExcerptSize(config.seconds, config.columns, config.anchors),
        collections=config.collections,
        augment=config.augment,
        name=str(folder),
    )


def _show(bar: tqdm[NoReturn], done: int, count: int) -> None:
    bar.total = count
    bar.update(done - bar.n)


class CachedPairs:
    """An item is a piece: an excerpt of one of its renditions around one of its notes."""

    def __init__(
        self,
        renditions: Sequence[Rendition],
        *,
        places: int = 1,
        size: ExcerptSize | None = None,
        collections: Mapping[str, float] | None = None,
        augment: bool = True,
        name: str = "renditions",
    ) -> None:
        """places: items a piece, each an excerpt of it anywhere. collections: as in the config.

        Raises SourceError for renditions of features, since towers take waveforms, and for a
        collection that has no piece.
        """
        if any(one.rate != WAVEFORM_RATE for one in renditions):
            raise SourceError(f"{name} keeps features; training takes renditions of sound")
        by_piece: dict[str, list[Rendition]] = {}
        for one in renditions:
            if not collections or one.collection in collections:
                by_piece.setdefault(str(one.folder.parent), []).append(one)
        self._pieces = [many for many in by_piece.values() for _ in range(places)]
        self._size = size or ExcerptSize()
        self._augment = augment
        self._name = name
        self.roles: Mapping[str, Modality] = _ROLES
        self.works: Sequence[str] = [many[0].work for many in self._pieces]
        self.editions: Sequence[str] = [str(many[0].folder.parent) for many in self._pieces]
        self.shares: npt.NDArray[np.float64] | None = _shares(
            [many[0] for many in self._pieces], collections or {}, name
        )
        self.fixed = False

    def draw(self, index: int, roles: Collection[str], random: np.random.Generator) -> Item:
        """An excerpt around a random note of piece ``index``."""
        check_roles(roles, _ROLES, self._name)
        many = self._pieces[index]
        rendition = many[int(random.integers(len(many)))]
        table = rendition.notes
        note = int(random.integers(table.shape[1]))
        size = self._size
        aside = random.uniform(-_SHIFT, _SHIFT, 2)
        start_s = float(table[0, note]) + (aside[0] - 0.5) * size.seconds
        left = round(float(table[2, note]) + (aside[1] - 0.5) * size.columns)
        chosen = draw_anchors(rendition, note, start_s, left, size, random)
        usable = np.arange(size.anchors) < len(chosen)
        chosen = np.resize(chosen, size.anchors).tolist()
        onset = table[0][chosen] - np.float32(start_s)
        column = table[2][chosen] - np.float32(left)
        heads = heads_near(rendition, note, start_s, left)
        sides: dict[str, Side] = {}
        for role in _ROLES:  # in one order, as a set of roles has none
            if role not in roles:
                continue
            if role == "audio":
                sides[role] = self._heard(rendition, start_s, onset, heads, random)
            elif role == "sheet":
                ink = slice_ink(rendition, left, size.columns)
                sides[role] = self._seen(ink, column, heads, random)
            else:
                sides[role] = self._written(rendition, start_s, onset, random)
        return Item(sides, rendition.work, usable, moments_of(rendition, chosen))

    def _seen(
        self,
        ink: npt.NDArray[np.uint8],
        column: npt.NDArray[np.float32],
        heads: Heads,
        random: np.random.Generator,
    ) -> Side:
        _, x, y, pitch = heads
        if not self._augment:
            plain = np.asarray(ink * np.float32(1 / 255), np.float32)
            return Side(Modality.SHEET, plain, anchors=column, heads=_heads(x, y, pitch))
        changed = augment_strip(ink, random)
        x, y = np.where(np.isfinite(y), changed.points(x, y), [changed.columns(x), y])
        return Side(
            Modality.SHEET,
            changed.ink,
            anchors=changed.columns(column),
            heads=_heads(x, y, pitch),
        )

    def _heard(
        self,
        rendition: Rendition,
        start_s: float,
        onset: npt.NDArray[np.float32],
        heads: Heads,
        random: np.random.Generator,
    ) -> Side:
        """The sound, augmented in another room and at another pace, which its front end follows."""
        seconds = self._size.seconds
        unknown = np.full(heads.shape[1], np.nan)
        if not self._augment:
            sound = slice_sound(rendition, start_s, seconds)
            begins = _heads(heads[0], unknown, heads[3])
            return Side(Modality.AUDIO, sound, anchors=onset, heads=begins)
        pace = draw_pace(seconds, random, tempo=_TEMPO_HEARD)
        first, last = pace.back([0.0, seconds]).tolist()
        sound = slice_sound(rendition, start_s + first, last - first)
        changed = augment_waveform(sound, random)
        equaliser = draw_equaliser(EQUALISER_BINS, random)
        return Side(
            Modality.AUDIO,
            changed,
            anchors=_inside(pace(onset), seconds),
            duration_s=seconds,
            equaliser=equaliser,
            heads=_heads(pace(heads[0]), unknown, heads[3]),
            pace=TimeMap(pace.old_s - first, pace.new_s),
        )

    def _written(
        self,
        rendition: Rendition,
        start_s: float,
        onset: npt.NDArray[np.float32],
        random: np.random.Generator,
    ) -> Side:
        """The notes, augmented at a pace of their own, a little aside, and some of them missing.

        A MIDI file has the tempo of its score, a transcription misses notes.
        """
        seconds = self._size.seconds
        if not self._augment:
            notes = slice_notes(rendition, start_s, self._size)
            return Side(Modality.MIDI, notes, anchors=onset, duration_s=seconds)
        pace = draw_pace(seconds, random, tempo=_TEMPO_WRITTEN, aside_s=0.5)
        notes = _transcribed(slice_notes(rendition, start_s, self._size, pace), random)
        moved = _inside(pace(onset), seconds)
        return Side(Modality.MIDI, notes, anchors=moved, duration_s=seconds)


def _transcribed(notes: Notes, random: np.random.Generator) -> Notes:
    """Onsets up to some hundredths aside, other lengths, and sometimes notes missing."""
    count = len(notes)
    missing = random.uniform(0, 0.1) if random.random() < 0.3 else 0.0
    kept = np.flatnonzero(random.random(count) >= missing)
    onset = notes.onset_s + random.normal(0, random.uniform(0, 0.02), count)
    onset = np.maximum(onset, 0.0)[kept]
    length = (notes.offset_s - notes.onset_s)[kept] * random.uniform(0.6, 1.2)
    order = np.argsort(onset, kind="stable")
    rows = kept[order]
    return Notes(
        onset_s=onset[order],
        offset_s=(onset + np.maximum(length, 0.05))[order],
        pitch=notes.pitch[rows],
        velocity=notes.velocity[rows],
        program=notes.program[rows],
    )


def _inside(places: npt.NDArray[np.float64], seconds: float) -> npt.NDArray[np.float32]:
    return np.clip(places, 0, seconds - 1e-3).astype(np.float32)


def _heads(place: Heads, row: Heads, pitch: Heads) -> npt.NDArray[np.float32]:
    return np.stack([place, row, pitch]).astype(np.float32)


def _shares(
    pieces: Sequence[Rendition], collections: Mapping[str, float], name: str
) -> npt.NDArray[np.float64]:
    """How often each piece is drawn: by the root of its notes, within its collection's share."""
    weight = np.sqrt([one.notes.shape[1] for one in pieces])
    if collections:
        of = np.array([one.collection for one in pieces])
        for collection, share in collections.items():
            rows = of == collection
            if not rows.any():
                raise SourceError(f"{name} has no piece of the collection {collection}")
            weight[rows] *= share / weight[rows].sum()
    return np.asarray(weight / weight.sum(), np.float64)
