"""Pairs of times become an alignment that ascends on both sides."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from piece_miniatures import write_mxl
from short_scores import melody, score

from unisono.data.sources.moments import SECONDS_PER_QUARTER, same_moments, seconds_per_quarter

_TIMES = st.floats(0, 600, allow_nan=False)


def test_a_chord_is_one_moment_and_a_wrong_pair_is_dropped() -> None:
    aligned = same_moments(
        "score", [1.0, 0.0, 1.0, 1.0, 2.0, 3.0], "audio", [5.2, 4.0, 5.0, 9.0, 4.5, 6.0]
    )
    assert aligned is not None
    np.testing.assert_allclose(aligned.left_s, [0.0, 1.0, 3.0])
    np.testing.assert_allclose(aligned.right_s, [4.0, 5.2, 6.0])


def test_too_little_is_no_alignment() -> None:
    assert same_moments("score", [], "audio", []) is None
    assert same_moments("score", [1.0, 1.0], "audio", [2.0, 3.0]) is None
    assert same_moments("score", [1.0, np.nan, 2.0], "audio", [2.0, 3.0, 1.0]) is None


@given(st.lists(st.tuples(_TIMES, _TIMES), max_size=60))
def test_what_is_aligned_ascends(pairs: list[tuple[float, float]]) -> None:
    left, right = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    aligned = same_moments("midi", left, "performance", right)
    if aligned is not None:
        assert (np.diff(aligned.left_s) > 0).all()
        assert (np.diff(aligned.right_s) > 0).all()
        assert set(aligned.left_s) <= set(left)


@given(st.lists(_TIMES, min_size=2, max_size=60, unique=True))
def test_pairs_in_step_are_all_kept(times: list[float]) -> None:
    aligned = same_moments("midi", times, "audio", [2 * time + 1 for time in times])
    if len({2 * time + 1 for time in times}) == len(times):
        assert aligned is not None
        np.testing.assert_allclose(aligned.right_s, 2 * np.sort(times) + 1)


def test_tempo_of_a_score(tmp_path: Path) -> None:
    xml = score([melody(2)], bpm=90)
    assert seconds_per_quarter(write_mxl(tmp_path / "a.mxl", xml)) == 60 / 90
    untold = xml.replace('<sound tempo="90"/>', "")
    assert seconds_per_quarter(write_mxl(tmp_path / "b.mxl", untold)) == SECONDS_PER_QUARTER
    changing = xml.replace('<sound tempo="90"/>', '<sound tempo="90"/><sound tempo="60"/>')
    assert seconds_per_quarter(write_mxl(tmp_path / "c.mxl", changing)) == SECONDS_PER_QUARTER
