"""What a step trains on: which sets, which items, drawn how."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from small_runs import MadeSource, Words, pictures_and_vectors, settings

from unisono.data.modality import Modality
from unisono.towers.training.config import TrainingRun
from unisono.towers.training.front_ends import PictureFrontEnd
from unisono.towers.training.plan import Plan, make_plan
from unisono.towers.training.reading import ConfigError, parse_config
from unisono.towers.training.stream import Share, StepBatch, StepStream

FRONT_ENDS = {"cover": PictureFrontEnd(8), "text": Words()}


def run_of(*pairs: dict[str, Any], **changes: Any) -> TrainingRun:
    usual = {"source": "rows", "left": "cover", "right": "text", "batch": 4}
    sets = [{"name": f"set {i}", **usual, **one} for i, one in enumerate(pairs)]
    return parse_config(settings(Path("rows"), pairs=sets, **changes), "my.yaml")


def plan_of(source: MadeSource, *pairs: dict[str, Any], processes: int = 1, **changes: Any) -> Plan:
    run = run_of(*pairs, **changes)
    return make_plan(run, run.stages[0], {"rows": source}, processes)


def stream_of(
    source: MadeSource, plan: Plan, *, seed: int = 0, share: Share | None = None
) -> StepStream:
    return StepStream(plan, {"rows": source}, FRONT_ENDS, seed=seed, share=share)


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ({"left": "colour"}, "pairs.set 0: rows has no role colour; it has cover, text"),
        ({"left": "text"}, "left and right are both text; for a modality paired with itself"),
        ({"batch": 5}, "a batch of 5 cannot be shared by 2 processes in equal parts"),
        (
            {"same_work": "positives", "batch": 6},
            "a batch of 6 cannot be shared by 2 processes in equal parts",
        ),
    ],
)
def test_what_a_source_cannot_give_is_told(pairs: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        plan_of(pictures_and_vectors(8), pairs, processes=2)
    assert words in str(caught.value)


def test_notes_of_words_are_refused_whatever_the_role_is_called() -> None:
    source = pictures_and_vectors(8)
    source.roles = {"left": Modality.COVER, "right": Modality.TEXT}
    with pytest.raises(ConfigError, match="view: notes cannot train left, which has no notes"):
        plan_of(source, {"left": "left", "right": "right", "view": "notes"})


@given(
    works=st.lists(st.sampled_from("abcdefgh"), min_size=2, max_size=16),
    batch=st.integers(2, 10),
    per_work=st.integers(2, 3),
    same_work=st.sampled_from(["apart", "positives", "negatives"]),
    seed=st.integers(0, 9),
)
@examples(max_examples=40)
def test_how_often_a_work_is_in_a_batch(
    works: list[str], batch: int, per_work: int, same_work: str, seed: int
) -> None:
    source = pictures_and_vectors(len(works), works)
    batch = batch if same_work == "apart" else per_work * batch
    plan = plan_of(source, {"batch": batch, "same_work": same_work, "per_work": per_work})
    for step in range(3):
        (group,) = stream_of(source, plan, seed=seed).draw(step).groups.values()
        count = Counter(group.works)
        assert len(set(group.identities["text"])) == len(group.works)  # no item twice
        if same_work == "apart":
            assert set(count.values()) == {1}
            assert len(count) == min(batch, len(set(works)))
        else:
            there = Counter(works)
            *all_but_last, _ = dict.fromkeys(group.works)
            for work in all_but_last:
                assert count[work] == min(per_work, there[work])
            assert len(group.works) == min(batch, sum(min(per_work, n) for n in there.values()))


def test_broken_items_are_replaced_and_named() -> None:
    source = pictures_and_vectors(12)
    source.broken = {1, 5, 7}
    stream = stream_of(source, plan_of(source, {"batch": 8}))
    for step in range(5):
        batch = stream.draw(step)
        (group,) = batch.groups.values()
        assert len(group.works) == 8
        assert not {"work 1", "work 5", "work 7"} & set(group.works)
        assert all("is broken" in sentence for sentence in batch.faults)
    assert any(stream.draw(step).faults for step in range(5))


def same_batch(one: StepBatch, other: StepBatch) -> bool:
    return one.active == other.active and all(
        group.works == other.groups[number].works
        and all(
            torch.equal(inputs.arrays, other.groups[number].inputs[role].arrays)
            and inputs.texts == other.groups[number].inputs[role].texts
            for role, inputs in group.inputs.items()
        )
        for number, group in one.groups.items()
    )


def test_a_step_depends_on_seed_and_number_alone() -> None:
    source = pictures_and_vectors(20)
    plan = plan_of(source, {})
    whole = iter(stream_of(source, plan))
    steps = [next(whole) for _ in range(4)]
    later = iter(StepStream(plan, {"rows": source}, FRONT_ENDS, seed=0, step=2))
    assert same_batch(next(later), steps[2])
    assert same_batch(next(later), steps[3])
    assert not same_batch(steps[0], steps[1])
    assert not same_batch(stream_of(source, plan, seed=1).draw(0), steps[0])


@given(step=st.integers(0, 50), batch=st.sampled_from([4, 8]))
@examples(max_examples=10)
def test_processes_share_the_batch_of_one(step: int, batch: int) -> None:
    source = pictures_and_vectors(20)
    source.broken = {3}
    plan = plan_of(source, {"batch": batch})
    (whole,) = stream_of(source, plan).draw(step).groups.values()
    parts = [stream_of(source, plan, share=Share(rank, 2)).draw(step) for rank in range(2)]
    together = [group for part in parts for group in part.groups.values()]
    assert [work for both in zip(*(g.works for g in together), strict=True) for work in both] == [
        *whole.works
    ]
    for role in ("cover", "text"):
        arrays = torch.stack([group.inputs[role].arrays for group in together], dim=1)
        assert torch.equal(arrays.flatten(0, 1), whole.inputs[role].arrays)


def test_sets_of_one_source_share_their_items() -> None:
    source = pictures_and_vectors(20)
    source.roles = {**source.roles, "text_two": Modality.TEXT}
    plan = plan_of(
        source, {"batch": 8}, {"batch": 4, "right": "text_two"}, {"same_work": "negatives"}
    )
    assert plan.group_of == (0, 0, 1)
    batch = stream_of(source, plan).draw(0)
    assert batch.active == (0, 1, 2)
    first, second = batch.groups[0], batch.groups[1]
    assert {role: len(x) for role, x in first.inputs.items()} == {
        "cover": 8,
        "text": 8,
        "text_two": 4,
    }
    assert len(second.works) == 4


def test_one_set_a_step_is_drawn_in_proportion_to_its_weight() -> None:
    plan = plan_of(
        pictures_and_vectors(8),
        {"weight": 3.0},
        {"weight": 1.0},
        {"weight": 0.5, "batch": 2},
        mixing="one-set-a-step",
    )
    assert plan.group_of == (0, 1, 2)
    drawn = [plan.active(step, 4) for step in range(2000)]
    assert {len(sets) for sets in drawn} == {1}
    shares = np.bincount([sets[0] for sets in drawn]) / 2000
    np.testing.assert_allclose(shares, np.array([3, 1, 0.5]) / 4.5, atol=0.04)
    assert drawn == [plan.active(step, 4) for step in range(2000)]
    assert drawn != [plan.active(step, 5) for step in range(2000)]
    batch = stream_of(pictures_and_vectors(8), plan).draw(0)
    assert len(batch.groups) == 1
