from __future__ import annotations

import numpy as np
import pytest

from unisono.data.notes import Notes
from unisono.eval.harness.density_baseline import comparable, notes_features


def notes(onsets, pitches) -> Notes:
    count = len(onsets)
    plain = np.full(count, 80, np.int16)
    at = np.asarray(onsets, float)
    return Notes(at, at + 0.1, np.asarray(pitches, np.int16), plain, plain * 0)


def test_stretches_count_what_begins_in_them_and_say_how_high_it_is() -> None:
    # five stretches of 0.8 s around second 2: their edges lie at 0, 0.8, 1.6, 2.4, 3.2 and 4
    found = notes_features(notes([0.1, 0.2, 0.9, 2.0, 3.9], [60, 64, 70, 50, 80]), np.array([2.0]))
    assert found[0, :5].tolist() == [2, 1, 1, 0, 1]
    mean = (60 + 64 + 70 + 50 + 80) / 5
    assert found[0, 5:] == pytest.approx([62, 70, 50, mean, 80])


def test_places_at_the_ends_have_nothing_beyond() -> None:
    found = notes_features(notes([0.0, 1.0], [60, 62]), np.array([0.0, 50.0]))
    assert found[0, :5].tolist() == [0, 0, 1, 1, 0]
    assert found[1, :5].tolist() == [0] * 5


def test_features_of_any_scale_become_comparable() -> None:
    features = np.random.default_rng(0).standard_normal((50, 10))
    scaled = features * np.arange(1, 11) + 100
    assert comparable(scaled) == pytest.approx(comparable(features))
    assert np.linalg.norm(comparable(features), axis=1) == pytest.approx(np.ones(50))
    assert np.isfinite(comparable(np.ones((3, 10)))).all()
