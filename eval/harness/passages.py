"""Passages of a space whose windows are centred where a protocol wants them.

A tower gives a vector every so often (the default ones every 0.1 s, or 4 strip pixels), and two
places closer than that would share one. So an item is encoded several times, each copy shifted
by a little, and of all these passages the one that is centred nearest is taken. That is what
cutting a window around each place would give, at a small part of the cost.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.data.modality import Modality
from unisono.data.notes import Notes
from unisono.data.pages.strips import LongStrip
from unisono.data.places import Place, TimeSpan
from unisono.eval.harness.task import EvalError
from unisono.towers.space import Space

SHIFT_S = 0.05
SHIFT_PX = 2
_HOP_S = 0.1

FloatArray = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Centred:
    """vectors: (n, d), of unit length. off: (n,) how far their centres lie from what was asked."""

    vectors: FloatArray
    off: Floats


def sound_passages(
    space: Space, waveform: FloatArray, rate: int, seconds: Floats, phases: int
) -> Centred:
    """Passages of a waveform (samples,) around seconds (n,)."""
    import soundfile

    copies = []
    with tempfile.TemporaryDirectory() as folder:
        for phase in range(phases):
            silence = np.zeros(round(phase * SHIFT_S * rate), np.float32)
            path = Path(folder) / f"{phase}.wav"
            shifted = np.concatenate([silence, waveform])
            soundfile.write(str(path), shifted, rate, subtype="FLOAT")
            found = space.encode_item(path, modality=Modality.AUDIO, hop_s=_HOP_S)
            centres = time_centres(found.passages.places) - len(silence) / rate
            copies.append((centres, found.passages.vectors))
    return nearest(copies, seconds)


def notes_passages(space: Space, notes: Notes, seconds: Floats, phases: int) -> Centred:
    """Passages of notes around seconds (n,)."""
    copies = []
    for phase in range(phases):
        shift = phase * SHIFT_S
        shifted = replace(notes, onset_s=notes.onset_s + shift, offset_s=notes.offset_s + shift)
        found = space.encode_notes(shifted, hop_s=_HOP_S)
        copies.append((time_centres(found.passages.places) - shift, found.passages.vectors))
    return nearest(copies, seconds)


def strip_passages(space: Space, strip: LongStrip, columns: Floats, phases: int) -> Centred:
    """Passages of systems side by side around columns (n,) of their strip.

    Raises EvalError for a space whose sheet tower does not read strips.
    """
    if str(Modality.SHEET) in space.config.backbones:
        raise EvalError(
            f"the sheet tower of {space.name} is {space.config.backbones['sheet']}, which reads "
            "pages in windows of its own; this task needs one that reads strips"
        )
    copies = []
    for phase in range(phases):
        shift = phase * SHIFT_PX
        ink = np.pad(strip.ink, ((0, 0), (shift, 0)))
        shifted = LongStrip(ink, strip.strips, strip.starts + shift)
        vectors = space.encode_strip(shifted, step=1).passages.vectors
        copies.append((strip_centres(ink.shape[1], len(vectors)) - shift, vectors))
    return nearest(copies, columns)


def nearest(copies: Sequence[tuple[Floats, FloatArray]], wanted: Floats) -> Centred:
    """Of vectors (m, d) with centres (m,), in several copies, those centred nearest to (n,)."""
    centres = np.concatenate([centre for centre, _ in copies])
    vectors = np.concatenate([vector for _, vector in copies])
    order = np.argsort(centres, kind="stable")
    centres, vectors = centres[order], vectors[order]
    after = np.clip(np.searchsorted(centres, wanted), 0, len(centres) - 1)
    before = np.maximum(after - 1, 0)
    rows = np.where(wanted - centres[before] <= centres[after] - wanted, before, after)
    return Centred(vectors[rows], np.abs(centres[rows] - wanted))


def strip_centres(width: int, count: int) -> Floats:
    """Columns (count,) on which the passages of a strip of ``width`` columns are centred.

    A tower of stride s gives ceil(width / s) of them, the first over the first s columns.
    """
    stride = ceil(width / count)
    return np.asarray(np.arange(count) * stride + (stride - 1) / 2, np.float64)


def time_centres(places: Sequence[Place | None]) -> Floats:
    """Seconds (n,) on which passages are centred, also those that an end of the item cuts short."""
    spans = [place for place in places if isinstance(place, TimeSpan)]
    starts = np.array([span.start_s for span in spans])
    ends = np.array([span.end_s for span in spans])
    length, last = float((ends - starts).max()), float(ends.max())
    short = ends - starts < length - 2e-3
    centres = (starts + ends) / 2
    at_start, at_end = short & (starts <= 0), short & (ends >= last)
    centres[at_start & ~at_end] = (ends - length / 2)[at_start & ~at_end]
    centres[at_end & ~at_start] = (starts + length / 2)[at_end & ~at_start]
    return np.asarray(centres, np.float64)
