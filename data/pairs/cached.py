"""Excerpts of kept renditions as a source of pairs: slices of memory-mapped arrays at anchors."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from unisono.data.augmentation import (
    EQUALISER_BINS,
    augment_strip,
    augment_waveform,
    draw_equaliser,
)
from unisono.data.excerpts import ANCHORS, EXCERPT_S, STRIP_WIDTH
from unisono.data.modality import Modality
from unisono.data.notes import Notes
from unisono.data.pages.strips import STRIP_HEIGHT
from unisono.data.pairs.config import CachedSource
from unisono.data.pairs.excerpts import banks_by_word, open_prepared
from unisono.data.pairs.rendition import Rendition, RenditionCache, RenditionConfig
from unisono.data.pairs.roles import check_roles
from unisono.data.pairs.source import WAVEFORM_RATE, Item, Side, SourceError

_ROLES = {"audio": Modality.AUDIO, "sheet": Modality.SHEET, "midi": Modality.MIDI}

_SHIFT_S = 0.6  # an anchor is at most so far from the middle of the sound
_SHIFT_COLUMNS = 24
_REACH_S = 2.2
_REACH_COLUMNS = 88.0
_APART_S = 0.3


def open_cached(config: CachedSource) -> CachedPairs:
    """Open a folder's renditions, making those that are missing; raises SourceError."""
    built = open_prepared(config.built)
    if config.renditions < 1:
        raise SourceError(f"{config.built}: renditions is {config.renditions}, must be 1 or more")
    if config.places < 1:
        raise SourceError(f"{config.built}: places is {config.places}, must be 1 or more")
    folder = built / config.split
    if not folder.is_dir():
        raise SourceError(f"{built} has no split '{config.split}'; build one with unisono data")
    cache = RenditionCache(built / "cache", RenditionConfig(config.renditions, config.seed))
    renditions = cache.open(folder, lru_cache(lambda: banks_by_word(built, config.banks)))
    return CachedPairs(renditions, places=config.places, augment=config.augment, name=str(folder))


class CachedPairs:
    """An item is a piece: an excerpt of one of its renditions around one of its notes."""

    def __init__(
        self,
        renditions: Sequence[Rendition],
        *,
        places: int = 1,
        augment: bool = True,
        name: str = "renditions",
    ) -> None:
        """``places``: items a piece, each an excerpt of it anywhere.

        Raises SourceError for renditions of features, since towers take waveforms.
        """
        if any(one.rate != WAVEFORM_RATE for one in renditions):
            raise SourceError(f"{name} keeps features; training takes renditions of sound")
        by_piece: dict[str, list[Rendition]] = {}
        for one in renditions:
            by_piece.setdefault(str(one.folder.parent), []).append(one)
        self._pieces = [many for many in by_piece.values() for _ in range(places)]
        self._augment = augment
        self._name = name
        self.roles: Mapping[str, Modality] = _ROLES
        self.works: Sequence[str] = [many[0].work for many in self._pieces]
        weight = np.sqrt([many[0].notes.shape[1] for many in self._pieces])
        self.shares: npt.NDArray[np.float64] | None = weight / weight.sum()
        self.fixed = False

    def draw(self, index: int, roles: Collection[str], random: np.random.Generator) -> Item:
        """An excerpt around a random note of piece ``index``."""
        check_roles(roles, _ROLES, self._name)
        many = self._pieces[index]
        rendition = many[int(random.integers(len(many)))]
        note = int(random.integers(rendition.notes.shape[1]))
        start_s = float(rendition.notes[0, note]) - EXCERPT_S / 2
        start_s += float(random.uniform(-_SHIFT_S, _SHIFT_S))
        left = float(rendition.notes[2, note]) - STRIP_WIDTH / 2
        left = round(left + float(random.uniform(-_SHIFT_COLUMNS, _SHIFT_COLUMNS)))
        chosen = _anchors(rendition, note, start_s, left, random)
        usable = np.arange(ANCHORS) < len(chosen)
        onset = rendition.notes[0][np.resize(chosen, ANCHORS)] - np.float32(start_s)
        column = rendition.notes[2][np.resize(chosen, ANCHORS)] - np.float32(left)
        sides: dict[str, Side] = {}
        for role in _ROLES:  # in one order, as a set of roles has none
            if role not in roles:
                continue
            if role == "audio":
                sound = slice_sound(rendition, start_s)
                sides[role] = self._heard(sound, onset, random)
            elif role == "sheet":
                ink = slice_ink(rendition, left)
                sides[role] = self._seen(ink, column, random)
            else:
                notes = _notes(rendition, start_s)
                sides[role] = Side(Modality.MIDI, notes, anchors=onset, duration_s=EXCERPT_S)
        return Item(sides, rendition.work, usable)

    def _seen(
        self,
        ink: npt.NDArray[np.uint8],
        column: npt.NDArray[np.float32],
        random: np.random.Generator,
    ) -> Side:
        if not self._augment:
            plain = np.asarray(ink * np.float32(1 / 255), np.float32)
            return Side(Modality.SHEET, plain, anchors=column)
        changed = augment_strip(ink, random)
        return Side(Modality.SHEET, changed.ink, anchors=changed.columns(column))

    def _heard(
        self,
        sound: npt.NDArray[np.float32],
        onset: npt.NDArray[np.float32],
        random: np.random.Generator,
    ) -> Side:
        if not self._augment:
            return Side(Modality.AUDIO, sound, anchors=onset)
        changed = augment_waveform(sound, random)
        equaliser = draw_equaliser(EQUALISER_BINS, random)
        return Side(Modality.AUDIO, changed, anchors=onset, equaliser=equaliser)


def slice_sound(
    rendition: Rendition, start_s: float, seconds: float = EXCERPT_S
) -> npt.NDArray[np.float32]:
    """(seconds * rate,) of sound in -1..1, or rows of features; silence outside the rendition."""
    first, count = round(start_s * rendition.rate), round(seconds * rendition.rate)
    kept = rendition.sound
    low, high = max(first, 0), min(first + count, len(kept))
    part = np.zeros((count, *kept.shape[1:]), np.float32)
    if high > low:
        scale = np.float32(1 / 32767 if kept.dtype == np.int16 else 1)
        np.multiply(kept[low:high], scale, out=part[low - first : high - first], casting="unsafe")
    return part


def slice_ink(rendition: Rendition, left: int, width: int = STRIP_WIDTH) -> npt.NDArray[np.uint8]:
    """(STRIP_HEIGHT, width) of the strip; paper outside it."""
    ink = rendition.ink
    low, high = max(left, 0), min(left + width, ink.shape[1])
    crop = np.zeros((STRIP_HEIGHT, width), np.uint8)
    if high > low:
        crop[:, low - left : high - left] = ink[:, low:high]
    return crop


def _anchors(
    rendition: Rendition, note: int, start_s: float, left: int, random: np.random.Generator
) -> list[int]:
    """Notes: the given one first, then others that both sides show, apart from each other."""
    onset, column = rendition.notes[0], rendition.notes[2]
    # rows are near each other in time, so that not every note of a long piece is looked at
    low, high = max(note - 64, 0), note + 64
    near = np.abs(onset[low:high] - start_s - EXCERPT_S / 2) < _REACH_S
    near &= np.abs(column[low:high] - left - STRIP_WIDTH / 2) < _REACH_COLUMNS
    chosen = [note]
    for row in random.permutation(np.flatnonzero(near) + low).tolist():
        if len(chosen) == ANCHORS:
            break
        if all(abs(float(onset[row]) - float(onset[other])) > _APART_S for other in chosen):
            chosen.append(row)
    return chosen


def _notes(rendition: Rendition, start_s: float) -> Notes:
    table = rendition.notes
    inside = (table[1] > start_s) & (table[0] < start_s + EXCERPT_S)
    part = np.asarray(table[:, inside], np.float64)
    onset = np.maximum(part[0] - start_s, 0.0)
    offset = np.maximum(part[1] - start_s, onset + 0.01)
    order = np.lexsort((part[3], onset))
    return Notes(
        onset_s=onset[order],
        offset_s=offset[order],
        pitch=part[3][order].astype(np.int16),
        velocity=np.clip(part[4][order], 1, 127).astype(np.int16),
        program=part[5][order].astype(np.int16),
    )
