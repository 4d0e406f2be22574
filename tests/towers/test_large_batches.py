"""Batches that are drawn and put in shape in several parts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small_runs import MadeSource, Words, settings
from tiny_space import NETS, melody_notes, sound

from unisono.data.modality import Modality
from unisono.data.notes import Notes
from unisono.data.pairs.source import Content, Side, SourceError
from unisono.towers.bundle import SpaceConfig
from unisono.towers.encoders import build_net
from unisono.towers.training import stream
from unisono.towers.training.front_ends import (
    RollFrontEnd,
    SpectrogramFrontEnd,
    WaveformFrontEnd,
)
from unisono.towers.training.inputs import Inputs, join_padded
from unisono.towers.training.nets import SpaceNets
from unisono.towers.training.plan import Plan, make_plan
from unisono.towers.training.reading import parse_config
from unisono.towers.training.stream import GroupBatch, StepStream

SECONDS = (0.3, 0.8, 0.5, 1.1, 0.6, 0.4, 0.9)
FRONT_ENDS = {"audio": SpectrogramFrontEnd(), "text": Words(), "midi": RollFrontEnd()}


def notes_of(index: int) -> Notes:
    return melody_notes(SECONDS[index], shift=index, step_s=0.25)


def recordings(**changes: Any) -> MadeSource:
    """Recordings of unequal lengths, their notes and their names."""

    def make(index: int, role: str) -> Content:
        if role == "text":
            return f"text {index}"
        return notes_of(index) if role == "midi" else sound(notes_of(index))

    modalities = {"audio": Modality.AUDIO, "midi": Modality.MIDI, "text": Modality.TEXT}
    works = [f"work {i}" for i in range(len(SECONDS))]
    identity = {"identity": lambda index, role: f"{role} {index}"}
    return MadeSource(modalities, works, make, **identity, **changes)


def plan_of(source: MadeSource, *pairs: dict[str, Any]) -> Plan:
    usual = {"source": "rows", "left": "audio", "right": "text", "batch": len(SECONDS)}
    sets = [{"name": f"set {i}", **usual, **one} for i, one in enumerate(pairs or ({},))]
    run = parse_config(settings(Path("."), sources={"rows": TABLE}, pairs=sets), "my.yaml")
    return make_plan(run, run.stages[0], {"rows": source})


TABLE = {"kind": "table", "folder": ".", "table": "rows.csv", "columns": {"audio": "wav"}}


def batch_of(source: MadeSource, plan: Plan, step: int = 0) -> GroupBatch:
    return StepStream(plan, {"rows": source}, FRONT_ENDS, seed=0).draw(step).groups[0]


@pytest.mark.parametrize("at_once", [1, 2, 3, 5])
@pytest.mark.parametrize("role", ["audio", "midi"])
def test_a_batch_drawn_in_parts_is_the_whole_one(
    monkeypatch: pytest.MonkeyPatch, at_once: int, role: str
) -> None:
    source = recordings()
    plan = plan_of(source, {"left": role})
    whole = batch_of(source, plan)
    monkeypatch.setattr(stream, "AT_ONCE", at_once)
    parts = batch_of(source, plan)
    assert parts.works == whole.works
    assert parts.identities == whole.identities
    assert parts.inputs["text"].texts == whole.inputs["text"].texts
    assert torch.equal(parts.inputs["text"].arrays, whole.inputs["text"].arrays)
    one, other = parts.inputs[role], whole.inputs[role]
    assert one.arrays.shape == other.arrays.shape
    assert one.lengths is not None and other.lengths is not None
    assert one.lengths.tolist() == other.lengths.tolist()
    nets = SpaceNets({role: build_net(Modality(role), SpaceConfig(nets=NETS))}, NETS).eval()
    with torch.no_grad():
        rows = [nets.embed(role, inputs, ("notes", "character")) for inputs in (one, other)]
    torch.testing.assert_close(rows[0], rows[1], rtol=0, atol=1e-5)


def test_a_smaller_set_takes_the_first_of_a_batch_drawn_in_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = recordings()
    plan = plan_of(source, {}, {"left": "midi", "batch": 3})
    whole = batch_of(source, plan)
    monkeypatch.setattr(stream, "AT_ONCE", 2)
    parts = batch_of(source, plan)
    assert {role: len(inputs) for role, inputs in parts.inputs.items()} == {
        "audio": 7,
        "text": 7,
        "midi": 3,
    }
    assert parts.identities == whole.identities


def test_broken_items_of_every_part_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    source = recordings(broken=(1, 4))
    plan = plan_of(source)
    monkeypatch.setattr(stream, "AT_ONCE", 2)
    faults = StepStream(plan, {"rows": source}, FRONT_ENDS, seed=0).draw(0).faults
    assert {"item 1 is broken", "item 4 is broken"} <= set(faults)


def test_usable_anchors_stay_with_their_items(monkeypatch: pytest.MonkeyPatch) -> None:
    anchors = np.array([0.1, 0.2], np.float32)
    source = recordings(
        anchors={"audio": anchors, "midi": anchors},
        usable=lambda index: np.array([True, index % 2 == 0]),
    )
    plan = plan_of(source, {"right": "midi", "view": "notes"})
    monkeypatch.setattr(stream, "AT_ONCE", 3)
    batch = batch_of(source, plan)
    indices = [int(work.removeprefix("work ")) for work in batch.works]
    assert batch.usable is not None
    assert batch.usable.tolist() == [[True, index % 2 == 0] for index in indices]
    anchored = batch.inputs["audio"].anchors
    assert anchored is not None and anchored.shape == (7, 2)


def test_recordings_without_lengths_end_in_silence() -> None:
    front_end = WaveformFrontEnd(16_000)
    waves = [np.full(count, 0.5, np.float32) for count in (100, 300)]
    parts = [front_end([Side(Modality.AUDIO, wave, "")]) for wave in waves]
    joined = join_padded(parts, 0)
    assert joined.lengths is None
    assert joined.arrays.shape == (2, 300)
    assert joined.arrays[0, 100:].abs().max() == 0


def test_items_that_all_fill_the_batch_have_no_lengths() -> None:
    full = Inputs(torch.ones(2, 1, 4, 8))
    assert join_padded([full, full], 4).lengths is None


def test_lengths_of_parts_that_fill_themselves_are_told() -> None:
    short = Inputs(torch.ones(1, 1, 4, 4))
    long = Inputs(torch.ones(2, 1, 4, 12), lengths=torch.tensor([3, 2]))
    joined = join_padded([short, long], 4)
    assert joined.lengths is not None
    assert joined.lengths.tolist() == [1, 3, 2]
    assert joined.arrays.shape == (3, 1, 4, 12)


def test_nothing_that_can_be_read_ends_it_in_any_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "AT_ONCE", 2)
    source = recordings(broken=tuple(range(len(SECONDS))))
    with pytest.raises(SourceError, match="can be read"):
        batch_of(source, plan_of(source))


def test_parts_with_and_without_anchors_have_none() -> None:
    plain = Inputs(torch.ones(1, 1, 4, 4))
    anchored = replace(plain, anchors=torch.zeros(1, 2, dtype=torch.int64))
    assert join_padded([anchored, plain], 4).anchors is None
