"""The running average of the weights."""

from __future__ import annotations

import torch
from torch import nn

from unisono.towers.bundle import NetsConfig
from unisono.towers.training.averaging import running_average
from unisono.towers.training.nets import SpaceNets


def small_nets() -> SpaceNets:
    tower = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    return SpaceNets({"text": tower}, NetsConfig())


def test_the_average_follows_its_decay_and_forgets_the_beginning() -> None:
    nets = small_nets()
    average = running_average(nets, 0.5)
    weight = nets.towers["text"].get_parameter("0.weight")
    expected = torch.zeros_like(weight)
    for update in range(12):
        with torch.no_grad():
            weight.fill_(float(update + 1))
        average.update_parameters(nets)
        decay = 0.0 if update == 0 else min(0.5, (1 + update) / (10 + update))
        expected = decay * expected + (1 - decay) * (update + 1)
    mean = average.module.towers["text"].get_parameter("0.weight")
    torch.testing.assert_close(mean, expected)


def test_batch_statistics_are_averaged_and_counters_copied() -> None:
    nets = small_nets().train()
    average = running_average(nets, 0.9)
    norm = nets.towers["text"].get_submodule("1")
    for _ in range(40):
        norm(torch.randn(16, 2) + 5)
        average.update_parameters(nets)
    mean = average.module.towers["text"].get_buffer("1.running_mean")
    assert (mean > 4).all()
    assert int(average.module.towers["text"].get_buffer("1.num_batches_tracked")) == 40


def test_no_decay_no_average() -> None:
    assert running_average(small_nets(), 0.0) is None
