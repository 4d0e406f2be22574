"""Benchmarks that need material, or could mislead: what they say where it is lacking."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.marked_pages import ENSEMBLES, marked_pages, missing
from benchmarks.ray_indexing import songs_an_hour

ROOT = Path(__file__).resolve().parents[2]


def system_finding(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.system_finding", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--engraved"], "has no chopin/editions.parquet, no chopin/kern.zip, no msmd/valid"),
        (["--scans"], "has no staves.json"),
    ],
)
def test_lacking_pages_are_one_line(words: list[str], said: str, tmp_path: Path) -> None:
    done = system_finding(*words, tmp_path)
    assert done.returncode == 2
    assert f"{tmp_path} {said}" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_ensembles_are_told_in_the_help_and_in_errors(tmp_path: Path) -> None:
    said = system_finding("--help").stdout
    assert all(one in said for one in (*ENSEMBLES, "DIR/msmd", "DIR/lieder"))
    done = system_finding("--engraved", tmp_path, "--only", "choir")
    assert "no ensemble 'choir'; there are piano, " in done.stderr


def test_only_what_is_asked_for_is_needed_and_engraved(tmp_path: Path) -> None:
    assert missing(tmp_path, "test", ["orchestra"]) == []
    assert missing(tmp_path, "test", ["lilypond"]) == ["msmd/test"]
    assert missing(tmp_path, "test", ["solo"])[:1] == ["quartets/quartets.parquet"]
    [page] = marked_pages(tmp_path, "test", 1, 0, ["orchestra"])
    assert (page.ensemble, page.boxes.shape[1]) == ("orchestra", 4)


def test_songs_an_hour_are_of_files_enough() -> None:
    assert songs_an_hour(26, 70.0, 10.0) == pytest.approx(24 / 60 * 3600)
    assert songs_an_hour(4, 10.001, 10.0) is None
    assert songs_an_hour(4, 9.0, 10.0) is None
    assert songs_an_hour(24, 12.4, 10.0) is None
    assert songs_an_hour(24, 12.5, 10.0) == pytest.approx(22 / 2.5 * 3600)
