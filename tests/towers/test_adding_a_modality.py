"""Modalities added to finished spaces: CLAP, CLIP, MERT as they are, the other towers trained."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import tiny_foreign
import torch
from miniature_sets import PAGES, TRAIN
from recipe_runs import BY_CHANCE, Reached, lengths, matching, read_small, run_small, weights_of

import unisono
from unisono.towers.bundle import open_bundle, read_tensors
from unisono.towers.training.building import Built

pytestmark = pytest.mark.usefixtures("torchvision_shim")


class Watched:
    """Weights of frozen nets before training, and how many items went through them since."""

    def __init__(self, *modalities: str) -> None:
        self.modalities = modalities
        self.before: Mapping[str, torch.Tensor] = {}
        self.seen = dict.fromkeys(modalities, 0)

    def begin(self, built: Built) -> None:
        """Called once the nets are there and validation has looked at its items."""
        self.before = weights_of(built)
        for modality in self.modalities:
            backbone = built.nets.towers[modality]
            pooled = backbone.pooled

            def counted(items: object, modality: str = modality, pooled: object = pooled) -> object:
                self.seen[modality] += len(items)  # type: ignore[arg-type]
                return pooled(items)  # type: ignore[operator]

            backbone.pooled = counted  # type: ignore[assignment]

    def assert_kept(self, reached: Reached) -> None:
        """Nothing of the frozen nets has changed, in memory and in the bundle."""
        assert reached.built is not None
        after = reached.built.nets.state_dict()
        for modality in self.modalities:
            prefix = f"towers.{modality}.net."
            names = [name for name in after if name.startswith(prefix)]
            assert names
            for name in names:
                torch.testing.assert_close(after[name], self.before[name], rtol=0, atol=0, msg=name)
            stored = read_tensors(open_bundle(reached.bundle).weights, f"{modality}.net.")
            for name, array in stored.items():
                expected = self.before[prefix + name].numpy()
                if expected.dtype == np.float32:
                    expected = expected.astype(np.float16).astype(np.float32)
                np.testing.assert_array_equal(array, expected, err_msg=name)


def run_recipe(
    name: str, data: Path, folder: Path, watched: Watched, settings: tuple[str, ...]
) -> Reached:
    return run_small(read_small(name, data, (*lengths(80), *settings)), folder, watched.begin)


def assert_stands_alone(bundle: Path, original: Path, data: Path, pairs: Mapping[str, str]) -> None:
    """Without the foreign model's folder, the bundle tells which held-out files belong together.

    pairs: of modalities by name -> column of the texts among them.
    """
    shutil.rmtree(original)
    space = unisono.load(bundle)
    with (data / "table.csv").open(encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["split"] == "valid"]
    for pair, words in pairs.items():
        left, right = (
            space.encode([row[words] if one == "text" else data / row[one] for row in rows])
            for one in pair.split("-")
        )
        assert left.shape == right.shape == (len(rows), space.dimension)
        np.testing.assert_allclose(np.linalg.norm(left, axis=1), 1, atol=1e-5)
        assert matching(left @ right.T) > BY_CHANCE, pair


@pytest.fixture(autouse=True)
def without_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def test_around_clap(miniature: Path, tmp_path: Path) -> None:
    """Pages, MIDI files and covers are led to what a frozen CLAP makes of sound and words."""
    tiny_foreign.save_clap(tmp_path / "clap")
    watched = Watched("audio", "text")
    settings = (
        f"clap={tmp_path / 'clap'}",
        "nets.character_dimension=24",
        *short("audio-sheet", "audio-midi", "cover-text"),
        *words("ground", "cover-text"),
    )
    reached = run_recipe("clap.yaml", miniature, tmp_path / "run", watched, settings)
    watched.assert_kept(reached)
    # each item of audio_sheet and audio_midi, of cover_text: once in all the steps
    assert watched.seen == {"audio": PAGES + TRAIN, "text": TRAIN}
    pairs = {"audio-sheet": "", "audio-midi": "", "cover-text": "ground"}
    assert_stands_alone(reached.bundle, tmp_path / "clap", miniature, pairs)


def test_around_open_clip(miniature: Path, tmp_path: Path) -> None:
    """Recordings, pages and MIDI files are led to what a frozen CLIP makes of words.

    Covers have nothing to do with sound here: their pairs with it run along.
    """
    kind = tiny_foreign.save_open_clip(tmp_path / "clip")
    watched = Watched("cover", "text")
    pairs = dict.fromkeys(("audio-text", "sheet-text", "midi-text"), "height")
    settings = (
        f"clip={kind.removeprefix('open_clip:')}",
        "nets.character_dimension=24",
        *short("audio-cover", *pairs),
        *words("height", *pairs),
    )
    reached = run_recipe("openclip.yaml", miniature, tmp_path / "run", watched, settings)
    watched.assert_kept(reached)
    assert watched.seen == {"cover": TRAIN, "text": TRAIN + PAGES + TRAIN}
    assert_stands_alone(reached.bundle, tmp_path / "clip", miniature, pairs)


def test_behind_mert(miniature: Path, tmp_path: Path) -> None:
    """A frozen MERT gets a trained map, and words, pages and MIDI files meet it there."""
    tiny_foreign.save_mert(tmp_path / "mert")
    watched = Watched("audio")
    pairs = {"audio-text": "height", "audio-sheet": "", "audio-midi": ""}
    settings = (f"mert={tmp_path / 'mert'}", *short(*pairs), *words("height", "audio-text"))
    reached = run_recipe("mert.yaml", miniature, tmp_path / "run", watched, settings)
    watched.assert_kept(reached)
    assert watched.seen == {"audio": TRAIN + PAGES + TRAIN}
    assert reached.built is not None
    assert any(
        not torch.equal(tensor, watched.before[name])
        for name, tensor in reached.built.nets.state_dict().items()
        if name.startswith("towers.audio.projection.")
    )
    assert_stands_alone(reached.bundle, tmp_path / "mert", miniature, pairs)


def short(*pairs: str) -> tuple[str, ...]:
    """Batches of 16 and excerpts of one second."""
    sources = [one.replace("-", "_") for one in pairs]
    return (
        *(f"pairs.{one}.batch=16" for one in pairs),
        *(f"sources.{part}{one}.seconds=1" for one in sources for part in ("", "valid_")),
    )


def words(column: str, *pairs: str) -> tuple[str, ...]:
    """The column that the texts of pairs are in."""
    sources = [f"{part}{one.replace('-', '_')}" for one in pairs for part in ("", "valid_")]
    return tuple(f"sources.{source}.columns.text={column}" for source in sources)
