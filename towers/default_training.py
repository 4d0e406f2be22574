"""Train the default space: a plain loop, symmetric InfoNCE on every pair of modalities.

``towers.train_default`` is its command. A checkpoint is written every few minutes and on Ctrl-C;
the same command goes on from it.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader

from unisono.towers import spectrogram
from unisono.towers.batches import FRAMES, Batch, BatchStream
from unisono.towers.bundle import NetsConfig
from unisono.towers.convolutional import Columns
from unisono.towers.default_nets import DefaultNets
from unisono.towers.default_training_config import TrainingConfig
from unisono.towers.losses import symmetric_info_nce
from unisono.towers.sentences import SentenceCache


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
