"""The log of a run: what is written is read again, whatever became of the run."""

import json
import math

import pytest

from unisono.towers.training.run_log import (
    EndRecord,
    RunLogError,
    SetSigns,
    SetValidation,
    StartRecord,
    StepRecord,
    ValidationRecord,
    append,
    read,
)

SIGNS = SetSigns(0.5, 0.9, 0.8, 1.5, 0.0, 0.7, 0.1)
START = StartRecord(
    stage="first",
    train_works=900,
    validation_works=100,
    shared_works=("Für Elise\u2028", "Lied"),
    shared_count=2,
    trained=("audio",),
    frozen=("text",),
    batch={"sounds": 64},
    temperature_bounds={"sounds": (0.01, 1.0)},
)
VALIDATION = ValidationRecord(
    "first", 20, {"sounds": SetValidation(0.5, 0.4, 0.01, 1.0, 1.2, 0.3, 100)}, 0.45
)


def step(number, stage="first", loss=1.0):
    return StepRecord(
        stage=stage,
        step=number,
        seconds=number / 2,
        pairs_per_s=128.0,
        waited_share=0.05,
        learning_rate=1e-3,
        losses={"sounds": loss},
        collapsed={"sounds": 4.1589, "others": None},
        inverse_temperatures={"sounds": 14.0},
        gradients={"audio": 0.3},
        signs={"sounds": SIGNS},
    )


def test_what_is_appended_is_read_again(tmp_path):
    end = EndRecord("first", 20, "finished")
    for record in (START, step(10), step(20), VALIDATION, end):
        append(tmp_path, record)
    log = read(tmp_path)
    assert log.starts == (START,)
    assert log.steps == (step(10), step(20))
    assert log.validations == (VALIDATION,)
    assert log.ends == (end,)
    assert log.damaged_lines == 0
    assert read(tmp_path / "log.jsonl") == log
    assert VALIDATION.sets["sounds"].mean_r1 == pytest.approx(0.45)


def test_numbers_that_json_does_not_know_survive_and_the_file_stays_json(tmp_path):
    append(tmp_path, step(10, loss=math.nan))
    append(tmp_path, step(20, loss=-math.inf))

    def refuse(word):
        raise AssertionError(word)

    for line in (tmp_path / "log.jsonl").read_text().splitlines():
        json.loads(line, parse_constant=refuse)
    first, second = read(tmp_path).steps
    assert math.isnan(first.losses["sounds"])
    assert second.losses["sounds"] == -math.inf


def test_a_killed_run_leaves_half_a_line_and_goes_on_behind_it(tmp_path):
    append(tmp_path, step(10))
    with (tmp_path / "log.jsonl").open("a") as log:
        log.write('{"kind": "step", "stage": "fi')
    assert read(tmp_path).steps == (step(10),)
    assert read(tmp_path).damaged_lines == 1
    append(tmp_path, step(20))
    assert read(tmp_path).steps == (step(10), step(20))


def test_steps_done_again_after_a_checkpoint_count_once(tmp_path):
    for number in (10, 20, 30):
        append(tmp_path, step(number, loss=5.0))
    append(tmp_path, VALIDATION)
    append(tmp_path, EndRecord("first", 30, "interrupted"))
    append(tmp_path, START)
    append(tmp_path, step(20, loss=1.0))
    log = read(tmp_path)
    assert [(one.step, one.losses["sounds"]) for one in log.steps] == [(10, 5.0), (20, 1.0)]
    assert log.validations == (VALIDATION,)
    assert log.ends == ()
    assert log.starts == (START,)


def test_a_run_begun_again_in_the_same_folder_takes_the_place_of_the_old(tmp_path):
    for name in ("first", "second"):
        for number in (10, 20):
            append(tmp_path, step(number, name, loss=5.0))
    for number in (10, 20):
        append(tmp_path, step(number, loss=1.0))
    log = read(tmp_path)
    assert log.steps == (step(10), step(20))
    append(tmp_path, step(5, "second"))
    assert [(one.stage, one.step) for one in read(tmp_path).steps] == [
        ("first", 10),
        ("first", 20),
        ("second", 5),
    ]


def test_the_end_of_a_stage_stands_when_the_next_begins(tmp_path):
    for record in (step(10), EndRecord("first", 10, "finished"), step(10, "second")):
        append(tmp_path, record)
    assert [end.why for end in read(tmp_path).ends] == ["finished"]


def test_each_stage_counts_its_own_steps(tmp_path):
    for record in (step(10), step(20), step(10, "second"), VALIDATION):
        append(tmp_path, record)
    log = read(tmp_path)
    assert log.stages == ("first", "second")
    assert [one.step for one in log.stage("first").steps] == [10, 20]
    assert log.stage("second").steps == (step(10, "second"),)
    assert log.stage("second").validations == ()


def test_what_a_newer_version_adds_is_left_out(tmp_path):
    facts = step(10).to_json()
    facts["weather"] = "fine"
    facts["signs"]["sounds"]["colour"] = 1.0
    lines = [json.dumps(facts), json.dumps({"kind": "weather", "wind": 3}), ""]
    (tmp_path / "log.jsonl").write_text("\n".join(lines))
    assert read(tmp_path).steps == (step(10),)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"kind": "step", "stage": "first"}\n', "line 1: the step record has no step"),
        ('{"kind": "end", "stage": "a", "step": "x", "why": ""}\n', "value of the wrong kind"),
        ('{"kind": "step", "step": 1, "losses": 3}\n', "has no stage"),
        ("[1, 2]\n", "line 1: not a record of a training run"),
        ("", "the log has no records"),
        ('{"kind": "st', "the log has no records"),
    ],
)
def test_a_file_that_is_no_log_is_named_with_its_fault(tmp_path, content, words):
    (tmp_path / "log.jsonl").write_text(content)
    with pytest.raises(RunLogError, match=words):
        read(tmp_path)


def test_a_folder_without_a_log_says_so(tmp_path):
    with pytest.raises(RunLogError, match=r"it has no log\.jsonl; give the folder"):
        read(tmp_path)
    with pytest.raises(RunLogError, match="there is no such folder"):
        read(tmp_path / "nowhere")
