"""Second stage of training the default space: the character heads alone, in large batches.

What the nets make of some thousand excerpts is computed once; then the heads, the text head and
the cover tower learn from all of it many times over. The notes view does not change.

``python -m unisono.towers.refine_character DATA --prepared DIR --banks DIR --out RUN``
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from unisono.towers import spectrogram
from unisono.towers.batches import FRAMES, Batch, BatchStream
from unisono.towers.default_nets import DefaultNets
from unisono.towers.default_training import same_texts, weights_of
from unisono.towers.losses import symmetric_info_nce
from unisono.towers.sentences import SentenceCache
from unisono.towers.train_default import open_stream


@dataclass(frozen=True)
class RefineConfig:
    """How long and how."""

    batches: int = 90
    """Batches of the first stage that are kept."""
    steps: int = 900
    batch: int = 384
    learning_rate: float = 1.5e-3
    weight_decay: float = 0.05
    dropout: float = 0.1
    seed: int = 1


@dataclass(frozen=True)
class Kept:
    """What the frozen parts made of many batches.

    heard, read, rolled: (n, features, T') in half precision, row by row the same excerpts;
    clips and pictured likewise, of real clips and of the music of pictures.
    """

    heard: Tensor
    read: Tensor
    rolled: Tensor
    sounding: list[str]
    notated: list[str]
    clips: Tensor
    clip_words: list[str]
    pictures: Tensor
    pictured: Tensor
    picture_words: list[str]


def keep(nets: DefaultNets, stream: BatchStream, config: RefineConfig) -> Kept:
    """Run the frozen parts over ``config.batches`` batches."""
    from tqdm import tqdm

    loader = torch.utils.data.DataLoader(stream, batch_size=None, num_workers=1)
    nets.eval()
    parts: list[Kept] = []
    with torch.inference_mode():
        for _, batch in zip(tqdm(range(config.batches), unit="batch"), loader, strict=False):
            parts.append(_keep_batch(nets, batch))
    return Kept(
        heard=torch.cat([part.heard for part in parts]),
        read=torch.cat([part.read for part in parts]),
        rolled=torch.cat([part.rolled for part in parts]),
        sounding=[text for part in parts for text in part.sounding],
        notated=[text for part in parts for text in part.notated],
        clips=torch.cat([part.clips for part in parts]),
        clip_words=[text for part in parts for text in part.clip_words],
        pictures=torch.cat([part.pictures for part in parts]),
        pictured=torch.cat([part.pictured for part in parts]),
        picture_words=[text for part in parts for text in part.picture_words],
    )


def _keep_batch(nets: DefaultNets, batch: Batch) -> Kept:
    sound = spectrogram.log_frequency_spectrogram(batch.waveform, batch.gain)
    heard = nets.audio.hidden(sound[..., :FRAMES].unsqueeze(1)).half()
    read = nets.sheet.hidden(batch.strip.unsqueeze(1)).half()
    rolled = nets.midi.with_extra(nets.midi.hidden(batch.roll), batch.families).half()
    count = len(batch.strip)
    clips = count + len(batch.clip_captions)
    told = len(batch.sounding_captions)
    return Kept(
        heard=heard[:told],
        read=read[:told],
        rolled=rolled[:told],
        sounding=batch.sounding_captions,
        notated=batch.sheet_captions,
        clips=heard[count:clips],
        clip_words=batch.clip_captions,
        pictures=functional.interpolate(batch.cover, (96, 96), mode="area"),
        pictured=heard[clips:],
        picture_words=batch.cover_captions,
    )


def refine(
    nets: DefaultNets,
    kept: Kept,
    related: list[tuple[str, str]],
    sentences: SentenceCache,
    config: RefineConfig,
) -> None:
    """Train the heads in place."""
    from tqdm import tqdm

    torch.manual_seed(config.seed)
    parameters = [
        parameter
        for tower in (nets.audio, nets.sheet, nets.midi)
        for part in (tower.character_features, tower.character)
        for parameter in part.parameters()
    ]
    parameters += [*nets.text.parameters(), *nets.cover.parameters(), nets.log_scale]
    optimiser = torch.optim.AdamW(
        parameters, config.learning_rate, weight_decay=config.weight_decay
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, config.steps)
    nets.cover.train()
    shorter, longer = sentences([a for a, _ in related]), sentences([b for _, b in related])
    progress = tqdm(range(config.steps), unit="step")
    for _ in progress:
        rows = torch.randperm(len(kept.heard))[: config.batch]
        clips = torch.randperm(len(kept.clips))[: config.batch // 8]
        pictures = torch.randperm(len(kept.pictures))[:24]
        texts = torch.randperm(len(related))[: config.batch // 4]
        loss = _loss(nets, kept, sentences, rows, clips, pictures, config)
        scale = nets.inverse_temperatures()[1]
        related_matrix = nets.text(shorter[texts]) @ nets.text(longer[texts]).T
        loss = loss + 0.1 * symmetric_info_nce(related_matrix, scale)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
        progress.set_postfix(loss=f"{float(loss.detach()):.3f}")
    nets.eval()


def _loss(
    nets: DefaultNets,
    kept: Kept,
    sentences: SentenceCache,
    rows: Tensor,
    clips: Tensor,
    pictures: Tensor,
    config: RefineConfig,
) -> Tensor:
    def embed(tower_name: str, hidden: Tensor) -> Tensor:
        tower = getattr(nets, tower_name)
        dropped = functional.dropout(hidden.float(), config.dropout)
        embedded: Tensor = tower.embed_character(tower.character_features(dropped).mean(2))
        return embedded

    words = [kept.sounding[i] for i in rows] + [kept.clip_words[i] for i in clips]
    notated_words = [kept.notated[i] for i in rows]
    picture_words = [kept.picture_words[i] for i in pictures]
    heard = embed("audio", torch.cat([kept.heard[rows], kept.clips[clips]]))
    read, rolled = embed("sheet", kept.read[rows]), embed("midi", kept.rolled[rows])
    pictured = embed("audio", kept.pictured[pictures])
    covers = nets.cover(kept.pictures[pictures])
    sounding, notated = nets.text(sentences(words)), nets.text(sentences(notated_words))
    scale = nets.inverse_temperatures()[1]
    count = len(rows)
    same_picture = same_texts(picture_words)
    losses = [
        1.0 * symmetric_info_nce(heard @ sounding.T, scale, same_texts(words)),
        0.7 * symmetric_info_nce(rolled @ sounding[:count].T, scale, same_texts(words[:count])),
        0.7 * symmetric_info_nce(read @ notated.T, scale, same_texts(notated_words)),
        0.2 * symmetric_info_nce(heard[:count] @ rolled.T, scale),
        0.1 * symmetric_info_nce(heard[:count] @ read.T, scale),
        0.1 * symmetric_info_nce(rolled @ read.T, scale),
        0.1 * symmetric_info_nce(covers @ pictured.T, scale, same_picture),
        0.1
        * symmetric_info_nce(covers @ nets.text(sentences(picture_words)).T, scale, same_picture),
    ]
    return torch.stack(losses).sum()


def main() -> None:
    """Refine what a run's checkpoint holds and write ``refined.pt`` beside it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--prepared", type=Path, required=True)
    parser.add_argument("--banks", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="the folder of the first stage")
    parser.add_argument("--batches", type=int, default=RefineConfig.batches)
    parser.add_argument("--steps", type=int, default=RefineConfig.steps)
    arguments = parser.parse_args()
    config = RefineConfig(batches=arguments.batches, steps=arguments.steps)
    nets = DefaultNets()
    nets.load_state_dict(weights_of(arguments.out / "checkpoint.pt"))
    stream = open_stream(arguments.data, arguments.prepared, arguments.banks, seed=config.seed)
    kept = keep(nets, stream, config)
    sentences = SentenceCache(arguments.out / "sentences.npz")
    refine(nets, kept, list(stream.related_texts), sentences, config)
    sentences.save()
    torch.save(nets.state_dict(), arguments.out / "refined.pt")


if __name__ == "__main__":
    main()
