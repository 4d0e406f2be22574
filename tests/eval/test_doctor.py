"""The doctor: runs in miniature that are ill in one way each, and a healthy one."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))

from tiny_run import SET, Constant, Offset, TinyRun, made_pairs, tower

from unisono.eval.doctor import diagnose, facts_of, too_short
from unisono.towers.training.run_log import RunLog, SetSigns, StartRecord, StepRecord


def names(log: RunLog) -> list[str]:
    return [ailment.name for ailment in diagnose(log)]


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def healthy() -> RunLog:
    return TinyRun().run()


def offset(by: float) -> Offset:
    torch.manual_seed(5)
    direction = torch.zeros(16)
    direction[0] = by
    return Offset(tower(), direction)


def test_a_healthy_run_has_no_ailment(healthy):
    assert diagnose(healthy) == []
    assert too_short(healthy) == ""


@pytest.mark.parametrize(
    "run",
    [
        TinyRun(steps=60, log_every=2),
        TinyRun(pairs=made_pairs(noise=1.0)),
        TinyRun(pairs=made_pairs(noise=0.1)),
        TinyRun(learning_rate=1e-4),
        TinyRun(left=offset(3), right=offset(-3)),
        TinyRun(batch=8),
    ],
    ids=["short", "hard pairs", "easy pairs", "slow", "a gap that closes", "small batches"],
)
def test_runs_that_are_merely_hard_slow_or_short_have_none_either(run):
    assert diagnose(run.run()) == []


def test_a_space_on_one_point_is_a_collapse_and_nothing_else():
    [found] = diagnose(TinyRun(left=Constant(16), right=Constant(16)).run())
    assert (found.name, found.severity, found.about) == ("collapse", "severe", SET)
    assert "3.466" in found.sentence and "one point" in found.sentence
    assert found.evidence["spread"] < 1e-3
    assert "learning_rate" in found.advice


def test_one_side_on_a_point_is_a_collapse_whatever_the_loss_should_be():
    log = TinyRun(left=Constant(16)).run()
    unknown = tuple(replace(record, collapsed={SET: None}) for record in log.steps)
    [found] = diagnose(replace(log, steps=unknown))
    assert found.name == "collapse"
    assert "collapsed" not in found.evidence


def test_passing_the_collapsed_value_on_the_way_is_no_collapse(healthy):
    level = healthy.steps[0].collapsed[SET]
    steps = [
        replace(record, losses={SET: level}) if i < 15 else record
        for i, record in enumerate(healthy.steps)
    ]
    assert diagnose(replace(healthy, steps=tuple(steps))) == []


def test_a_loss_above_that_of_a_collapsed_space_is_no_learning():
    [found] = diagnose(TinyRun(learning_rate=0.0, temperature_rate=0.0).run())
    assert found.name == "no learning"
    assert found.evidence["loss"] > found.evidence["collapsed"]


def test_pairs_that_do_not_belong_together_are_at_chance_level():
    found = {one.name: one for one in diagnose(TinyRun(pairs=made_pairs(related=False)).run())}
    assert "chance level" in found
    assert found["chance level"].evidence["chance"] == pytest.approx(1 / 200)


def test_not_a_number_is_told_with_its_step_and_alone():
    pairs = made_pairs()
    pairs.train[0][:100] = float("nan")
    [found] = diagnose(TinyRun(pairs=pairs, steps=60).run())
    assert found.name == "not a number"
    assert "At step 5 the loss of sounds" in found.sentence and "lost" in found.sentence


def test_a_tower_without_gradient_is_dead():
    [found] = diagnose(TinyRun(cut_off=("text",)).run())
    assert (found.name, found.about) == ("dead tower", "text")
    assert "exactly 0" in found.sentence and "towers.text.freeze" in found.advice


def test_a_gradient_that_vanishes_beside_the_others_is_dead_too(healthy):
    faint = tuple(
        replace(record, gradients={**record.gradients, "text": 1e-8}) for record in healthy.steps
    )
    [found] = diagnose(replace(healthy, steps=faint))
    assert (found.name, found.about) == ("dead tower", "text")


def test_a_frozen_tower_may_have_no_gradient(healthy):
    still = tuple(
        replace(record, gradients={"audio": 1.0, "text": 0.0}) for record in healthy.steps
    )
    starts = (replace(healthy.starts[0], trained=("audio",), frozen=("text",)),)
    assert diagnose(replace(healthy, steps=still, starts=starts)) == []


def test_a_tower_may_have_no_gradient_at_steps_of_other_sets(healthy):
    steps = []
    for i, record in enumerate(healthy.steps):
        others = replace(
            record,
            losses={"words": 0.1},
            collapsed={"words": 3.466},
            gradients={"audio": 0.0, "text": 1.0},
            signs={},
        )
        # The last ten are of the other set by chance.
        steps.append(record if i % 2 == 0 and i < 30 else others)
    assert diagnose(replace(healthy, steps=tuple(steps))) == []


def test_a_gap_that_does_not_close_and_hurts():
    [found] = diagnose(
        TinyRun(left=offset(3), right=offset(-3), learning_rate=3e-4).run(),
    )
    assert (found.name, found.about) == ("modality gap", SET)
    assert found.evidence["gap_in_spreads"] > 3


def test_hubs_in_validation():
    found = {
        one.name: one
        for one in diagnose(TinyRun(right=offset(6), learning_rate=1e-4, steps=120).run())
    }
    assert "hubs" in found
    assert found["hubs"].evidence["hubness"] > found["hubs"].evidence["limit"]


def test_hubs_among_few_candidates_are_not_judged():
    log = TinyRun(right=offset(6), learning_rate=1e-4, steps=120).run()
    few = tuple(
        replace(one, sets={SET: replace(one.sets[SET], candidates=50)}) for one in log.validations
    )
    assert "hubs" not in names(replace(log, validations=few))


def test_copies_in_a_batch_are_false_negatives():
    [found] = diagnose(TinyRun(copies=4).run())
    assert found.name == "false negatives"
    assert found.evidence["duplicates"] == pytest.approx(8 / 32)
    assert "25 %" in found.sentence and "same_work" in found.advice


def test_equal_vectors_that_come_with_training_are_clumps(healthy):
    def with_copies(first, later):
        return replace(
            healthy,
            steps=tuple(
                replace(
                    record,
                    signs={SET: replace(record.signs[SET], duplicates=later if i > 4 else first)},
                )
                for i, record in enumerate(healthy.steps)
            ),
        )

    assert names(with_copies(0.0, 0.6)) == ["clumps"]
    assert names(with_copies(0.5, 0.6)) == ["false negatives"]
    # Few copies may be missing from the first batches by chance.
    assert names(with_copies(0.0, 0.1)) == ["false negatives"]


def test_few_works_learnt_by_heart_are_overfitting():
    pairs = made_pairs(count=64, noise=0.6)
    [found] = diagnose(TinyRun(pairs=pairs, steps=400, learning_rate=1e-2, weight_decay=0).run())
    assert found.name == "overfitting"
    assert found.evidence["recall_1"] < found.evidence["best_recall_1"]
    assert "validation.patience" in found.advice


def test_a_temperature_at_its_bound_is_told_with_and_without_knowing_the_bound():
    log = TinyRun(bounds=(0.06, 1.0)).run()
    [found] = diagnose(log)
    assert (found.name, found.severity) == ("temperature at its bound", "mild")
    assert found.evidence["temperature"] == pytest.approx(0.06)
    starts = (replace(log.starts[0], temperature_bounds={}),)
    assert names(replace(log, starts=starts)) == ["temperature at its bound"]


def test_a_temperature_that_only_comes_near_its_bound_counts_too(healthy):
    near = tuple(
        replace(record, inverse_temperatures={SET: 99.5 - 1 / record.step})
        for record in healthy.steps
    )
    assert names(replace(healthy, steps=near)) == ["temperature at its bound"]
    low = tuple(
        replace(record, inverse_temperatures={SET: 80 - 1 / record.step})
        for record in healthy.steps
    )
    assert diagnose(replace(healthy, steps=low)) == []


def test_batches_of_a_single_pair_among_others_change_nothing(healthy):
    nothing = SetSigns(*[float("nan")] * 7)
    some = [
        replace(record, signs={SET: nothing}) if i % 3 == 0 else record
        for i, record in enumerate(healthy.steps)
    ]
    assert diagnose(replace(healthy, steps=tuple(some))) == []


def test_a_temperature_that_is_not_learnt_is_no_ailment():
    log = TinyRun(temperature_rate=0.0).run()
    starts = (replace(log.starts[0], temperature_bounds={}),)
    assert diagnose(replace(log, starts=starts)) == []


def test_works_in_both_splits_are_a_leak():
    [found] = diagnose(TinyRun(steps=60, shared_works=("Für Elise", "Lied")).run())
    assert (found.name, found.severity) == ("leak", "severe")
    assert "2 of 200 works" in found.sentence and "Für Elise, Lied" in found.sentence


def test_waiting_for_data_is_starvation():
    [found] = diagnose(TinyRun(waited_share=0.4).run())
    assert found.name == "starvation"
    assert "40 %" in found.sentence and "64 pairs a second" in found.sentence
    assert "workers" in found.advice


def test_waiting_only_at_the_start_is_not(healthy):
    first = replace(healthy.steps[0], waited_share=1.0)
    assert diagnose(replace(healthy, steps=(first, *healthy.steps[1:]))) == []


def test_several_ailments_come_worst_first():
    run = TinyRun(waited_share=0.3, copies=4, shared_works=("Lied",), cut_off=("text",))
    severities = [one.severity for one in diagnose(run.run())]
    assert severities == ["severe", "severe", "moderate", "mild"]


def test_a_run_of_few_records_is_too_short_but_its_leak_is_told(healthy):
    short = replace(healthy, steps=healthy.steps[:4], validations=())
    assert diagnose(short) == []
    assert too_short(short) == "too short to judge (4 records of steps; it takes 5)"
    leaky = replace(short, starts=(replace(short.starts[0], shared_count=3),))
    assert names(leaky) == ["leak"]
    assert diagnose(RunLog(starts=healthy.starts)) == []


def test_stages_are_judged_each_by_itself(healthy):
    ill = TinyRun(copies=4, shared_works=("Lied",)).run()
    second = RunLog(
        *(
            tuple(replace(record, stage="second") for record in records)
            for records in (ill.starts, ill.steps, ill.validations, ill.ends)
        )
    )
    both = RunLog(
        healthy.starts + second.starts,
        healthy.steps + second.steps,
        healthy.validations + second.validations,
        healthy.ends + second.ends,
    )
    found = diagnose(both)
    assert [one.name for one in found] == ["leak", "false negatives"]
    assert all(one.sentence.startswith("In stage second: ") for one in found)
    facts = facts_of(both)
    assert facts.steps == 400
    assert facts.minutes == pytest.approx(200 / 60)


def test_a_leak_of_every_stage_is_told_once():
    log = TinyRun(steps=40, shared_works=("Lied",)).run()
    again = (log.starts[0], replace(log.starts[0], stage="second"))
    assert names(replace(log, starts=again)) == ["leak"]


def test_facts_of_a_run(healthy):
    facts = facts_of(healthy)
    assert (facts.steps, facts.ended, facts.stages) == (200, "finished", ("only",))
    assert facts.minutes == pytest.approx(100 / 60)
    assert facts.pairs_per_s == pytest.approx(64)
    recalls = facts.sets[SET]
    assert recalls.chance < recalls.first < recalls.last <= recalls.best
    assert recalls.candidates == 200


def test_a_run_whose_next_stage_goes_on_has_not_ended(healthy):
    going_on = replace(healthy, starts=(*healthy.starts, StartRecord("next", 1, 1)))
    assert facts_of(going_on).ended == ""
    assert facts_of(RunLog()).ended == ""


def test_a_log_of_the_barest_records_is_judged():
    bare = [StepRecord("only", i, float(i), 1.0, 0.0, 1e-3, {"a": 2.0}) for i in range(1, 20)]
    assert diagnose(RunLog((StartRecord("only", 1, 1),), tuple(bare))) == []
