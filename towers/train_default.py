"""Train the default space from a folder of sources: the command behind the shipped bundle.

``python -m unisono.towers.train_default DATA --prepared DIR --banks DIR --out RUN``
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from unisono.data.corpus import load_pieces
from unisono.data.excerpts import ExcerptSource
from unisono.data.prepare_banks import load_banks
from unisono.data.sources.clips import captioned_clips, pictured_clips, related_texts
from unisono.towers.batches import BatchStream
from unisono.towers.default_training import train
from unisono.towers.default_training_config import TrainingConfig


def open_stream(
    data: Path, prepared: Path, banks: Path, *, excerpts: int = 64, seed: int = 0
) -> BatchStream:
    """Batches from prepared pieces, banks of notes, and the folders genres, covers, captions."""
    config = TrainingConfig(excerpts=excerpts, captions=excerpts, seed=seed)
    pieces = load_pieces(prepared / "train")
    clips = captioned_clips(data / "genres", "train", free_only=True)
    covers = pictured_clips(data / "covers", "train", free_only=True)
    texts = related_texts(data / "captions")
    print(f"{len(pieces)} pieces, {len(clips)} clips, {len(covers)} pictures, {len(texts)} texts")
    source = ExcerptSource(pieces, load_banks(banks))
    return BatchStream(source, clips, covers, texts, config, step=0)


def main() -> None:
    """Train, or go on training, and write the averaged weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder with genres, covers and captions")
    parser.add_argument("--prepared", type=Path, required=True)
    parser.add_argument("--banks", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=TrainingConfig.minutes)
    parser.add_argument("--excerpts", type=int, default=TrainingConfig.excerpts)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    config = TrainingConfig(
        minutes=arguments.minutes, excerpts=arguments.excerpts, captions=arguments.excerpts
    )
    stream = open_stream(
        arguments.data, arguments.prepared, arguments.banks, excerpts=arguments.excerpts
    )
    nets = train(stream, arguments.out, config)
    torch.save(nets.state_dict(), arguments.out / "nets.pt")


if __name__ == "__main__":
    main()
