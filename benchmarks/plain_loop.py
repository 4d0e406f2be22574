"""The character stage of the default recipe as a plain PyTorch loop, to compare the trainer with.

The same nets, front ends, losses, weights of the losses, precision and running average, written
out for these pair sets alone: no plan, no log, no checkpoints, no going on.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset

from unisono.data.pairs.source import Item, PairSource
from unisono.towers.losses import symmetric_info_nce
from unisono.towers.training.building import Built
from unisono.towers.training.config import LossConfig, TrainingRun
from unisono.towers.training.front_ends import FrontEnd
from unisono.towers.training.inputs import Inputs

EXCERPTS, CLIPS, COVERS, CAPTIONS = 64, 24, 4, 24
LEARNING_RATE, WEIGHT_DECAY, CLIP, AVERAGE_DECAY = 0.002, 0.02, 5.0, 0.99
IMAGES = ("audio", "sheet", "midi")
CHARACTER = {
    ("audio", "text"): 0.16,
    ("midi", "text"): 0.08,
    ("sheet", "sheet_text"): 0.08,
    ("audio", "midi"): 0.04,
    ("audio", "sheet"): 0.02,
    ("clip_audio", "clip_text"): 0.04,
    ("cover", "cover_audio"): 0.02,
    ("cover", "cover_text"): 0.02,
    ("left", "right"): 0.04,
}
STAGE = 1
PAIRS = 5 * EXCERPTS + CLIPS + 2 * COVERS + CAPTIONS
"""Of items in a step."""

Batch = dict[str, Any]


def check_same(run: TrainingRun) -> None:
    """Raise RuntimeError when the character stage of a recipe is not what this loop trains."""
    stage = run.stages[STAGE]
    asked = [one for one in run.pairs if one.name in stage.pairs]
    small = {"clip_audio": CLIPS, "cover": COVERS, "left": CAPTIONS}
    own = [("character", w, small.get(left, EXCERPTS)) for (left, _), w in CHARACTER.items()]
    options = stage.optimiser
    same = (
        sorted((one.view, one.weight, one.batch) for one in asked) == sorted(own)
        and all(one.loss == LossConfig() and one.same_work == "apart" for one in asked)
        and (options.learning_rate, options.weight_decay) == (LEARNING_RATE, WEIGHT_DECAY)
        and (options.clip_gradient, options.average_decay) == (CLIP, AVERAGE_DECAY)
        and (run.micro_batch, run.mixing, run.workers) == (0, "together", 1)
    )
    if not same:
        raise RuntimeError(
            "configs/default.yaml no longer trains what benchmarks/plain_loop.py does; "
            "write the change into the loop too"
        )


class Batches(IterableDataset[Batch]):
    """Batches of the four sources, one after the other."""

    def __init__(
        self, sources: Mapping[str, PairSource], front_ends: Mapping[str, FrontEnd]
    ) -> None:
        self.sources, self.front_ends = sources, front_ends

    def __iter__(self) -> Iterator[Batch]:
        random = np.random.default_rng(0)
        while True:
            yield self._batch(random)

    def _batch(self, random: np.random.Generator) -> Batch:
        pieces = self._draw("excerpts", EXCERPTS, random)
        clips = self._draw("clips", CLIPS, random)
        covers = self._draw("covers", COVERS, random)
        captions = self._draw("captions", CAPTIONS, random)
        heard = [self._shaped("audio", items, "audio") for items in (pieces, clips, covers)]
        seen = self._shaped("sheet", pieces, "sheet")
        played = self._shaped("midi", pieces, "midi")
        texts = {
            "text": (pieces, "text"),
            "sheet_text": (pieces, "sheet_text"),
            "clip_text": (clips, "text"),
            "cover_text": (covers, "text"),
            "left": (captions, "left"),
            "right": (captions, "right"),
        }
        return {
            "audio": torch.cat([one.arrays for one in heard]),
            "sheet": seen.arrays,
            "midi": played.arrays,
            "families": played.extra,
            "cover": self._shaped("cover", covers, "cover").arrays,
            "sentences": torch.cat(
                [self._shaped("text", items, role).arrays for items, role in texts.values()]
            ),
            "same": {
                name: _same([str(item.sides[role].content) for item in items])
                for name, (items, role) in texts.items()
            },
        }

    def _draw(self, name: str, count: int, random: np.random.Generator) -> list[Item]:
        source = self.sources[name]
        chosen = random.choice(len(source.works), count, replace=False, p=source.shares)
        return [source.draw(int(index), list(source.roles), random) for index in chosen]

    def _shaped(self, modality: str, items: Sequence[Item], role: str) -> Inputs:
        return self.front_ends[modality]([item.sides[role] for item in items])


class PlainLoop:
    """Nets, optimiser and loader of the loop."""

    def __init__(self, built: Built, sources: Mapping[str, PairSource], precision: str) -> None:
        self.nets = built.nets.train()
        self.towers: Any = built.nets.towers
        self.precision = precision
        self.scales = nn.Parameter(torch.full((len(CHARACTER),), 1 / 0.07).log())
        self.optimiser = torch.optim.AdamW(
            [*self.nets.parameters(), self.scales], lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY
        )
        averaging: Any = torch.optim.swa_utils
        self.average = averaging.AveragedModel(
            self.nets,
            multi_avg_fn=averaging.get_ema_multi_avg_fn(AVERAGE_DECAY),
            use_buffers=True,
        )
        self.loader = DataLoader(
            Batches(sources, built.front_ends), batch_size=None, num_workers=1, prefetch_factor=4
        )

    def run(self, steps: int) -> list[float]:
        """Train so many steps; returns the clock after each."""
        ticks = []
        for _, batch in zip(range(steps), self.loader, strict=False):
            self.loss(batch).backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_([*self.nets.parameters(), self.scales], CLIP)
            self.optimiser.step()
            self.optimiser.zero_grad(set_to_none=True)
            self.average.update_parameters(self.nets)
            ticks.append(time.perf_counter())
        return ticks

    def loss(self, batch: Batch) -> Tensor:
        """The weighted mean of the losses of all pair sets."""
        character = self.embed(batch)
        losses: list[Tensor] = []
        for left, right in CHARACTER:
            rows = len(character[right])
            same = torch.eye(rows, dtype=torch.bool)
            for name in (left, right):
                same |= batch["same"].get(name, same)
            left_rows, right_rows = character[left][:rows], character[right]
            losses.append(self._info_nce(left_rows, right_rows, len(losses), same))
        weighted = [loss * weight for loss, weight in zip(losses, CHARACTER.values(), strict=True)]
        return torch.stack(weighted).sum() / sum(CHARACTER.values())

    def _info_nce(self, left: Tensor, right: Tensor, number: int, same: Tensor | None) -> Tensor:
        return symmetric_info_nce(left @ right.T, self.scales[number].exp(), same)

    def embed(self, batch: Batch) -> dict[str, Tensor]:
        """The character of every role."""
        character = {}
        for name in IMAGES:
            net = self.towers[name].character
            image = batch[name].to(memory_format=torch.channels_last)
            extra = batch["families"] if name == "midi" else None
            with self._autocast():
                hidden = net.hidden(image, extra)
            character[name] = net.embed(net.features(hidden.float()).mean(2))
        sounds = character["audio"].split([EXCERPTS, CLIPS, COVERS])
        character["audio"], character["clip_audio"], character["cover_audio"] = sounds
        cover = self.towers["cover"]
        with self._autocast():
            pooled = cover.pooled(batch["cover"])
        character["cover"] = cover.head(pooled.float())
        counts = [EXCERPTS, EXCERPTS, CLIPS, COVERS, CAPTIONS, CAPTIONS]
        texts = self.towers["text"](batch["sentences"]).split(counts)
        character |= dict(zip(batch["same"], texts, strict=True))
        return character

    def _autocast(self) -> torch.autocast:
        return torch.autocast("cpu", torch.bfloat16, enabled=self.precision == "bfloat16")


def _same(texts: Sequence[str]) -> Tensor:
    """(n, n) bool, where two texts are the same."""
    return torch.tensor([[one == other for other in texts] for one in texts])
