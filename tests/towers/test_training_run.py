"""Whole runs in miniature: trained, stopped, gone on with, and opened."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small_runs import FakeSentences, rows_of, write_rows
from torch import Tensor
from torch.nn import functional
from training_runs import (
    SOUNDS,
    Stop,
    go,
    losses,
    optimiser,
    parsed,
    weights,
)

from unisono.data.modality import Modality
from unisono.data.pairs.source import SourceError
from unisono.towers.cover import CoverTower
from unisono.towers.space import load
from unisono.towers.training.optimising import schedule
from unisono.towers.training.reading import ConfigError
from unisono.towers.training.run import train
from unisono.towers.training.run_log import read
from unisono.towers.training.stage import DivergedError
from unisono.towers.training.watching import LogWatcher, TensorBoardWatcher, Watcher


@pytest.fixture(autouse=True)
def quick_sentences(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("unisono.towers.sentences.SentenceCache", FakeSentences)
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_rows(tmp_path_factory.mktemp("rows"))


def test_a_run_learns_and_its_bundle_encodes(rows: Path, tmp_path: Path) -> None:
    pairs = [
        {"name": "words", "source": "rows", "left": "cover", "right": "text", "batch": 12},
        {"name": "notes", "source": "sounds", "left": "audio", "right": "midi", "view": "notes",
         "batch": 12},
    ]  # fmt: skip
    sources = {"rows": rows_of(rows), "sounds": rows_of(rows, **SOUNDS)}
    run = parsed(rows, pairs=pairs, sources=sources, optimiser={"steps": 30, "learning_rate": 0.01})
    bundle = go(run, tmp_path / "run")
    log = read(tmp_path / "run")
    first, last = log.steps[0], log.steps[-1]
    assert (first.step, last.step) == (1, 30)
    for name in ("words", "notes"):
        assert last.losses[name] < 0.8 * first.losses[name]
        assert first.signs[name].gap >= 0
    assert log.ends[-1].why == "finished"
    space = load(bundle)
    heard = space.encode([rows / "3.wav", rows / "3.mid", "a red cover"])
    seen = space.encode([rows / "3.png"], modality=Modality.COVER)
    vectors = np.concatenate([heard, seen])
    assert vectors.shape == (4, 20)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
    card = json.loads((tmp_path / "run" / "run.json").read_text())
    assert [one["name"] for one in card["pairs"]] == ["words", "notes"]


def test_the_learning_rate_rises_and_falls() -> None:
    rates = [schedule(progress, 0.1) for progress in np.linspace(0, 1, 101)]
    assert rates[0] == pytest.approx(0.02)
    assert rates[5] == pytest.approx(0.5)
    assert rates[10] == pytest.approx(1.0)
    assert rates[55] == pytest.approx((1 + 0.01) / 2)
    assert rates[100] == pytest.approx(0.01)
    assert schedule(0.0, 0.0) == pytest.approx(1.0)
    assert schedule(1.0, 1.0) > 0


@pytest.fixture
def dropping_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cover towers with dropout."""

    def head(tower: CoverTower, pooled: Tensor) -> Tensor:
        kept = functional.dropout(pooled, 0.5, tower.training)
        return functional.normalize(tower.character(kept), dim=-1)

    monkeypatch.setattr(CoverTower, "head", head)


@pytest.mark.usefixtures("dropping_out")
@pytest.mark.parametrize(("workers", "kind"), [(0, "adamw"), (1, "adamw"), (0, "muon")])
def test_a_stopped_run_goes_on_to_the_same_curve(
    rows: Path, tmp_path: Path, workers: int, kind: str
) -> None:
    run = parsed(
        rows,
        optimiser={"kind": kind, "steps": 12, "learning_rate": 0.01},
        sources={"rows": rows_of(rows, augment=True)},
        workers=workers,
        validation={"pairs": {"words": "rows"}, "every_steps": 4, "pairs_each": 12},
    )
    at_once = go(run, tmp_path / "once")
    with pytest.raises(KeyboardInterrupt):
        go(run, tmp_path / "twice", Stop(5))
    assert read(tmp_path / "twice").ends[-1].why == "interrupted"
    assert not (tmp_path / "twice" / "bundle").exists()
    torch.rand(7)
    in_two = go(run, tmp_path / "twice", Stop(3))  # steps begin to be counted at 6
    one, other = read(tmp_path / "once"), read(tmp_path / "twice")
    assert len(losses(one)) == 12
    assert losses(one) == losses(other)
    assert [r.score for r in one.validations] == [r.score for r in other.validations]
    assert len(one.validations) == 3
    first, second = weights(at_once), weights(in_two)
    assert all(first[name].tobytes() == second[name].tobytes() for name in first)
    # and a third time there is nothing left to do
    third = weights(go(run, tmp_path / "twice", Stop(12)))
    assert all(first[name].tobytes() == third[name].tobytes() for name in first)


def test_workers_do_not_change_the_curve(rows: Path, tmp_path: Path) -> None:
    found = []
    for workers in (0, 2):
        go(parsed(rows, workers=workers, optimiser=optimiser()), tmp_path / str(workers))
        found.append(losses(read(tmp_path / str(workers))))
    assert found[0] == found[1]


def test_a_folder_of_another_run_is_refused(rows: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    first = parsed(rows, optimiser=optimiser())
    go(first, folder)
    other = parsed(rows, optimiser=optimiser(learning_rate=0.5), seed=3)
    with pytest.raises(ConfigError) as caught:
        go(other, folder)
    assert str(caught.value) == (
        f"{folder}: holds a run with other settings (stages.0.optimiser.learning_rate, seed); "
        "give another --out, or --fresh to begin anew"
    )
    before = losses(read(folder))
    go(other, folder, fresh=True)
    log = read(folder)
    assert len(log.starts) == 1
    assert losses(log) != before


def test_what_does_not_matter_may_change_between_two_halves(rows: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        go(parsed(rows), tmp_path, Stop(2))
    run = parsed(rows, log_every=5, workers=1, checkpoint_minutes=1.0)
    go(run, tmp_path)
    assert [record.step for record in read(tmp_path).steps] == [1, 2, 5, 10]


def test_a_folder_with_other_things_is_left_alone(rows: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    for fresh in (False, True):
        with pytest.raises(ConfigError, match="is not empty and holds no run; give another --out"):
            go(parsed(rows), tmp_path, fresh=fresh)
    assert (tmp_path / "thesis.txt").read_text() == "mine"


@pytest.mark.parametrize("damage", [b"", b"PK no"])
def test_a_damaged_checkpoint_is_told(rows: Path, tmp_path: Path, damage: bytes) -> None:
    with pytest.raises(KeyboardInterrupt):
        go(parsed(rows), tmp_path, Stop(2))
    (tmp_path / "checkpoint.pt").write_bytes(damage)
    with pytest.raises(ConfigError, match="or damaged") as caught:
        go(parsed(rows), tmp_path)
    assert "\n" not in str(caught.value)


def test_damaged_settings_of_a_run_are_told(rows: Path, tmp_path: Path) -> None:
    go(parsed(rows, optimiser=optimiser(steps=1)), tmp_path)
    (tmp_path / "run.json").write_text('{"name": ')
    with pytest.raises(ConfigError, match=r"run.json: is damaged; give another --out, or --fresh"):
        go(parsed(rows, optimiser=optimiser(steps=1)), tmp_path)
    assert go(parsed(rows, optimiser=optimiser(steps=1)), tmp_path, fresh=True).is_dir()


def test_a_run_that_fails_leaves_a_checkpoint_of_whole_steps(rows: Path, tmp_path: Path) -> None:
    class Fail(Watcher):
        def stepped(self, step: int, total_steps: float, seconds: float, pairs: int) -> None:
            if step == 4:
                raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        go(parsed(rows), tmp_path, Fail())
    assert torch.load(tmp_path / "checkpoint.pt", weights_only=True)["state"]["step"] == 4


def test_a_start_that_is_no_bundle_is_told(rows: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no such folder"):
        go(parsed(rows, start=str(tmp_path / "none")), tmp_path / "run")


def test_one_set_a_step_follows_the_weights(rows: Path, tmp_path: Path) -> None:
    pairs = {"source": "rows", "left": "cover", "right": "text", "batch": 4}
    run = parsed(
        rows,
        pairs=[{"name": "often", "weight": 3.0, **pairs}, {"name": "seldom", **pairs}],
        mixing="one-set-a-step",
        optimiser=optimiser(steps=40),
    )
    go(run, tmp_path)
    steps = read(tmp_path).steps
    assert all(len(record.losses) == 1 for record in steps)
    often = sum("often" in record.losses for record in steps)
    assert 22 <= often <= 37  # 30 are expected


def test_a_broken_file_is_passed_over_and_named(rows: Path, tmp_path: Path) -> None:
    folder = write_rows(tmp_path / "rows", 8)
    (folder / "3.png").write_bytes(b"no picture")
    (folder / "5.png").unlink()
    run = parsed(
        folder,
        sources={"rows": rows_of(folder, augment=True)},
        workers=1,
        optimiser=optimiser(steps=4),
    )
    go(run, tmp_path / "run")
    faults = (tmp_path / "run" / "faults.txt").read_text().splitlines()
    assert any("3.png" in line for line in faults)
    assert any("5.png" in line for line in faults)
    assert all("Traceback" not in line for line in faults)
    assert len(read(tmp_path / "run").steps) == 4


@pytest.mark.parametrize("workers", [0, 1])
def test_a_source_of_which_nothing_can_be_read_ends_the_run_in_a_sentence(
    tmp_path: Path, workers: int
) -> None:
    folder = write_rows(tmp_path / "rows", 6)
    for picture in folder.glob("*.png"):
        picture.write_bytes(b"no picture")
    sources = {"rows": rows_of(folder, augment=True)}
    with pytest.raises(SourceError, match="items in a row can be read; the first"):
        go(parsed(folder, sources=sources, workers=workers), tmp_path / "run")


def test_works_in_both_training_and_validation_are_counted(rows: Path, tmp_path: Path) -> None:
    write_rows(rows, 8, table="valid.csv", first=9)
    sources = {"rows": rows_of(rows), "valid": rows_of(rows, table="valid.csv")}
    validation = {"pairs": {"words": "valid"}, "every_steps": 2}
    go(parsed(rows, sources=sources, validation=validation, optimiser=optimiser()), tmp_path)
    (record,) = read(tmp_path).starts
    assert (record.train_works, record.validation_works, record.shared_count) == (12, 8, 3)
    assert set(record.shared_works) == {"work 9", "work 10", "work 11"}


def test_training_time_can_be_given_instead_of_steps(rows: Path, tmp_path: Path) -> None:
    go(parsed(rows, optimiser={"minutes": 0.005, "learning_rate": 0.01}), tmp_path)
    log = read(tmp_path)
    assert log.ends[-1].why == "finished"
    assert log.steps[-1].seconds >= 0.3
    assert log.steps[-1].step == len(log.steps)


def test_without_tensorboard_the_setting_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "torch.utils.tensorboard", None)
    with pytest.raises(ConfigError, match=r"needs the package: pip install 'unisono\[train\]'"):
        TensorBoardWatcher(tmp_path)


def test_curves_are_written_for_tensorboard(rows: Path, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    validation = {"pairs": {"words": "rows"}, "every_steps": 2}
    go(
        parsed(rows, validation=validation, optimiser=optimiser(steps=4), tensorboard=True),
        tmp_path,
        TensorBoardWatcher(tmp_path),
    )
    curves = EventAccumulator(str(tmp_path / "tensorboard"))
    curves.Reload()
    log = read(tmp_path)
    tags = curves.Tags()["scalars"]
    assert {"loss/words", "R@1/words", "gradient/cover", "learning rate"} <= set(tags)
    written = {event.step: event.value for event in curves.Scalars("loss/words")}
    assert written == pytest.approx({r.step: r.losses["words"] for r in log.steps}, rel=1e-5)
    scores = [event.value for event in curves.Scalars("R@1/words")]
    assert scores == pytest.approx([record.score for record in log.validations])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"towers": {"midi": {"backbone": "timm:x"}}}, "the MIDI tower has no foreign backbones"),
        ({"towers": {"drums": {}}}, "towers names drums; there are audio"),
        ({"towers": {"cover": {"native": True}}}, "towers.cover: native needs a foreign backbone"),
        ({"device": "abacus"}, "device: there is no abacus"),
        ({"sources": {"rows": {"kind": "table", "folder": "/nowhere", "table": "x.csv",
                               "columns": {"cover": "a"}}}}, "/nowhere does not exist"),
    ],
)  # fmt: skip
def test_what_cannot_be_built_is_told_in_a_sentence(
    rows: Path, tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError) as caught:
        go(parsed(rows, **changes), tmp_path)
    assert words in str(caught.value)
    assert type(caught.value).__module__.startswith("unisono.")
    assert "\n" not in str(caught.value)


def test_a_loss_that_is_no_number_ends_the_run_in_words(rows: Path, tmp_path: Path) -> None:
    run = parsed(rows, optimiser={"steps": 12, "learning_rate": 1e30, "clip_gradient": 0.0})
    out = tmp_path / "run"
    with pytest.raises(DivergedError, match="the loss of words is not a number after step"):
        train(run, out, watcher=LogWatcher(out))
    log = read(out)
    assert [end.why for end in log.ends] == ["diverged"]
    assert not np.isfinite(log.steps[-1].losses["words"])
    assert not (out / "bundle").exists()
