"""Which weights a run hands on: the average, the best, from stage to stage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small_runs import FakeSentences, write_rows
from torch import Tensor
from training_runs import (
    Starts,
    Stop,
    go,
    in_bundle,
    losses,
    optimiser,
    parsed,
    weights,
)

from unisono.towers.training import run as whole_run
from unisono.towers.training.nets import SpaceNets
from unisono.towers.training.run import train
from unisono.towers.training.run_log import StartRecord, read
from unisono.towers.training.run_records import SetValidation, ValidationRecord
from unisono.towers.training.watching import LogWatcher, Watcher


@pytest.fixture(autouse=True)
def quick_sentences(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("unisono.towers.sentences.SentenceCache", FakeSentences)
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_rows(tmp_path_factory.mktemp("rows"))


def scored(scores: Sequence[float]) -> whole_run.MakeValidate:
    """Validation that is told beforehand."""
    seen: list[dict[str, Tensor]] = []

    def make(*_: object) -> Any:
        def validate(nets: SpaceNets, losses: object, stage: str, step: int) -> ValidationRecord:
            score = scores[len(seen)]
            seen.append({n: v.clone() for n, v in nets.state_dict().items()})
            one = SetValidation(score, score, 0.1, 1.0, 0.5, 0.1, 10)
            return ValidationRecord(stage, step, {"words": one}, score)

        return validate

    make.seen = seen  # type: ignore[attr-defined]
    return make


@pytest.mark.parametrize("decay", [0.0, 0.9])
def test_patience_stops_and_keeps_the_best_weights(
    rows: Path, tmp_path: Path, decay: float
) -> None:
    run = parsed(
        rows,
        validation={"pairs": {"words": "rows"}, "every_steps": 2, "patience": 2},
        optimiser=optimiser(steps=40, average_decay=decay),
    )
    make = scored([0.1, 0.5, 0.5, 0.4, 0.9])
    bundle = train(run, tmp_path, watcher=LogWatcher(tmp_path), make_validate=make)
    log = read(tmp_path)
    assert (log.ends[-1].why, log.ends[-1].step) == ("stopped early", 8)
    best = make.seen[1]  # type: ignore[attr-defined]
    for name, value in weights(bundle).items():
        assert in_bundle(value, best[f"towers.{name}"])
    # the same command leaves it at that
    again = train(run, tmp_path, watcher=LogWatcher(tmp_path), make_validate=make)
    assert len(make.seen) == 4  # type: ignore[attr-defined]
    assert weights(again).keys() == weights(bundle).keys()
    assert all(
        value.tobytes() == weights(again)[n].tobytes() for n, value in weights(bundle).items()
    )


def test_patience_is_remembered_by_the_checkpoint(rows: Path, tmp_path: Path) -> None:
    run = parsed(
        rows,
        validation={"pairs": {"words": "rows"}, "every_steps": 2, "patience": 2},
        optimiser=optimiser(steps=40),
    )
    make = scored([0.5, 0.4, 0.3, 0.9])
    with pytest.raises(KeyboardInterrupt):
        train(run, tmp_path, watcher=Stop(5), make_validate=make)
    bundle = train(run, tmp_path, watcher=LogWatcher(tmp_path), make_validate=make)
    assert read(tmp_path).ends[-1].step == 6
    best = make.seen[0]  # type: ignore[attr-defined]
    for name, value in weights(bundle).items():
        assert in_bundle(value, best[f"towers.{name}"])


def test_the_bundle_holds_the_running_average(rows: Path, tmp_path: Path) -> None:
    found = {}
    for decay in (0.0, 0.9):
        run = parsed(rows, optimiser=optimiser(steps=6, average_decay=decay))
        found[decay] = weights(go(run, tmp_path / str(decay)))
        stored = torch.load(tmp_path / str(decay) / "checkpoint.pt", weights_only=True)
        last = stored["nets"]
        as_last = all(in_bundle(value, last[f"towers.{n}"]) for n, value in found[decay].items())
        assert as_last == (decay == 0.0)
        if decay:
            average = stored["average"]
            for name, value in found[decay].items():
                assert in_bundle(value, average[f"module.towers.{name}"])
    name = "cover.character.weight"
    assert not np.allclose(found[0.0][name], found[0.9][name])


def stages(*names: str, **second: Any) -> list[dict[str, Any]]:
    usual = {"pairs": ["words"], "optimiser": optimiser(steps=4)}
    made = [{"name": name, **usual} for name in names]
    made[-1].update(second)
    return made


def test_stages_go_on_from_each_other(rows: Path, tmp_path: Path) -> None:
    run = parsed(rows, stages=stages("first", "second", freeze={"cover": "all"}))
    alone = parsed(rows, stages=stages("first"))
    bundle, first = go(run, tmp_path / "both"), go(alone, tmp_path / "first")
    log = read(tmp_path / "both")
    assert log.stages == ("first", "second")
    assert losses(log.stage("first")) == losses(read(tmp_path / "first"))
    after, before = weights(bundle), weights(first)
    moved = {n.split(".")[0] for n in after if after[n].tobytes() != before[n].tobytes()}
    assert moved == {"text"}


def test_a_run_stopped_in_its_second_stage_goes_on_there(rows: Path, tmp_path: Path) -> None:
    class StopInSecond(Watcher):
        def __init__(self) -> None:
            self.stage = ""

        def started(self, record: StartRecord) -> None:
            self.stage = record.stage

        def stepped(self, step: int, total_steps: float, seconds: float, pairs: int) -> None:
            if self.stage == "second" and step == 2:
                raise KeyboardInterrupt

    run = parsed(rows, stages=stages("first", "second"))
    at_once = go(run, tmp_path / "once")
    with pytest.raises(KeyboardInterrupt):
        go(run, tmp_path / "twice", StopInSecond())
    starts = Starts()
    in_two = go(run, tmp_path / "twice", starts)
    assert [record.stage for record in starts.records] == ["second"]
    one, other = weights(at_once), weights(in_two)
    assert all(one[name].tobytes() == other[name].tobytes() for name in one)
