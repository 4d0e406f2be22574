"""The ways of the literature: every file in ``configs/`` runs and learns, in miniature."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from miniature_sets import write_parts
from recipe_runs import (
    CONFIGS,
    ONE_SECOND,
    assert_above_chance,
    assert_learned,
    lengths,
    read_small,
    run_small,
)

import unisono
from unisono.towers.bundle import open_bundle, read_tensors
from unisono.towers.training.reading import ConfigError, read_config

ALONE = {
    "simclr.yaml": ("cover-alone", (*lengths(60), "pairs.cover-alone.batch=24")),
    "clmr.yaml": ("audio-alone", (*lengths(60), *ONE_SECOND, "pairs.audio-alone.batch=16")),
    "mule.yaml": (
        "audio-alone",
        (*lengths(60), *ONE_SECOND, "pairs.audio-alone.batch=16", "micro_batch=8"),
    ),
    "proximity.yaml": (
        "moments",
        (*lengths(60), *ONE_SECOND, "pairs.moments.batch=16", "within=0.5"),
    ),
    "cola.yaml": ("excerpts", (*lengths(60), *ONE_SECOND, "pairs.excerpts.batch=16")),
}
EVERY = sorted(path.name for path in CONFIGS.glob("*.yaml"))


@pytest.mark.parametrize("name", EVERY)
def test_every_file_says_how_it_is_run(name: str) -> None:
    """The command in the header gives every variable that the file needs."""
    text = (CONFIGS / name).read_text("utf-8")
    command = re.search(rf"^#   unisono train configs/{name}(.*)$", text, re.MULTILINE)
    assert command, f"{name}: no command in the header"
    run = read_config(CONFIGS / name, re.findall(r"--set (\S+)", command[1]))
    assert run.name == Path(name).stem
    assert run.pairs


def test_the_list_of_files_is_whole() -> None:
    listed = re.findall(r"^\| \[(\w+\.yaml)\]", (CONFIGS / "README.md").read_text(), re.MULTILINE)
    assert sorted(listed) == EVERY


def test_a_forgotten_folder_is_asked_for() -> None:
    with pytest.raises(ConfigError, match=r"clap\.yaml: data is not given; add --set data=VALUE"):
        read_config(CONFIGS / "clap.yaml")


@pytest.mark.parametrize("name", list(ALONE))
def test_a_modality_alone(name: str, miniature: Path, tmp_path: Path) -> None:
    """Pairs of recordings and covers that training never saw are told apart."""
    pairs, settings = ALONE[name]
    reached = run_small(read_small(name, miniature, settings), tmp_path / "run")
    assert_learned(reached, [pairs])


def test_parts_of_one_recording_are_told_apart(tmp_path: Path) -> None:
    """Moments are found by the part they are of, although the other part sounds alike."""
    (tmp_path / "data").mkdir()
    data = write_parts(tmp_path / "data")
    settings = (*lengths(60), *ONE_SECOND, "pairs.moments.batch=16", "within=1")
    reached = run_small(read_small("segmentation.yaml", data, settings), tmp_path / "run")
    assert_learned(reached, ["moments"])


@pytest.mark.parametrize("by", ["artist", "playlist"])
def test_what_belongs_together_lies_together(by: str, miniature: Path, tmp_path: Path) -> None:
    """The nearest other recording, of those held out, is of the same artist or playlist."""
    settings = (*lengths(60), *ONE_SECOND, "pairs.together.batch=16", f"by={by}")
    run = read_small("association.yaml", miniature, settings)
    reached = run_small(run, tmp_path / "run")
    with (miniature / "table.csv").open(encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["split"] == "valid"]
    groups = [set(row[by].split("|")) for row in rows]
    together = np.array([[bool(one & other) for other in groups] for one in groups])
    np.fill_diagonal(together, False)
    asked = together.any(1)
    vectors = unisono.load(reached.bundle).encode([miniature / row["audio"] for row in rows])
    similarity = vectors @ vectors.T
    np.fill_diagonal(similarity, -1)
    hits = together[np.arange(len(rows)), similarity.argmax(1)][asked]
    chance = together[asked].mean() * len(rows) / (len(rows) - 1)
    assert_above_chance(int(hits.sum()), len(hits), chance)


def devise() -> tuple[str, ...]:
    return (
        *lengths(20, stage="alone"),
        *lengths(20, stage="meeting"),
        *lengths(200, 0.02, stage="fine-tuning"),
        "validation.every_steps=20",
        *ONE_SECOND,
        "sources.recordings.seconds=1",
        *(f"sources.{one}.columns.text=sound" for one in ("train", "valid", "words.of")),
        *(f"pairs.{one}.batch=20" for one in ("audio-alone", "words-alone", "audio-words")),
    )


def test_each_side_alone_then_together(miniature: Path, tmp_path: Path) -> None:
    run = read_small("devise.yaml", miniature, devise())
    reached = run_small(run, tmp_path / "run")
    assert reached.before is not None
    # alone, the sides know nothing of each other
    alone = next(look for look in reached.looks if look.stage == "alone").sets["audio-words"]
    assert alone.forward_r1 < 0.2
    # DeViSE trains one way, from the recording to its words
    together = reached.looks[-1].sets["audio-words"]
    hits = round(together.forward_r1 * together.candidates)
    assert_above_chance(hits, together.candidates, together.chance)


def test_the_meeting_goes_on_from_what_each_side_learned(miniature: Path, tmp_path: Path) -> None:
    """As a stage, and as a run that starts from the bundle of another."""
    run = read_small("devise.yaml", miniature, (*devise(), "stages.alone.optimiser.steps=3"))
    stages = [replace(s, optimiser=replace(s.optimiser, steps=3)) for s in run.stages]
    alone = run_small(replace(run, stages=(stages[0],)), tmp_path / "alone")
    both = run_small(replace(run, stages=(stages[0], stages[1])), tmp_path / "both")
    assert alone.built is not None
    assert both.built is not None
    learned, begun = alone.built.nets.state_dict(), both.starts["meeting"]
    for name, tensor in learned.items():
        torch.testing.assert_close(begun[name], tensor, rtol=0, atol=0, msg=name)
    untrained = both.starts["alone"]
    assert any(not torch.equal(untrained[name], begun[name]) for name in learned)
    # the trunk and the words stay in the meeting, the head of the recordings does not
    met = both.built.nets.state_dict()
    moved = {name for name in met if not torch.equal(met[name], begun[name])}
    assert moved
    assert all(name.startswith("towers.audio.") for name in moved)
    assert not any(".trunk." in name for name in moved)

    warm = replace(run, stages=(stages[1],), start=str(alone.bundle), nets=type(run.nets)())
    started = run_small(warm, tmp_path / "warm").starts["meeting"]
    kept = read_tensors(open_bundle(alone.bundle).weights, "audio.")
    for name, array in kept.items():
        np.testing.assert_allclose(started[f"towers.audio.{name}"], array, atol=1e-6)
