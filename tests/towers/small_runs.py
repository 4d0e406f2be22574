"""Sources, configurations and nets that are small enough to train in a moment."""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from tiny_space import NETS, melody_notes, sound

from unisono.data.modality import Modality
from unisono.data.pairs.source import Content, Item, Side, SourceError
from unisono.towers.bundle import SpaceConfig
from unisono.towers.encoders import build_net
from unisono.towers.training.inputs import Inputs
from unisono.towers.training.nets import SpaceNets

COLOURS = (
    *("red", "green", "blue", "yellow", "black", "white"),
    *("purple", "orange", "pink", "brown", "grey", "golden"),
)


def write_rows(folder: Path, count: int = 12, *, table: str = "rows.csv", first: int = 0) -> Path:
    """Rows of a picture, a second of sound, its notes as MIDI, and a word."""
    import soundfile
    from PIL import Image

    from unisono.data.readers.midi import write_midi

    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for i in range(first, first + count):
        tone = np.random.default_rng(i).integers(0, 256, 3)
        Image.new("RGB", (16, 16), tuple(map(int, tone))).save(folder / f"{i}.png")
        notes = melody_notes(1.0, shift=i, step_s=0.25)
        soundfile.write(folder / f"{i}.wav", sound(notes), 16_000)
        write_midi(notes, folder / f"{i}.mid")
        colour = COLOURS[i % len(COLOURS)]
        rows.append(
            {"image": f"{i}.png", "wav": f"{i}.wav", "mid": f"{i}.mid", "words": f"{colour} {i}",
             "work": f"work {i}"}
        )  # fmt: skip
    with (folder / table).open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder


def settings(folder: Path, **changes: Any) -> dict[str, Any]:
    """Covers and words of ``write_rows``, twelve steps; ``changes`` replace entries."""
    return {
        "name": "small",
        "sources": {"rows": rows_of(folder)},
        "pairs": [
            {"name": "words", "source": "rows", "left": "cover", "right": "text", "batch": 6}
        ],
        "nets": asdict(NETS),
        "optimiser": {"steps": 12, "learning_rate": 0.01, "average_decay": 0.9},
        "workers": 0,
        "log_every": 1,
        "device": "cpu",
        **changes,
    }


def rows_of(folder: Path, **changes: Any) -> dict[str, Any]:
    """The source of ``write_rows``."""
    columns = {"cover": "image", "text": "words"}
    return {
        "kind": "table",
        "folder": str(folder),
        "table": "rows.csv",
        "columns": columns,
        "work": "work",
        **changes,
    }


@dataclass
class MadeSource:
    """Items made by a function of (index, role)."""

    roles: Mapping[str, Modality]
    works: Sequence[str]
    make: Callable[[int, str], Content]
    identity: Callable[[int, str], str] = lambda index, role: ""
    anchors: Mapping[str, npt.NDArray[np.float32]] = field(default_factory=dict)
    broken: Collection[int] = ()
    fixed: bool = True
    shares: npt.NDArray[np.float64] | None = None
    usable: Callable[[int], npt.NDArray[np.bool_] | None] = lambda index: None
    moments: Callable[[int], npt.NDArray[np.int64] | None] = lambda index: None

    def draw(self, index: int, roles: Collection[str], random: np.random.Generator) -> Item:
        if index in self.broken:
            raise SourceError(f"item {index} is broken")
        sides = {
            role: Side(
                self.roles[role],
                self.make(index, role),
                self.identity(index, role),
                anchors=self.anchors.get(role),
            )
            for role in roles
        }
        return Item(sides, self.works[index], self.usable(index), self.moments(index))


def pictures_and_vectors(count: int, works: Sequence[str] | None = None) -> MadeSource:
    """Pictures and sentences; the text of item i is "text i", its picture noise."""

    def make(index: int, role: str) -> Content:
        if role.startswith("text"):
            return f"text {index}"
        random = np.random.default_rng([index, len(role)])
        return random.random((3, 16, 16)).astype(np.float32)

    roles = {"cover": Modality.COVER, "text": Modality.TEXT}
    works = works or [f"work {i}" for i in range(count)]
    return MadeSource(roles, works, make, lambda index, role: f"{role} {index}")


class Words:
    """In place of sentence embeddings: a random unit vector for every text, always the same."""

    def __call__(self, sides: Sequence[Side]) -> Inputs:
        texts = tuple(str(side.content) for side in sides)
        rows = []
        for text in texts:
            random = np.random.default_rng(list(text.encode()))
            row = random.standard_normal(384).astype(np.float32)
            rows.append(torch.from_numpy(row / np.linalg.norm(row)))
        return Inputs(torch.stack(rows), texts=texts)


class FakeSentences:
    """Sentence embeddings without their model."""

    def __call__(self, texts: Sequence[str]) -> torch.Tensor:
        return Words()([Side(Modality.TEXT, text) for text in texts]).arrays


def small_nets(*modalities: str, seed: int = 0) -> SpaceNets:
    """Untrained default towers."""
    torch.manual_seed(seed)
    space = SpaceConfig(name="small", nets=NETS)
    return SpaceNets({name: build_net(Modality(name), space) for name in modalities}, NETS)
