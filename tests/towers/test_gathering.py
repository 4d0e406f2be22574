from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import gathering_worker
import pytest
import torch
from torch import nn

from unisono.towers.training.gathering import (
    ProcessesError,
    broadcast_parameters,
    gather_objects,
    gather_rows,
    mean_gradients,
    start_processes_group,
    stop_processes_group,
    sum_gradients,
    world,
)

VARIABLES = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT")


@pytest.fixture(scope="module")
def two_processes(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What each of two processes made of ``gathering_worker``."""
    folder = tmp_path_factory.mktemp("processes")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = []
    for rank in range(2):
        environment = {
            **os.environ,
            "RANK": str(rank),
            "LOCAL_RANK": str(rank),
            "WORLD_SIZE": "2",
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": str(port),
            "OMP_NUM_THREADS": "1",
        }
        command = [sys.executable, gathering_worker.__file__, str(folder)]
        running.append(
            subprocess.Popen(
                command,
                env=environment,
                cwd=Path(__file__).parents[2],
                stderr=subprocess.PIPE,
                text=True,
            )
        )
    try:
        said = [process.communicate(timeout=120)[1] for process in running]
    finally:
        for process in running:
            process.kill()
    assert [process.returncode for process in running] == [0, 0], "\n".join(said)
    return [torch.load(folder / f"{rank}.pt", weights_only=True) for rank in range(2)]


@pytest.mark.parametrize("chunk", gathering_worker.CHUNKS)
@pytest.mark.parametrize("kind", gathering_worker.KINDS)
def test_two_processes_learn_what_one_with_the_whole_batch_does(
    two_processes: list[dict[str, Any]], kind: str, chunk: int
) -> None:
    alone = gathering_worker.case(kind, 0)
    for result in two_processes:
        found = result["cases"][kind, chunk]
        assert found["loss"] == pytest.approx(alone["loss"], abs=1e-5)
        torch.testing.assert_close(found["gradients"], alone["gradients"], atol=1e-5, rtol=1e-4)
    assert max(gradient.abs().max() for gradient in alone["gradients"]) > 1e-3


def test_each_process_knows_its_place(two_processes: list[dict[str, Any]]) -> None:
    assert [result["world"] for result in two_processes] == [(0, 2), (1, 2)]
    assert [result["device"] for result in two_processes] == ["cpu", "cpu"]
    assert [result["world_afterwards"] for result in two_processes] == [(0, 1)] * 2


def test_rows_and_objects_come_in_the_order_of_ranks(two_processes: list[dict[str, Any]]) -> None:
    for result in two_processes:
        assert result["rows"].tolist() == [[0.0] * 3] * 2 + [[1.0] * 3] * 2
        assert result["objects"] == [None, ("text", 1)]


def test_rows_of_different_shapes_are_told_everywhere(
    two_processes: list[dict[str, Any]],
) -> None:
    for result in two_processes:
        assert "(2, 3), (3, 3)" in result["unequal"]


def test_gradients_that_only_some_processes_have(two_processes: list[dict[str, Any]]) -> None:
    for result in two_processes:
        both, one, none, frozen = result["partial"]
        assert both.tolist() == [[3.0] * 3] * 2
        assert one.tolist() == [[5.0] * 3] * 2
        assert none is None
        assert frozen is None


def test_all_begin_as_the_first_does(two_processes: list[dict[str, Any]]) -> None:
    first, second = (result["state"] for result in two_processes)
    torch.testing.assert_close(second, first, rtol=0, atol=0)
    torch.manual_seed(0)
    assert torch.equal(first["0.weight"], nn.Linear(3, 4).weight)


def test_one_process_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    assert str(start_processes_group("cpu")) == "cpu"
    assert tuple(world()) == (0, 1)
    rows = torch.ones(2, 3, requires_grad=True)
    assert gather_rows(rows) is rows
    assert gather_objects("text") == ["text"]
    net = nn.Linear(2, 1)
    net(torch.ones(1, 2)).sum().backward()
    assert net.weight.grad is not None
    before = net.weight.grad.clone()
    sum_gradients(net.parameters())
    mean_gradients(net.parameters())
    broadcast_parameters(net)
    assert torch.equal(net.weight.grad, before)
    stop_processes_group()


@pytest.mark.parametrize(
    ("environment", "device", "message"),
    [
        ({"WORLD_SIZE": "2"}, "cpu", "RANK, LOCAL_RANK, MASTER_ADDR, MASTER_PORT is not set"),
        ({"WORLD_SIZE": "two"}, "cpu", "WORLD_SIZE is 'two'"),
        ({"WORLD_SIZE": "2"}, "mps", "not on mps"),
        (
            {
                "WORLD_SIZE": "999",
                "RANK": "998",
                "LOCAL_RANK": "998",
                "MASTER_ADDR": "localhost",
                "MASTER_PORT": "1",
            },
            "cuda",
            "process 998 has no GPU of its own",
        ),
    ],
)
def test_what_cannot_be_started_is_told(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], device: str, message: str
) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ProcessesError, match=message):
        start_processes_group(device)


def test_a_single_process_of_torchrun_needs_no_group(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in zip(VARIABLES, ("0", "1", "0", "localhost", "1"), strict=True):
        monkeypatch.setenv(name, value)
    assert str(start_processes_group("cpu")) == "cpu"
    assert tuple(world()) == (0, 1)
