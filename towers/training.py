"""Train the default space: a plain loop, symmetric InfoNCE on every pair of modalities.

``python -m unisono.towers.training --prepared DIR --banks DIR --out RUN`` with what
``data.prepare`` and ``data.prepare_banks`` made. A checkpoint is written every few minutes and
on Ctrl-C; the same command goes on from it.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset

from unisono.data.augmentation import augment_waveform, draw_equaliser
from unisono.data.corpus import Piece
from unisono.data.excerpts import EXCERPT_S, ExcerptSource
from unisono.data.prepare_banks import family_of
from unisono.data.sampled_notes import SAMPLE_RATE, Bank, load_bank
from unisono.data.sources.clips import CaptionedClip, PicturedClip
from unisono.towers import piano_roll, spectrogram
from unisono.towers.bundle import NetsConfig
from unisono.towers.convolutional import Columns
from unisono.towers.default_nets import DefaultNets
from unisono.towers.losses import symmetric_info_nce
from unisono.towers.sentences import SentenceCache

FRAMES = int(EXCERPT_S * spectrogram.FRAME_RATE)
Item = TypeVar("Item")


@dataclass(frozen=True)
class TrainingConfig:
    """How to train; ``minutes`` is the time of the whole run, over which the rate decays."""

    minutes: float = 70.0
    excerpts: int = 64
    captions: int = 64
    clips: int = 12
    covers: int = 8
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    warm_up: float = 0.03
    average_decay: float = 0.99
    character_weight: float = 0.5
    checkpoint_minutes: float = 4.0
    seed: int = 0


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


@dataclass(frozen=True)
class Losses:
    """One step's losses, for the log."""

    audio_sheet: Tensor
    audio_midi: Tensor
    sheet_midi: Tensor
    character: Tensor
    total: Tensor


def compute_losses(
    nets: DefaultNets, batch: Batch, sentences: SentenceCache, config: TrainingConfig
) -> Losses:
    """All pair losses of one batch."""
    count = config.excerpts
    sound = spectrogram.log_frequency_spectrogram(batch.waveform, batch.gain)
    audio: Columns = nets.audio(sound[..., :FRAMES].unsqueeze(1))
    sheet: Columns = nets.sheet(batch.strip.unsqueeze(1))
    midi: Columns = nets.midi(batch.roll, batch.families)
    notes_scale, character_scale = nets.inverse_temperatures()

    anchors = [
        _at(columns.notes[:count], batch.columns[row])[batch.usable]
        for row, columns in enumerate((audio, sheet, midi))
    ]
    pairs = [
        symmetric_info_nce(left @ right.T, notes_scale)
        for left, right in (
            (anchors[0], anchors[1]),
            (anchors[0], anchors[2]),
            (anchors[1], anchors[2]),
        )
    ]

    heard = nets.audio.embed_character(audio.character.mean(2))
    clips = slice(count, count + len(batch.clip_captions))
    pictured = slice(clips.stop, clips.stop + len(batch.cover_captions))
    read = nets.sheet.embed_character(sheet.character.mean(2))
    rolled = nets.midi.embed_character(midi.character.mean(2))
    covers = nets.cover(functional.interpolate(batch.cover, (96, 96), mode="area"))
    words = [*batch.sounding_captions, *batch.clip_captions]
    sounding = nets.text(sentences(words))
    notated = nets.text(sentences(batch.sheet_captions))
    cover_words = nets.text(sentences(batch.cover_captions))
    shorter = nets.text(sentences([short for short, _ in batch.related_texts]))
    longer = nets.text(sentences([long for _, long in batch.related_texts]))
    told = len(batch.sounding_captions)
    characters = [
        (torch.cat([heard[:told], heard[clips]]) @ sounding.T, same_texts(words)),
        (rolled[:told] @ sounding[:told].T, same_texts(batch.sounding_captions)),
        (read[:told] @ notated.T, same_texts(batch.sheet_captions)),
        (heard[:count] @ rolled.T, None),
        (heard[:count] @ read.T, None),
        (rolled @ read.T, None),
        (shorter @ longer.T, same_texts([short for short, _ in batch.related_texts])),
        (covers @ heard[pictured].T, None),
        (covers @ cover_words.T, same_texts(batch.cover_captions)),
    ]
    weights = torch.tensor([2.0, 1.0, 1.0, 0.5, 0.25, 0.25, 0.5, 0.25, 0.25])
    losses = torch.stack(
        [symmetric_info_nce(matrix, character_scale, same) for matrix, same in characters]
    )
    character = (losses * weights).sum() / weights.sum()
    notes = (pairs[0] * 2 + pairs[1] + pairs[2]) / 4
    total = notes + config.character_weight * character
    return Losses(pairs[0], pairs[1], pairs[2], character, total)


def _at(notes: Tensor, columns: Tensor) -> Tensor:
    """(B, d, T') and (B, K) column numbers -> (B, K, d)."""
    index = columns.unsqueeze(1).expand(-1, notes.shape[1], -1)
    return notes.gather(2, index).transpose(1, 2)


def same_texts(texts: Sequence[str]) -> Tensor:
    """(n, n) bool: which texts are equal, so that equal captions are not each other's negatives."""
    numbers = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    codes = torch.tensor([numbers[text] for text in texts])
    return codes[:, None] == codes[None, :]


def _ema(decay: float) -> Any:
    return torch.optim.swa_utils.get_ema_multi_avg_fn(decay)  # type: ignore[no-untyped-call]


def learning_rate_at(progress: float, config: TrainingConfig) -> float:
    """Linear warm-up, then a cosine to a hundredth; progress is 0..1 of the whole run."""
    if progress < config.warm_up:
        return config.learning_rate * max(progress / config.warm_up, 0.02)
    done = min((progress - config.warm_up) / (1 - config.warm_up), 1.0)
    return config.learning_rate * (0.01 + 0.99 * (1 + math.cos(math.pi * done)) / 2)


def train(stream: BatchStream, out: Path, config: TrainingConfig) -> DefaultNets:
    """Train until ``config.minutes`` have gone into the run; resumes what ``out`` holds."""
    torch.manual_seed(config.seed)
    nets = DefaultNets(NetsConfig())
    average = torch.optim.swa_utils.AveragedModel(
        nets, multi_avg_fn=_ema(config.average_decay), use_buffers=True
    )
    decayed = [p for p in nets.parameters() if p.ndim > 1]
    plain = [p for p in nets.parameters() if p.ndim <= 1]
    groups: list[dict[str, Any]] = [{"params": decayed}, {"params": plain, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, config.learning_rate, weight_decay=config.weight_decay)
    sentences = SentenceCache(out / "sentences.npz")
    step, spent = 0, 0.0
    checkpoint = out / "checkpoint.pt"
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        nets.load_state_dict(state["nets"])
        average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        step, spent = state["step"], state["spent"]
        print(f"going on from step {step}, {spent / 60:.1f} minutes in", flush=True)
    stream.step = step
    loader = DataLoader(stream, batch_size=None, num_workers=1, prefetch_factor=4)

    def save() -> None:
        state = {
            "nets": nets.state_dict(),
            "average": average.state_dict(),
            "optimiser": optimiser.state_dict(),
            "step": step,
            "spent": spent,
        }
        torch.save(state, checkpoint.with_suffix(".partial"))
        checkpoint.with_suffix(".partial").replace(checkpoint)
        sentences.save()

    nets.train()
    saved, tick = spent, time.monotonic()
    waited = 0.0
    batches = iter(loader)
    try:
        while spent < config.minutes * 60:
            asked = time.monotonic()
            batch = next(batches)
            waited += time.monotonic() - asked
            rate = learning_rate_at(spent / (config.minutes * 60), config)
            for group in optimiser.param_groups:
                group["lr"] = rate
            losses = compute_losses(nets, batch, sentences, config)
            optimiser.zero_grad(set_to_none=True)
            losses.total.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(nets.parameters(), 5.0)
            optimiser.step()
            average.update_parameters(nets)
            step += 1
            now = time.monotonic()
            spent += now - tick
            tick = now
            if step % 10 == 0:
                _log(out, step, spent, rate, waited, losses, nets)
                waited = 0.0
            if spent - saved > config.checkpoint_minutes * 60:
                save()
                saved = spent
    finally:
        save()
    averaged = average.module
    assert isinstance(averaged, DefaultNets)
    return averaged


def _log(
    out: Path,
    step: int,
    spent: float,
    rate: float,
    waited: float,
    losses: Losses,
    nets: DefaultNets,
) -> None:
    record = {
        "step": step,
        "minutes": round(spent / 60, 2),
        "learning_rate": round(rate, 6),
        "waited_s": round(waited, 2),
        "audio_sheet": round(float(losses.audio_sheet.detach()), 3),
        "audio_midi": round(float(losses.audio_midi.detach()), 3),
        "sheet_midi": round(float(losses.sheet_midi.detach()), 3),
        "character": round(float(losses.character.detach()), 3),
        "scales": [round(float(scale), 1) for scale in nets.inverse_temperatures()],
    }
    line = json.dumps(record)
    with (out / "log.jsonl").open("a") as stream:
        stream.write(line + "\n")
    print(line, flush=True)


def weights_of(checkpoint: Path) -> dict[str, Tensor]:
    """The running average of a checkpoint, by the names of ``DefaultNets``."""
    prefix = "module."
    average = torch.load(checkpoint, weights_only=True)["average"]
    return {n[len(prefix) :]: tensor for n, tensor in average.items() if n.startswith(prefix)}


def load_pieces(folder: Path) -> list[Piece]:
    """Every prepared piece with more than twenty notes."""
    pieces = [Piece.load(path) for path in sorted(folder.glob("*.npz"))]
    return [piece for piece in pieces if len(piece.pitch) > 20]


def load_banks(folder: Path) -> dict[str, list[Bank]]:
    """Banks by the instrument word of their program."""
    banks: dict[str, list[Bank]] = {}
    for path in sorted(folder.glob("*.npy")):
        bank = load_bank(path)
        banks.setdefault(family_of(bank.program), []).append(bank)
    return banks
