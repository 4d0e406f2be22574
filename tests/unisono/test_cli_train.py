"""``unisono train``: what it prints, writes and returns."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

sys.path.insert(0, str(Path(__file__).parents[1] / "towers"))

from small_runs import FakeSentences, rows_of, settings, write_rows

from unisono.cli import main
from unisono.towers.space import load
from unisono.towers.training.run_log import RunLogError, read
from unisono.towers.training.step import TrainingStep

LIMIT_S = 120


@pytest.fixture(autouse=True)
def quick_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unisono.towers.sentences.SentenceCache", FakeSentences)


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_rows(tmp_path_factory.mktemp("rows"))


def write(folder: Path, rows: Path, **changes: Any) -> Path:
    usual: dict[str, Any] = {"optimiser": {"steps": 3}}
    path = folder / "my.yaml"
    path.write_text(yaml.safe_dump(settings(rows, **{**usual, **changes})))
    return path


def unisono(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = main(["train", *map(str, words)])
    out, err = capsys.readouterr()
    return code, out, err


def test_a_run_says_what_it_does_and_where_the_bundle_is(
    rows: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write(tmp_path, rows, validation={"pairs": {"words": "rows"}, "every_steps": 3})
    code, out, err = unisono(capsys, config, "--out", tmp_path / "run")
    assert code == 0
    lines = out.splitlines()
    assert lines[0].startswith("words: R@1 ")
    assert lines[0].endswith("of 12 (chance 8.3 %)")
    assert lines[1] == f"bundle: {tmp_path / 'run' / 'bundle'}"
    assert lines[2].startswith(f"next: unisono doctor {tmp_path / 'run'}")
    told = err.splitlines()
    assert told[0] in ("train: text, cover on 12 works", "train: cover, text on 12 works")
    assert told[1] == (
        "train: 12 works are both in training and in validation, such as work 0; its numbers "
        "will flatter"
    )
    assert told[-1] == "train: finished after step 3"
    assert "\x1b" not in err  # no terminal
    assert load(tmp_path / "run" / "bundle").name == "small"


@pytest.mark.parametrize(("cores", "asked", "threads"), [(4, None, 3), (1, None, 1), (4, "2", 2)])
def test_loaders_have_cores_of_their_own(
    rows: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    cores: int,
    asked: str | None,
    threads: int,
) -> None:
    seen = []
    backward = TrainingStep.backward

    def noting(step: TrainingStep, batch: Any) -> Any:
        seen.append(torch.get_num_threads())
        return backward(step, batch)

    monkeypatch.setattr(TrainingStep, "backward", noting)
    monkeypatch.setattr("unisono.cli.train.cores", lambda: cores)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if asked:
        monkeypatch.setenv("OMP_NUM_THREADS", asked)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        config = write(tmp_path, rows, workers=1)
        assert unisono(capsys, config, "--out", tmp_path / "run")[0] == 0
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert set(seen) == {threads}


def test_the_same_as_json(rows: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write(tmp_path, rows, validation={"pairs": {"words": "rows"}, "every_steps": 2})
    code, out, _ = unisono(capsys, config, "--out", tmp_path / "run", "--json")
    facts = json.loads(out)
    assert code == 0
    assert facts["bundle"] == str(tmp_path / "run" / "bundle")
    assert (facts["steps"], facts["ended"]) == (3, "finished")
    assert facts["validation"]["step"] == 2
    assert facts["validation"]["sets"]["words"]["candidates"] == 12


def test_settings_are_taken_from_the_command(
    rows: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write(tmp_path, rows)
    words = ["--set", "optimiser.steps=2", "--set", "pairs.words.batch=4"]
    assert unisono(capsys, config, "--out", tmp_path / "run", *words)[0] == 0
    (start,) = read(tmp_path / "run").starts
    assert start.batch == {"words": 4}
    assert read(tmp_path / "run").steps[-1].step == 2


def test_the_folder_is_runs_and_the_name_where_none_is_given(
    rows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert unisono(capsys, write(tmp_path, rows))[0] == 0
    assert (tmp_path / "runs" / "small" / "bundle").is_dir()
    assert unisono(capsys, "my.yaml", "--set", "out=here", "--set", "optimiser.steps=1")[0] == 0
    assert (tmp_path / "here" / "bundle").is_dir()


def test_another_configuration_needs_another_folder_or_fresh(
    rows: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, run = write(tmp_path, rows), tmp_path / "run"
    assert unisono(capsys, config, "--out", run)[0] == 0
    changed = [config, "--out", run, "--set", "optimiser.learning_rate=0.5"]
    code, out, err = unisono(capsys, *changed)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert err.startswith(f"unisono: {run}: holds a run with other")
    assert "--fresh" in err
    assert unisono(capsys, *changed, "--fresh")[0] == 0
    assert len(read(run).starts) == 1


def test_a_dry_run_opens_everything_and_trains_nothing(
    rows: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write(tmp_path, rows, towers={"cover": {"freeze": "trunk"}})
    code, out, _ = unisono(capsys, config, "--dry-run", "--out", tmp_path / "run")
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "source rows: 12 items, 12 works"
    assert any(line.startswith("tower cover: ") and "frozen: trunk" in line for line in lines)
    assert "pairs words: cover and text of rows, info_nce on character, 6 a step" in lines
    assert lines[-1] == "nothing trained (--dry-run)"
    assert not (tmp_path / "run").exists()
    facts = json.loads(unisono(capsys, config, "--dry-run", "--json")[1])
    assert facts["sources"] == {"rows": {"items": 12, "works": 12}}
    assert facts["towers"]["cover"]["freeze"] == "trunk"
    assert facts["towers"]["text"]["parameters"] > 1000


@pytest.mark.parametrize("dry", [True, False])
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"pairs": [{"name": "words", "source": "rows", "left": "audio", "right": "text"}]},
         "pairs.words: rows has no role audio; it has cover, text"),
        ({"sources": {"rows": rows_of(Path("/nowhere"))}}, "/nowhere does not exist"),
        ({"towers": {"drums": {}}}, "towers names drums; there are audio"),
        ({"towers": {"cover": {"backbone": "nonsense"}}}, "nonsense"),
        ({"optimiser": {"steps": -1}}, "give either optimiser.steps or optimiser.minutes"),
        ({"start": "no/such/bundle"}, "no/such/bundle"),
        ({"nets": {"character_dimension": 0}}, "the space has no character"),
        ({"towers": {"cover": {"freeze": "all"}, "text": {"freeze": "all"}}},
         "every tower is frozen"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_sentence(
    rows: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, Any],
    words: str,
    dry: bool,
) -> None:
    config = write(tmp_path, rows, **changes)
    extra = ["--dry-run"] if dry else []
    code, out, err = unisono(capsys, config, "--out", tmp_path / "run", *extra)
    assert (code, out) == (2, "")
    assert words in err
    assert err.startswith("unisono: ")
    assert "unexpected" not in err
    assert err.count("\n") == 1


def test_a_missing_package_for_the_curves_is_told_before_the_run(
    rows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    config = write(tmp_path, rows, tensorboard=True)
    code, _, err = unisono(capsys, config, "--out", tmp_path / "run")
    assert code == 2
    assert "pip install 'unisono[train]'" in err
    assert not (tmp_path / "run").exists()


def steps(folder: Path) -> int:
    try:
        log = read(folder)
    except RunLogError:
        return 0
    return log.steps[-1].step if log.steps else 0


def test_ctrl_c_leaves_a_checkpoint_from_which_the_same_command_goes_on(
    rows: Path, tmp_path: Path
) -> None:
    source = rows_of(rows, columns={"cover": "image", "midi": "mid"}, seconds=0.8, augment=True)
    pairs = {"name": "songs", "source": "rows", "left": "cover", "right": "midi", "batch": 4}
    config = write(
        tmp_path,
        rows,
        sources={"rows": source},
        pairs=[pairs],
        workers=1,
        optimiser={"minutes": 0.06},
    )
    arguments = ["train", str(config), "--out", str(tmp_path / "run")]
    command = [sys.executable, "-m", "unisono", *arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}

    def start() -> subprocess.Popen[str]:
        # a terminal sends Ctrl-C to the workers as well: to the whole group
        return subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    first = start()
    end = time.monotonic() + LIMIT_S
    while steps(tmp_path / "run") < 3 and time.monotonic() < end:
        assert first.poll() is None, first.communicate()
        time.sleep(0.05)
    os.killpg(first.pid, signal.SIGINT)
    out, err = first.communicate(timeout=LIMIT_S)
    assert first.returncode == 130
    assert "Traceback" not in err
    assert err.splitlines()[-1] == (
        "unisono: stopped; a checkpoint is written, and the same command goes on from it"
    )
    last = torch.load(tmp_path / "run" / "checkpoint.pt", weights_only=True)["state"]["step"]
    assert last == steps(tmp_path / "run")
    second = start()
    out, err = second.communicate(timeout=LIMIT_S)
    assert second.returncode == 0, err
    log = read(tmp_path / "run")
    assert [record.step for record in log.steps] == list(range(1, log.steps[-1].step + 1))
    assert log.steps[-1].step > last
    assert log.ends[-1].why == "finished"
    assert f"bundle: {tmp_path / 'run' / 'bundle'}" in out
