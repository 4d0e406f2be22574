"""Batches for training the default space: excerpts, real clips, pictures and texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import IterableDataset

from unisono.data.augmentation import augment_waveform, draw_equaliser
from unisono.data.excerpts import EXCERPT_S, ExcerptSource
from unisono.data.sampled_notes import SAMPLE_RATE
from unisono.data.sources.clips import CaptionedClip, PicturedClip
from unisono.towers import piano_roll, spectrogram
from unisono.towers.default_training_config import TrainingConfig

FRAMES = int(EXCERPT_S * spectrogram.FRAME_RATE)
Item = TypeVar("Item")


@dataclass(frozen=True)
class Batch:
    """Arrays of one step. Excerpts come first in ``waveform``, then clips, then cover clips.

    The first excerpts have captions, so that few new sentences need embedding at each step.
    """

    waveform: Tensor
    gain: Tensor
    strip: Tensor
    roll: Tensor
    families: Tensor
    columns: Tensor
    """(3, B, ANCHORS) output columns of audio, sheet and MIDI."""
    usable: Tensor
    cover: Tensor
    sounding_captions: list[str]
    sheet_captions: list[str]
    clip_captions: list[str]
    cover_captions: list[str]
    related_texts: list[tuple[str, str]]


class BatchStream(IterableDataset[Batch]):
    """An endless stream of batches; each worker has a generator of its own."""

    def __init__(
        self,
        source: ExcerptSource,
        clips: Sequence[CaptionedClip],
        covers: Sequence[PicturedClip],
        related_texts: Sequence[tuple[str, str]],
        config: TrainingConfig,
        step: int,
    ) -> None:
        self.source = source
        self.clips = clips
        self.covers = covers
        self.related_texts = related_texts
        self.config = config
        self.step = step

    def __iter__(self) -> Iterator[Batch]:
        torch.set_num_threads(1)
        worker = torch.utils.data.get_worker_info()
        number = 0 if worker is None else worker.id
        random = np.random.default_rng([self.config.seed, self.step, number])
        while True:
            yield self._draw(random)

    def _draw(self, random: np.random.Generator) -> Batch:
        config = self.config
        excerpts = [self.source.draw(random) for _ in range(config.excerpts)]
        clips = _choose(self.clips, config.clips, random)
        covers = _choose(self.covers, config.covers, random)
        waveforms = [excerpt.waveform for excerpt in excerpts]
        waveforms += [_crop(clip.waveform, random) for clip in clips]
        waveforms += [_crop(cover.waveform, random) for cover in covers]
        padding = (spectrogram.SAMPLE_RATE // spectrogram.FRAME_RATE) * 2
        waveform = np.pad(np.stack(waveforms), ((0, 0), (1024, padding)))
        rolls = [piano_roll.piano_roll(excerpt.notes, 0.0, FRAMES) for excerpt in excerpts]
        seconds = np.stack([[e.audio_s, e.strip_x, e.midi_s] for e in excerpts]).swapaxes(0, 1)
        # column k of 4 frames (8 pixels) is centred on frame 4k + 1.5 (pixel 8k + 3.5)
        columns = np.empty(seconds.shape, np.int64)
        for row, (rate, stride) in enumerate(((20.0, 4), (1.0, 8), (20.0, 4))):
            exact = (seconds[row] * rate - (stride - 1) / 2) / stride
            columns[row] = np.clip(np.round(exact), 0, FRAMES // 4 - 1)
        pictures = [_picture(cover.image, random) for cover in covers]
        texts = [self.related_texts[i] for i in random.integers(len(self.related_texts), size=24)]
        return Batch(
            waveform=torch.from_numpy(waveform),
            gain=torch.from_numpy(
                np.stack([draw_equaliser(spectrogram.BINS, random) for _ in waveforms])
            ),
            strip=torch.from_numpy(np.stack([excerpt.strip for excerpt in excerpts])),
            roll=torch.from_numpy(np.stack([roll for roll, _ in rolls])),
            families=torch.from_numpy(np.stack([families for _, families in rolls])),
            columns=torch.from_numpy(columns),
            usable=torch.from_numpy(np.stack([excerpt.usable for excerpt in excerpts])),
            cover=torch.from_numpy(np.stack(pictures)),
            sounding_captions=[e.sounding_caption for e in excerpts[: config.captions]],
            sheet_captions=[e.sheet_caption for e in excerpts[: config.captions]],
            clip_captions=[str(random.choice(clip.captions)) for clip in clips],
            cover_captions=[str(random.choice(cover.captions)) for cover in covers],
            related_texts=texts,
        )


def _choose(items: Sequence[Item], count: int, random: np.random.Generator) -> list[Item]:
    return [items[i] for i in random.permutation(len(items))[:count]]


def _crop(waveform: np.ndarray, random: np.random.Generator) -> np.ndarray:
    length = int(EXCERPT_S * SAMPLE_RATE)
    start = int(random.integers(max(len(waveform) - length, 0) + 1))
    crop = waveform[start : start + length]
    return augment_waveform(np.pad(crop, (0, length - len(crop))), random)


def _picture(image: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A random crop of (3, s, s) mirrored or not, its colours a little changed."""
    size = image.shape[1] * 3 // 4
    top, left = random.integers(image.shape[1] - size + 1, size=2)
    crop = image[:, top : top + size, left : left + size]
    crop = crop[:, :, ::-1] if random.random() < 0.5 else crop
    gains = random.uniform(0.8, 1.2, (3, 1, 1)) * random.uniform(0.8, 1.2)
    return np.clip(crop * gains, 0, 1).astype(np.float32)
