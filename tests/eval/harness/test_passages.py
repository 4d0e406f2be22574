from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unisono.data.places import TimeSpan
from unisono.eval.harness.passages import nearest, time_centres


@given(st.floats(8.0, 60.0), st.sampled_from([0.1, 0.2, 1.0]), st.sampled_from([1.0, 2.0, 5.0]))
def test_centres_are_found_although_the_ends_cut_windows_short(duration, hop, window) -> None:
    centres = np.arange(0.075, duration, hop)
    spans = [
        TimeSpan(max(0.0, c - window / 2), min(duration, c + window / 2)) for c in centres.tolist()
    ]
    assert time_centres(spans) == pytest.approx(centres, abs=2e-3)


def test_the_nearest_of_all_copies_is_taken() -> None:
    first = (np.array([0.0, 0.2, 0.4]), np.array([[0.0], [1.0], [2.0]], np.float32))
    second = (np.array([-0.05, 0.15, 0.35]), np.array([[10.0], [11.0], [12.0]], np.float32))
    found = nearest([first, second], np.array([-1.0, 0.16, 0.19, 0.36, 9.0]))
    assert found.vectors[:, 0].tolist() == [10, 11, 1, 12, 2]
    assert found.off == pytest.approx([0.95, 0.01, 0.01, 0.01, 8.6])


@given(
    st.lists(st.floats(0, 10), min_size=1, max_size=20),
    st.lists(st.floats(-1, 11), min_size=1, max_size=9),
)
def test_nothing_nearer_is_left_out(centres, wanted) -> None:
    at = np.sort(centres)
    found = nearest([(at, at[:, None].astype(np.float32))], np.array(wanted))
    closest = np.abs(np.array(wanted)[:, None] - at).min(axis=1)
    assert found.off == pytest.approx(closest)
    assert np.abs(found.vectors[:, 0] - wanted) == pytest.approx(closest, abs=1e-5)
