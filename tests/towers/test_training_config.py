"""Reading a training configuration: what is taken, and what is said of what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from small_runs import settings

from unisono.data.pairs.config import TableSource
from unisono.towers.training.config import LossConfig, TrainingRun
from unisono.towers.training.reading import ConfigError, parse_config, read_config


def parse(**changes: Any) -> TrainingRun:
    values = settings(Path("rows"), **changes)
    if "stages" in changes and "optimiser" not in changes:
        del values["optimiser"]
    return parse_config(values, "my.yaml")


def fault(**changes: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(**changes)
    message = str(caught.value)
    assert message.startswith("my.yaml: ")
    assert "\n" not in message
    return message


def pairs(**changes: Any) -> dict[str, Any]:
    usual = {"name": "words", "source": "rows", "left": "cover", "right": "text", "batch": 6}
    return {"pairs": [{**usual, **changes}]}


def test_a_short_configuration_has_one_stage_and_usual_values() -> None:
    run = parse()
    (stage,) = run.stages
    assert stage.pairs == ("words",)
    assert (stage.optimiser.steps, stage.optimiser.learning_rate) == (12, 0.01)
    assert isinstance(run.sources["rows"], TableSource)
    assert run.pairs[0].loss == LossConfig()
    assert run.pairs[0].same_work == "apart"
    assert run.nets.widths == (4, 4, 8, 8)
    assert run.mixing == "together"


def stage(names: list[str]) -> dict[str, Any]:
    return {"stages": [{"name": "one", "pairs": names, "optimiser": {"steps": 1}}]}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"optimizer": {"steps": 3}}, "optimizer is no setting"),
        (pairs(btach=3), "pairs.0.btach is no setting"),
        (pairs(loss={"temprature": 0.1}), "pairs.0.loss.temprature is no setting"),
        ({"nets": {"width": 3}}, "nets.width is no setting"),
        ({"nets": {"features": "many"}}, "nets.features: input should be a valid integer"),
        ({"sources": {"rows": {"kind": "tabel"}}}, "sources.rows: "),
        ({"sources": {"rows": {"kind": "table", "folder": "x"}}}, "sources.rows.table.table"),
        ({"towers": {"cover": {"freeze": "body"}}}, "towers.cover.freeze: input should be 'none'"),
        (pairs(batch="big"), "pairs.0.batch: input should be a valid integer"),
        (pairs(view="colour"), "pairs.0.view: input should be 'notes' or 'character'"),
        ({"mixing": "alternating"}, "mixing: input should be 'together'"),
        ({"precision": "half"}, "precision: input should be"),
    ],
)
def test_an_unknown_setting_or_a_wrong_value_is_named(changes: dict[str, Any], words: str) -> None:
    assert words in fault(**changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (pairs(source="colums"), "pairs.words: there is no source colums; sources has rows"),
        (pairs(batch=1), "pairs.words: batch must be at least 2"),
        (pairs(weight=0.0), "pairs.words: weight must be more than 0"),
        (pairs(same_work="positives", per_work=1), "needs per_work of at least 2"),
        (pairs(view="notes"), "pairs.words: view: notes cannot train cover, which has no notes"),
        (pairs(left="audio", right="text_de", view="notes"), "view: notes cannot train text_de"),
        ({"pairs": []}, "pairs is empty"),
        ({"pairs": 2 * pairs()["pairs"]}, "pairs has two sets of the name words"),
        ({"optimiser": {}}, "give either optimiser.steps or optimiser.minutes"),
        (
            {"optimiser": {"steps": 3, "minutes": 1.0}},
            "stages.train: give either optimiser.steps or optimiser.minutes",
        ),
        (
            {**stage(["wrods"]), "optimiser": None},
            "my.yaml: optimiser is of each stage; set stages.NAME.optimiser",
        ),
        (
            stage(["wrods"]),
            "stages.one trains wrods; pairs has words",
        ),
        (
            {"stages": [{**stage(["words"])["stages"][0], "freeze": {"drums": "all"}}]},
            "stages.one.freeze names drums; there are audio",
        ),
        (
            stage([]),
            "stages.one trains nothing",
        ),
        ({"validation": {"pairs": {"sounds": "rows"}}}, "validation.pairs names sounds"),
        ({"validation": {"pairs": {"words": "valid"}}}, "there is no source valid"),
        ({"validation": {"patience": 3}}, "validation.patience needs validation.pairs"),
    ],
)
def test_what_does_not_fit_together_is_told(changes: dict[str, Any], words: str) -> None:
    assert words in fault(**changes)


@pytest.mark.parametrize(
    "loss",
    [
        {"temperature": 2.0},
        {"temperature": 0.01},
        {"temperature": 0.1, "temperature_bounds": [0.0, 1.0]},
        {"kind": "sigmoid", "temperature": 0.001},
        {"temperature_bounds": [0.5, 0.05]},
        {"kind": "bilinear", "temperature": 0.0},
    ],
)
def test_a_temperature_outside_its_bounds_is_told_before_anything_is_opened(
    loss: dict[str, Any],
) -> None:
    assert "pairs.words: loss.temperature" in fault(**pairs(loss=loss))


def test_bounds_do_not_matter_to_losses_without_a_temperature() -> None:
    for loss in ({"kind": "triplet", "temperature": 5.0}, {"kind": "bilinear", "temperature": 5.0}):
        assert parse(**pairs(loss=loss)).pairs[0].loss.temperature == 5.0


def write(folder: Path, text: str) -> Path:
    path = folder / "my.yaml"
    path.write_text(text, "utf-8")
    return path


def whole(folder: Path, **changes: Any) -> Path:
    values = settings(Path("${rows}"), **changes)
    return write(folder, yaml.safe_dump({"variables": {"rows": None, "depth": 3}, **values}))


def folder_of(run: TrainingRun) -> str:
    source = run.sources["rows"]
    assert isinstance(source, TableSource)
    return source.folder


def test_variables_are_filled_in(tmp_path: Path) -> None:
    path = whole(tmp_path)
    assert folder_of(read_config(path, ["rows=~/Music/covers"])) == "~/Music/covers"
    with pytest.raises(ConfigError, match=r"my.yaml: rows is not given; add --set rows=VALUE"):
        read_config(path)


def test_settings_of_all_kinds_are_replaced(tmp_path: Path) -> None:
    run = read_config(
        whole(tmp_path),
        [
            "rows=r",
            "name=other",
            "optimiser.steps=0",
            "optimiser.minutes=1.5",
            "pairs.words.batch=128",
            "pairs.words.loss.kind=triplet",
            "pairs.words.loss.temperature_bounds=[0.02, 0.5]",
            "towers.cover.freeze=trunk",
            "validation.pairs.words=rows",
            "tensorboard=true",
            "sources.rows.where={split: train}",
        ],
    )
    assert run.name == "other"
    assert (run.stages[0].optimiser.steps, run.stages[0].optimiser.minutes) == (0, 1.5)
    assert run.pairs[0].batch == 128
    assert run.pairs[0].loss.kind == "triplet"
    assert run.pairs[0].loss.temperature_bounds == (0.02, 0.5)
    assert run.towers["cover"].freeze == "trunk"
    assert run.validation.pairs == {"words": "rows"}
    assert run.tensorboard
    source = run.sources["rows"]
    assert isinstance(source, TableSource)
    assert source.where == {"split": "train"}


def test_a_stage_is_replaced_by_its_name(tmp_path: Path) -> None:
    stage = {"name": "one", "pairs": ["words"], "optimiser": {"steps": 3}}
    values = settings(tmp_path, stages=[stage])
    del values["optimiser"]
    path = write(tmp_path, yaml.safe_dump(values))
    run = read_config(path, ["stages.one.optimiser.steps=7"])
    assert run.stages[0].optimiser.steps == 7


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("optimiser.steps", "write KEY=VALUE"),
        ("=3", "write KEY=VALUE"),
        ("pairs.wrods.batch=3", "there is no wrods in the configuration"),
        ("pairs.words=3", "name a setting of the entry"),
        ("name.first=3", "there is no name in the configuration"),
        ("pairs.words.batch=[", "--set pairs.words.batch=["),
        ("optimiser.stpes=3", "stages.0.optimiser.stpes is no setting"),
        (
            "dpeth=4",
            "--set dpeth=4: dpeth is neither a setting nor a variable; variables: depth, rows",
        ),
    ],
)
def test_a_setting_that_cannot_be_replaced_is_told(
    tmp_path: Path, setting: str, words: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        read_config(whole(tmp_path), ["rows=r", setting])
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [1", "is not YAML"),
        ("- 1\n- 2\n", "must hold settings"),
        ("", "must hold settings"),
        ("name: x\n", "sources is missing"),
        ("name: x\nvariables: 3\npairs: []\n", "variables"),
        ("name: x\npairs: 3\nsources: {}\n", "pairs"),
        ("name: x\npairs: [3]\nsources: {}\n", "pairs.0"),
        ("name: x\noptimiser: 3\npairs: []\nsources: {}\n", "optimiser"),
        ("name: x\nnets: 3\npairs: []\nsources: {}\n", "nets"),
    ],
)
def test_a_file_that_is_no_configuration_is_told(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_config(write(tmp_path, text))
    assert str(caught.value).startswith(str(tmp_path))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_one_that_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none.yaml: does not exist"):
        read_config(tmp_path / "none.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00name")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_config(tmp_path / "bytes.yaml")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_config(tmp_path)
