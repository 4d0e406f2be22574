"""A rough way through notes is put on their onsets, and goes evenly between them."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unisono.alignment.time.note_alignment import NoteAlignment
from unisono.alignment.time.onset_alignment import OnsetSettings, expected_s, on_onsets
from unisono.alignment.time.onset_kernel import cheapest_frames
from unisono.alignment.time.pitch_features import features_of_notes
from unisono.data.notes import DRUMS, Notes

SCORE_S = np.arange(12) * 0.5
PITCH = np.array([60, 64, 67, 72, 71, 67, 65, 62, 59, 60, 64, 60], np.int16)


def notes(onset_s, pitch=PITCH, program=0):
    onset_s = np.asarray(onset_s, np.float64)
    same = np.ones(len(onset_s), np.int16)
    return Notes(onset_s, onset_s + 0.3, np.asarray(pitch, np.int16), 80 * same, program * same)


def line(recording_s, score_s=SCORE_S):
    return NoteAlignment(np.asarray(recording_s, float), np.asarray(score_s, float), 0.1)


def at(path, score_s):
    return np.interp(score_s, path.score_s, path.recording_s)


@settings(max_examples=30)
@given(st.integers(0, 2**31))
def test_onsets_are_found_near_a_rough_path(seed):
    rng = np.random.default_rng(seed)
    played_s = 1.0 + np.concatenate([[0.0], np.cumsum(rng.uniform(0.42, 0.6, 11))])
    rough = line(played_s + rng.uniform(-0.15, 0.15, 12))
    found = on_onsets(features_of_notes(notes(played_s)), notes(SCORE_S), rough)
    # where the rough path is near, half of its fault stays
    assert np.abs(at(found, SCORE_S) - played_s).max() < 0.04
    assert (np.diff(found.recording_s) > 0).all() and (np.diff(found.score_s) > 0).all()


def test_a_pause_is_passed_evenly():
    """Between two onsets a path of costs may stay and then jump; the way on onsets does not."""
    score_s, played_s = np.array([0.0, 0.5, 1.0, 3.0, 3.5]), np.array([1.0, 1.5, 2.0, 6.0, 6.5])
    pitch = PITCH[:5]
    stays = line([1.0, 1.5, 2.0, 5.8, 6.0, 6.5], [0.0, 0.5, 1.0, 1.1, 3.0, 3.5])
    found = on_onsets(features_of_notes(notes(played_s, pitch)), notes(score_s, pitch), stays)
    np.testing.assert_allclose(at(found, [1.5, 2.0, 2.5]), [3.0, 4.0, 5.0], atol=0.03)


def test_an_onset_that_is_not_heard_follows_the_pace():
    played_s = 1.0 + SCORE_S
    heard = np.delete(np.arange(12), 5)
    recording = features_of_notes(notes(played_s[heard], PITCH[heard]))
    found = on_onsets(recording, notes(SCORE_S), line(played_s))
    np.testing.assert_allclose(at(found, SCORE_S), played_s, atol=0.03)


def test_what_comes_before_and_after_the_onsets_stays():
    played_s = 2.0 + SCORE_S
    rough = line([0.0, *played_s, 9.5], [-0.5, *SCORE_S, 7.0])
    found = on_onsets(features_of_notes(notes(played_s)), notes(SCORE_S), rough)
    assert found.recording_s[[0, -1]].tolist() == [0.0, 9.5]
    assert found.score_s[[0, -1]].tolist() == [-0.5, 7.0]


@pytest.mark.parametrize("score", [notes(SCORE_S, program=DRUMS), notes(SCORE_S + 100)])
def test_without_onsets_on_it_the_path_stays(score):
    rough = line(1.0 + SCORE_S)
    assert on_onsets(features_of_notes(notes(1.0 + SCORE_S)), score, rough) is rough


def test_a_silent_recording_keeps_the_pace_of_the_path():
    rough = line(1.0 + 1.1 * SCORE_S)
    silent = features_of_notes(notes(1.0 + 1.1 * SCORE_S, program=DRUMS))
    found = on_onsets(silent, notes(SCORE_S), rough)
    np.testing.assert_allclose(at(found, SCORE_S), rough.recording_s, atol=0.03)


def test_the_expected_pace_is_that_around():
    score_s = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    recording_s = np.array([0.0, 1.0, 2.0, 4.0, 6.0])
    np.testing.assert_allclose(expected_s(score_s, recording_s, 1.0), [1.0, 1.5, 2.0, 2.0])


@settings(max_examples=40)
@given(st.integers(0, 2**31), st.sampled_from([0.1, 0.6, 2.0]))
def test_the_cheapest_frames_are_found(seed, most):
    rng = np.random.default_rng(seed)
    own, first = rng.random((4, 5)), np.cumsum(rng.integers(0, 30, 4) * rng.integers(0, 2, 4))
    expected, least, uneven = rng.uniform(0.5, 40, 3), 1.5, 0.7

    def total(chosen):
        frames = first + np.array(chosen)
        distance = np.diff(frames)
        if (distance < 0).any():
            return np.inf
        away = np.abs(np.log((distance + least) / (expected + least)))
        return own[np.arange(4), chosen].sum() + uneven * np.minimum(most, away).sum()

    best = min(map(total, itertools.product(range(5), repeat=4)))
    found = cheapest_frames(own, first, expected, least, uneven, most)
    assert total(found - first) == pytest.approx(best)


def test_settings_say_how_far_an_onset_is_looked_for():
    played_s = 3.0 + SCORE_S
    recording, rough = features_of_notes(notes(played_s)), line(played_s - 0.8)
    near = on_onsets(recording, notes(SCORE_S), rough, OnsetSettings(reach_s=0.3))
    far = on_onsets(recording, notes(SCORE_S), rough, OnsetSettings(reach_s=1.5, away=0.0))
    assert np.abs(at(near, SCORE_S) - played_s).min() > 0.4
    assert np.abs(at(far, SCORE_S) - played_s).max() < 0.03
