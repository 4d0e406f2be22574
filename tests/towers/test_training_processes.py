"""Training in two processes, as torchrun starts them, beside the same in one."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from small_runs import rows_of, settings, write_rows

from unisono.towers.training import run as whole_run
from unisono.towers.training.gathering import World
from unisono.towers.training.reading import ConfigError, parse_config
from unisono.towers.training.run import train
from unisono.towers.training.run_log import RunLogError, read
from unisono.towers.training.watching import LogWatcher

LIMIT_S = 120


def values(rows: Path, **changes: Any) -> dict[str, Any]:
    """Covers and notes; batch norms stay as they are, which see only a process's own items."""
    source = {"columns": {"cover": "image", "midi": "mid"}, "seconds": 0.8, "augment": True}
    pairs = {"name": "songs", "source": "rows", "left": "cover", "right": "midi", "batch": 8}
    frozen = {"freeze": "trunk"}
    return settings(
        rows,
        sources={"rows": rows_of(rows, **source)},
        pairs=[pairs, {**pairs, "name": "few", "batch": 4, "loss": {"kind": "bilinear"}}],
        towers={"cover": frozen, "midi": frozen},
        optimiser={"steps": 4, "learning_rate": 0.01, **changes.pop("optimiser", {})},
        **changes,
    )


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_rows(tmp_path_factory.mktemp("rows"))


def start_two(config: dict[str, Any], folder: Path) -> list[subprocess.Popen[str]]:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "my.yaml"
    path.write_text(yaml.safe_dump(config))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "unisono", "train", str(path), "--out", str(folder / "run")]
    shared = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    return [
        subprocess.Popen(
            command,
            env={
                **os.environ,
                **shared,
                "OMP_NUM_THREADS": "1",
                "RANK": str(rank),
                "LOCAL_RANK": str(rank),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]


def finish(processes: list[subprocess.Popen[str]]) -> list[tuple[int, str, str]]:
    """(exit code, output, errors) of each."""
    try:
        told = [process.communicate(timeout=LIMIT_S) for process in processes]
    finally:
        for process in processes:
            process.kill()
    return [(p.returncode, *one) for p, one in zip(processes, told, strict=True)]


def test_two_processes_train_what_one_does(rows: Path, tmp_path: Path) -> None:
    config = values(rows)
    (first, out, _), second = finish(start_two(config, tmp_path / "two"))
    assert first == 0
    assert second == (0, "", "")
    assert "bundle: " in out
    run = parse_config(config, "my.yaml")
    train(run, tmp_path / "one", watcher=LogWatcher(tmp_path / "one"))
    one, two = read(tmp_path / "one"), read(tmp_path / "two" / "run")
    assert [record.step for record in two.steps] == [1, 2, 3, 4]
    for alone, shared in zip(one.steps, two.steps, strict=True):
        assert shared.losses == pytest.approx(alone.losses, abs=1e-5)
        assert shared.gradients == pytest.approx(alone.gradients, abs=1e-5)
        # the mean of the signs is over the whole batch as well
        assert shared.signs["songs"].gap == pytest.approx(alone.signs["songs"].gap, abs=1e-5)
    stored = [
        torch.load(folder / "checkpoint.pt", weights_only=True)
        for folder in (tmp_path / "one", tmp_path / "two" / "run")
    ]
    for part in ("nets", "losses"):
        for name, value in stored[0][part].items():
            np.testing.assert_allclose(stored[1][part][name].numpy(), value.numpy(), atol=1e-4)


def test_minutes_end_both_after_the_same_step(rows: Path, tmp_path: Path) -> None:
    config = values(rows, optimiser={"steps": 0, "minutes": 0.03})
    told = finish(start_two(config, tmp_path))
    assert [code for code, _, _ in told] == [0, 0], told
    log = read(tmp_path / "run")
    assert log.ends[-1].why == "finished"
    assert log.steps[-1].seconds >= 0.03 * 60
    assert len(log.steps) == log.steps[-1].step > 1


def test_ctrl_c_ends_both_and_leaves_a_checkpoint(rows: Path, tmp_path: Path) -> None:
    config = values(rows, optimiser={"steps": 1_000_000})
    processes = start_two(config, tmp_path)
    folder = tmp_path / "run"
    end = time.monotonic() + LIMIT_S
    while steps(folder) < 3 and time.monotonic() < end:
        assert all(process.poll() is None for process in processes), finish(processes)
        time.sleep(0.1)
    for process in processes:
        process.send_signal(signal.SIGINT)
    first, second = finish(processes)
    assert (first[0], second[0]) == (130, 130)
    assert "the same command goes on from it" in first[2]
    assert "Traceback" not in first[2] + second[2]
    last = torch.load(folder / "checkpoint.pt", weights_only=True)["state"]["step"]
    assert last == steps(folder) >= 3
    assert read(folder).ends[-1].why == "interrupted"


def test_a_process_whose_neighbour_was_killed_ends_in_a_sentence(
    rows: Path, tmp_path: Path
) -> None:
    processes = start_two(values(rows, optimiser={"steps": 1_000_000}), tmp_path)
    end = time.monotonic() + LIMIT_S
    while steps(tmp_path / "run") < 2 and time.monotonic() < end:
        time.sleep(0.1)
    processes[1].kill()
    code, _, errors = finish(processes)[0]
    assert code == 2
    assert errors.splitlines()[-1].startswith("unisono: another process of this run has ended")
    last = torch.load(tmp_path / "run" / "checkpoint.pt", weights_only=True)["state"]["step"]
    assert last >= steps(tmp_path / "run") - 1


def steps(folder: Path) -> int:
    try:
        log = read(folder)
    except RunLogError:
        return 0
    return log.steps[-1].step if log.steps else 0


def test_early_stopping_is_refused(
    rows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole_run, "world", lambda: World(0, 2))
    changes = {"validation": {"pairs": {"songs": "rows"}, "patience": 2}}
    with pytest.raises(ConfigError) as caught:
        train(parse_config(values(rows, **changes), "my.yaml"), tmp_path / "run")
    assert str(caught.value) == "validation.patience works in one process only; set it to 0"
    assert not (tmp_path / "run").exists()
