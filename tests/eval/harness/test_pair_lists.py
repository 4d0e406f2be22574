from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from tiny_scores import write_pairs, write_score, write_scores

from unisono.eval.harness.pair_lists import pairs_by_rule, read_pairs, spread_evenly
from unisono.eval.harness.score_folders import folders_of, open_score, score_folders
from unisono.eval.harness.task import EvalError

ROW = {"piece": "first", "onset_s": 2.5, "page": 0, "x": 200.0, "y": 96.0}


def test_a_frame_gives_its_highest_note_and_needs_room_around_it(tmp_path: Path) -> None:
    onsets = [1.9, 2.04, 2.06, 2.09, 2.12, 3.0, 4.0, 5.0]
    xs = [150, 160, 170, 175, 180, 130, 600, 620]
    score = open_score(write_score(tmp_path / "piece", 60, onsets, xs))
    found = pairs_by_rule([score])
    # 1.9 s and 2.04 s are frames 38 and 41; 2.06 and 2.09 are frame 42, of which the latter is
    # higher; 600 and 620 lie within 100 px of the end of the last system
    assert found.onset_s.tolist() == [2.09, 2.12, 3.0]
    assert found.x.tolist() == [175, 180, 130]
    assert found.piece == ("piece",) * 3


def test_heads_without_a_time_or_a_system_are_no_pairs(tmp_path: Path) -> None:
    score = open_score(write_score(tmp_path / "piece", 60, [3, 4, 5, 6], [200, 300, 200, 300]))
    score.notes["onset"][1], score.notes["system"][2] = np.nan, -1
    assert pairs_by_rule([score]).onset_s.tolist() == [3, 6]


def test_pieces_too_short_for_any_pair_are_named_as_such(tmp_path: Path) -> None:
    score = open_score(write_score(tmp_path / "piece", 60, [0.1, 0.5], [200, 300]))
    with pytest.raises(EvalError, match=r"2\.1 s and 100 px"):
        pairs_by_rule([score])


def test_a_table_is_read_whatever_its_kinds_of_numbers(tmp_path: Path) -> None:
    rows = [ROW, {**ROW, "onset_s": 3.25, "x": 210.5, "extra": 1}]
    pairs = read_pairs(write_pairs(tmp_path / "pairs.parquet", rows))
    assert (pairs.onset_s.tolist(), pairs.x.tolist()) == ([2.5, 3.25], [200.0, 210.5])
    assert pairs.page.dtype == np.int64


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"onset_s": None}, "row 1 has no usable onset_s"),
        ({"onset_s": -1.0}, "row 1 has no usable onset_s"),
        ({"x": float("inf")}, "row 1 has no usable x"),
        ({"piece": None}, "column piece must name a piece"),
    ],
)
def test_a_bad_row_is_named(change, fault, tmp_path: Path) -> None:
    table = write_pairs(tmp_path / "pairs.parquet", [ROW, {**ROW, **change}])
    with pytest.raises(EvalError, match=fault) as error:
        read_pairs(table)
    assert str(error.value).startswith(f"{table}: ")


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([{"piece": "a", "x": 1.0}], "no column onset_s, page, y; a table of pairs has piece"),
        ([{**ROW, "x": "far left"}], "column x holds string, not numbers"),
    ],
)
def test_a_table_of_something_else_is_refused(rows, fault, tmp_path: Path) -> None:
    with pytest.raises(EvalError, match=fault):
        read_pairs(write_pairs(tmp_path / "pairs.parquet", rows))


def test_a_table_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match="no such table"):
        read_pairs(tmp_path / "none.parquet")
    (tmp_path / "text.parquet").write_text("piece,onset_s\n")
    with pytest.raises(EvalError, match="not a parquet table"):
        read_pairs(tmp_path / "text.parquet")
    empty = write_pairs(tmp_path / "empty.parquet", [ROW])
    import pyarrow.parquet as parquet

    parquet.write_table(parquet.read_table(empty).slice(0, 0), empty)
    with pytest.raises(EvalError, match="holds no pairs"):
        read_pairs(empty)


def test_the_fingerprint_is_that_of_the_pairs_in_their_order(tmp_path: Path) -> None:
    rows = [ROW, {**ROW, "onset_s": 3.0}]
    pairs = read_pairs(write_pairs(tmp_path / "pairs.parquet", rows))
    assert pairs.fingerprint == replace(pairs, x=pairs.x + 0.2).fingerprint
    assert pairs.fingerprint != pairs.take(np.array([1, 0])).fingerprint
    assert pairs.fingerprint != pairs.take(np.array([0])).fingerprint
    assert pairs.fingerprint != replace(pairs, onset_s=pairs.onset_s + 0.01).fingerprint


def test_pairs_are_spread_evenly_from_the_first_to_the_last() -> None:
    rows = spread_evenly(3530)
    assert (len(set(rows.tolist())), rows[0], rows[-1]) == (2000, 0, 3529)
    assert set(np.diff(rows).tolist()) == {1, 2}
    assert spread_evenly(12).tolist() == list(range(12))


def test_systems_are_those_of_the_nearest_head_also_on_ledger_lines(tmp_path: Path) -> None:
    score = open_score(write_score(tmp_path / "piece", 60, [3, 4, 5, 6], [200, 300, 200, 300]))
    at = score.nearest_systems(np.zeros(2, int), np.array([201.0, 299.0]), np.array([150.0, 180.0]))
    assert at.tolist() == [0, 1]
    with pytest.raises(EvalError, match="no note head on page 3"):
        score.nearest_systems(np.array([3]), np.array([1.0]), np.array([1.0]))


def test_folders_with_and_without_splits(tmp_path: Path) -> None:
    write_scores(tmp_path)
    names = [folder.name for folder in score_folders(tmp_path, "valid")]
    assert names == ["first", "second"]
    assert [one.name for one in score_folders(tmp_path / "valid", "valid")] == names
    assert folders_of(tmp_path, ["second"], "test") == [tmp_path / "valid" / "second"]


def test_folders_that_are_not_there_are_named(tmp_path: Path) -> None:
    write_scores(tmp_path)
    with pytest.raises(EvalError, match="no such folder"):
        score_folders(tmp_path / "none", "valid")
    with pytest.raises(EvalError, match=r"no test/<piece>/notes\.npz here"):
        score_folders(tmp_path, "test")
    with pytest.raises(EvalError, match="holds no piece third"):
        folders_of(tmp_path, ["first", "third"], "valid")


def test_damaged_pieces_are_named(tmp_path: Path) -> None:
    write_scores(tmp_path)
    folder = tmp_path / "valid" / "first"
    np.savez(folder / "notes.npz", onset=[1.0])
    with pytest.raises(EvalError, match=r"notes\.npz: lacks pitch, page"):
        open_score(folder)
    (folder / "notes.npz").write_bytes(b"no archive")
    with pytest.raises(EvalError, match=r"notes\.npz: damaged"):
        open_score(folder)
    (folder / "score.mid").unlink()
    with pytest.raises(EvalError, match=r"no score\.mid here"):
        open_score(folder)
