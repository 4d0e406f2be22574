"""MIDI files into the space: notes, piano roll in blocks, tower, passages in seconds and ticks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.data.notes import Notes
from unisono.data.places import TickSpan, TimeSpan
from unisono.data.readers.midi import read_midi
from unisono.towers import piano_roll
from unisono.towers.audio import (
    DEFAULT_HOP_S,
    choose_columns,
    column_means,
    column_seconds,
    time_span,
)
from unisono.towers.blockwise import BLOCK_COLUMNS, encode_columns
from unisono.towers.convolutional import ConvolutionalTower
from unisono.towers.pooling import ItemViews, pool

FloatArray = npt.NDArray[np.float32]
Ticks = Callable[[list[float]], npt.NDArray[np.int64]]


class MidiEncoder:
    """Gives both views of a MIDI file or of notes in memory."""

    def __init__(self, tower: ConvolutionalTower) -> None:
        self._tower = tower

    def encode(self, path: Path, hop_s: float | None = None) -> ItemViews:
        """Raises ReadError for a file without notes."""
        score = read_midi(path)
        return self.encode_notes(score.notes, hop_s, ticks_at=score.ticks_at)

    def encode_notes(
        self, notes: Notes, hop_s: float | None = None, *, ticks_at: Ticks | None = None
    ) -> ItemViews:
        """Raises ValueError where there are no notes."""
        if not len(notes):
            raise ValueError("there are no notes to encode")
        frames = int(np.ceil(notes.duration_s * piano_roll.FRAME_RATE)) + 1
        sounding: list[FloatArray] = []

        def pieces() -> Iterator[tuple[FloatArray, FloatArray]]:
            for start in range(0, frames, BLOCK_COLUMNS):
                width = min(BLOCK_COLUMNS, frames - start)
                start_s = start / piano_roll.FRAME_RATE
                roll, families = piano_roll.piano_roll(notes, start_s, width)
                sounding.append((families.sum(axis=0) > 0).astype(np.float32))
                yield roll, families

        columns = encode_columns(self._tower, pieces())
        stride = self._tower.column_stride
        weights = column_means(np.concatenate(sounding), stride)
        seconds = column_seconds(len(columns.notes), stride, piano_roll.FRAME_RATE)
        chosen = choose_columns(
            seconds, DEFAULT_HOP_S if hop_s is None else hop_s, notes.duration_s
        )
        spans = [time_span(s, notes.duration_s) for s in seconds[chosen]]
        if ticks_at is not None:
            spans = _with_ticks(spans, ticks_at)
        return pool(
            columns,
            weights,
            chosen,
            spans,
            self._tower.character_of,
            notes.duration_s,
            repeats=self._tower.repeats,
        )


def _with_ticks(spans: list[TimeSpan], ticks_at: Ticks) -> list[TimeSpan]:
    starts = [span.start_s for span in spans]
    ends = [span.end_s for span in spans]
    ticks = zip(ticks_at(starts), ticks_at(ends), strict=True)
    return [
        TickSpan(span.start_s, span.end_s, int(first), int(last))
        for span, (first, last) in zip(spans, ticks, strict=True)
    ]
