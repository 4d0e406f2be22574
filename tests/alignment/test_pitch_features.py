import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unisono.alignment.time.chroma import chroma, decaying_onsets, folded, unit_rows
from unisono.alignment.time.pitch_features import (
    BANDS,
    LOWEST,
    SAMPLE_RATE,
    estimate_tuning,
    features_of_audio,
    features_of_notes,
)
from unisono.data.notes import DRUMS, Notes


def notes_of(pitches, onset_s, offset_s, velocity=80, program=0):
    n = len(pitches)
    return Notes(
        np.array(onset_s, np.float64),
        np.array(offset_s, np.float64),
        np.array(pitches, np.int16),
        np.full(n, velocity, np.int16),
        np.full(n, program, np.int16),
    )


def tones(pitches, seconds_each=0.5, cents=0.0, silence_s=0.5):
    """Plain tones one after the other, after silence."""
    t = np.arange(round(seconds_each * SAMPLE_RATE)) / SAMPLE_RATE
    fade = np.minimum(1, np.minimum(t, t[::-1]) / 0.005)
    hertz = [440 * 2 ** ((pitch + cents / 100 - 69) / 12) for pitch in pitches]
    parts = [np.sin(2 * np.pi * f * t) * fade for f in hertz]
    return np.concatenate([np.zeros(round(silence_s * SAMPLE_RATE)), *parts]).astype(np.float32)


@pytest.mark.parametrize("pitch", [50, 60, 72, 84, 100])
def test_a_tone_is_strongest_in_its_own_band_and_begins_where_it_begins(pitch):
    features = features_of_audio([tones([pitch])])
    middle = features.energies[round(0.75 / features.hop_s)]
    assert int(middle.argmax()) == pitch - LOWEST
    start = features.onsets[:, pitch - LOWEST].argmax() * features.hop_s
    # Long windows see it coming.
    assert start == pytest.approx(0.5, abs=0.07 if pitch < 69 else 0.021)


@settings(max_examples=8)
@given(st.integers(300, 9000))
def test_the_blocks_do_not_change_the_features(size):
    sound = tones([60, 67])
    blocks = [sound[i : i + size] for i in range(0, len(sound), size)]
    whole, pieces = features_of_audio([sound]), features_of_audio(blocks)
    assert whole.energies.shape == pieces.energies.shape
    assert np.allclose(whole.energies, pieces.energies, rtol=1e-3, atol=1e-7)
    assert len(whole) == pytest.approx(len(sound) / SAMPLE_RATE / whole.hop_s, abs=1)


@pytest.mark.parametrize("cents", [-35.0, 0.0, 20.0, 44.0])
def test_the_tuning_is_heard(cents):
    sound = tones([62, 69, 74, 66, 71], cents=cents)
    assert estimate_tuning(sound) == pytest.approx(cents, abs=3)
    features = features_of_audio([sound])
    assert int(features.energies[round(0.75 / 0.02)].argmax()) == 62 - LOWEST


def test_silence_and_no_sound_have_features_that_say_nothing():
    for sound in (np.zeros(8000, np.float32), np.zeros(0, np.float32)):
        features = features_of_audio([sound])
        assert not features.energies.any() and not features.onsets.any()
        assert np.isfinite(chroma(features.energies, LOWEST, 30.0)).all()
        assert not decaying_onsets(features.onsets, LOWEST, 0.02).any()


def test_notes_sound_from_their_onset_to_their_offset():
    features = features_of_notes(notes_of([60, 64], [0.0, 1.0], [1.0, 1.5]), hop_s=0.1)
    held = features.energies[:, 60 - LOWEST] > 0
    assert np.flatnonzero(held).tolist() == list(range(10))
    assert np.flatnonzero(features.onsets[:, 64 - LOWEST]).tolist() == [10]
    assert features.energies.shape[1] == BANDS
    assert np.diff(features.energies[:10, 60 - LOWEST]).max() < 0


def test_drums_and_pitches_beyond_the_keyboard_are_left_out():
    assert not features_of_notes(notes_of([38], [0], [1], program=DRUMS)).energies.any()
    assert not features_of_notes(notes_of([5, 120], [0, 0], [1, 1])).energies.any()


def test_octaves_are_folded():
    bands = np.zeros((1, 30), np.float32)
    bands[0, [0, 12, 7, 24]] = [1, 2, 4, 8]  # of pitch 62: D, D, A, D
    found = folded(bands, 62)
    assert found[0, 2] == 11 and found[0, 9] == 4 and found.sum() == 15


def test_chroma_has_unit_length_and_silence_is_like_everything():
    rng = np.random.default_rng(0)
    energies = rng.random((5, BANDS), dtype=np.float32)
    energies[2] = 0
    found = chroma(energies, LOWEST, 30.0)
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(5))
    assert found[2] == pytest.approx(np.full(12, 1 / np.sqrt(12)))
    assert unit_rows(np.array([[3.0, 4.0]], np.float32), 0.1).tolist() == [
        pytest.approx([0.6, 0.8])
    ]


def test_onsets_fade_and_quiet_ones_count_in_quiet_places():
    onsets = np.zeros((200, 12), np.float32)
    onsets[10, 0], onsets[100, 4], onsets[105, 7] = 1.0, 0.5, 0.25
    found = decaying_onsets(onsets, 60, 0.02)
    # Each is divided by the strongest within 0.4 s; sqrt(1 / k) over ten frames.
    assert found[10:20, 0] == pytest.approx(np.sqrt(1 / np.arange(1, 11)))
    assert not found[20:, 0].any()
    assert (found[100, 4], found[105, 7]) == (1.0, 0.5)
