"""A folder of every kind of bad input, indexed by the command itself in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "data"))
sys.path.insert(0, str(Path(__file__).parents[1] / "towers"))

from bad_files import BAD_FILES, USED, BadFile, make_bad_files
from bad_recordings import tone
from tiny_space import CONFIG

from unisono.cli.table import printable


@dataclass(frozen=True)
class Run:
    """What the command did with the folder."""

    folder: Path
    made: list[str]
    code: int
    report: dict[str, Any]
    messages: str
    before: set[Path]
    after: set[Path]

    @property
    def said(self) -> dict[str, str]:
        return {Path(one["path"]).name: one["reason"] for one in self.report["quarantine"]}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    from unisono.towers.space import build

    outer = tmp_path_factory.mktemp("outer")
    build(CONFIG, outer / "bundle")
    folder = outer / "music"
    made = make_bad_files(folder)
    tone(folder / "sound.wav")
    before = set(outer.rglob("*"))
    command = [sys.executable, "-m", "unisono", "index", str(folder), "--json"]
    command += ["--bundle", str(outer / "bundle"), "--catalogue", str(outer / "c.lance")]
    done = subprocess.run(command, capture_output=True, timeout=500, check=False)
    messages = done.stderr.decode(errors="replace")
    assert done.stdout, messages
    after = {path for path in outer.rglob("*") if outer / "c.lance" not in (path, *path.parents)}
    yield Run(
        folder,
        [bad.name for bad in made],
        done.returncode,
        json.loads(done.stdout),
        messages,
        before,
        after,
    )


def test_what_can_be_used_is_indexed(run: Run) -> None:
    used = [bad.name for bad in BAD_FILES if bad.name in run.made and bad.said == USED]
    assert run.code == 0
    assert run.report["indexed"] == len(used) + 1
    assert run.report["skipped"] == 0
    assert "sound.wav" not in run.said


@pytest.mark.parametrize("bad", BAD_FILES, ids=lambda bad: ascii(bad.name))
def test_each_has_its_reason(run: Run, bad: BadFile) -> None:
    if bad.name not in run.made:
        pytest.skip("cannot be made here")
    said = run.said.get(printable(bad.name))
    if bad.said == USED:
        assert said is None
        return
    assert said is not None
    assert bad.said in said
    assert "\n" not in said
    assert "Error" not in said  # a decoder's own words


def test_nothing_else_is_said(run: Run) -> None:
    assert set(run.said) <= {printable(name) for name in run.made}
    assert "Traceback" not in run.messages


def test_nothing_is_written_beside_the_catalogue(run: Run) -> None:
    assert run.after == run.before
