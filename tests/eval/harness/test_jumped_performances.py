"""Orders that are drawn, and how right a found one is."""

import itertools
import json

import numpy as np
import pytest

from unisono.data.notes import Notes
from unisono.eval.harness import jumped_performances as jumped
from unisono.eval.harness.task import EvalError

BARS = 20


def written(order=None):
    rng = np.random.default_rng(2)
    onset_s = np.arange(BARS * 6) / 4
    pitch = rng.integers(50, 80, len(onset_s)).astype(np.int16)
    whole = np.full(len(pitch), 1, np.int16)
    notes = Notes(onset_s, onset_s + 0.25, pitch, 80 * whole, 0 * whole)
    return jumped.WrittenBars("made", notes, np.arange(BARS + 1) * 1.5, order or (*range(BARS),))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("order", [None, (*range(8), *range(2, 7), *range(8, BARS))])
def test_an_order_is_drawn_of_each_kind(seed, order):
    score = written(order)
    random = np.random.default_rng(seed)
    assert jumped.drawn_order(score, "as written", random)[1] == score.order
    marked, played = jumped.drawn_order(score, "marked", random)
    known = set(zip(marked.order[:-1], marked.order[1:], strict=True))
    jumps = {(a, b) for a, b in itertools.pairwise(played) if b != a + 1}
    if order is None:
        assert jumps <= known
    assert max(played) == BARS - 1
    _, free = jumped.drawn_order(score, "unmarked", random)
    assert len(jumped.runs_of(jumped.map_of(score, free))) <= 2
    assert (free[0] == 0 or len(free) < BARS) and free != tuple(range(BARS))


def test_bars_are_right_on_both_sides_of_their_line():
    bar_s = np.array([0.0, 2.0, 4.0])
    true = np.array([1.0, 1.9, 2.1, 3.0, 3.0, 0.0])
    found = np.array([0.5, 2.1, 1.9, 1.9, -1.0, 0.0])
    assert jumped.right_bars(found, true, bar_s).tolist() == [True] * 3 + [False] * 2 + [True]


@pytest.mark.parametrize("kind", ["marked", "unmarked"])
def test_a_performance_is_judged(kind):
    performance = jumped.perform(written(), kind, 1, "builtin")
    assert performance.times_s[0] >= 2  # applause
    score = jumped.judge(performance)
    assert score.right_bar > 0.95
    assert score.played == jumped.words_of(performance.runs)


def test_too_short_a_score_is_refused():
    short = jumped.WrittenBars("short", written().notes, np.arange(6) * 1.0, (*range(5),))
    with pytest.raises(ValueError, match="only 5 bars"):
        jumped.perform(short, "as written", 0, "builtin")


def test_lists_that_are_not_there_are_named(tmp_path):
    ids = tmp_path / "splits.json"
    with pytest.raises(EvalError, match="no list of ids"):
        jumped.score_paths(tmp_path, ids, "valid")
    ids.write_text(json.dumps({"valid": ["a"], "test": ["b"]}))
    with pytest.raises(EvalError, match="none of the scores"):
        jumped.score_paths(tmp_path, ids, "valid")
    (tmp_path / "a.mxl").write_bytes(b"x")
    assert jumped.score_paths(tmp_path, ids, "valid") == [tmp_path / "a.mxl"]
