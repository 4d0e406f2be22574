from __future__ import annotations

import numpy as np
import pytest

from unisono.data.notes import Notes
from unisono.eval.harness.repeated_notes import note_windows, share_alone


def played(onsets, pitches) -> Notes:
    at, plain = np.asarray(onsets, float), np.full(len(onsets), 80, np.int16)
    return Notes(at, at + 0.1, np.asarray(pitches, np.int16), plain, plain * 0)


def test_a_repeat_is_told_apart_by_windows_that_see_beyond_it() -> None:
    # three notes twice, four seconds apart, and another note after the second time
    notes = played([0, 0.5, 1, 4, 4.501, 5, 6.5], [60, 62, 64, 60, 62, 64, 70])
    seconds = np.array([0.5, 4.5])
    short, long = (note_windows(notes, seconds, window_s) for window_s in (2.0, 4.0))
    assert short[0] == short[1] and share_alone(short) == 0.0
    assert long[0] != long[1] and share_alone(long) == 1.0


def test_the_order_of_a_chord_does_not_matter_and_a_pitch_does() -> None:
    chord, same = played([1, 1], [60, 64]), played([1, 1], [64, 60])
    other = played([1, 1], [60, 65])
    at = np.array([1.0])
    assert note_windows(chord, at, 1.0) == note_windows(same, at, 1.0)
    assert note_windows(chord, at, 1.0) != note_windows(other, at, 1.0)


def test_shares_count_all_that_are_equal() -> None:
    assert share_alone(["a", "b", "a", "c"]) == 0.5
    with pytest.raises(ValueError, match="no windows"):
        share_alone([])
