"""The order of bars, found from what sounds, and notes in an order."""

from dataclasses import replace

import numpy as np
import pytest

from unisono.alignment.time.note_jumps import find_bar_order, notes_in_order, sounds
from unisono.alignment.time.pitch_features import BANDS, PitchFeatures, features_of_notes
from unisono.data.notes import Notes
from unisono.data.scores.repeats import repeat_map

BARS, BAR_S, NOTES = 24, 2.0, 8


def melody(seed=0):
    """Bars of eight notes each, all different."""
    count = BARS * NOTES
    onset_s = np.arange(count) * BAR_S / NOTES
    pitch = np.random.default_rng(seed).integers(48, 84, count).astype(np.int16)
    same = np.ones(count, np.int16)
    return Notes(onset_s, onset_s + 0.24, pitch, 80 * same, 0 * same)


def played(notes, seconds):
    """The notes with times moved by a function."""
    return replace(notes, onset_s=seconds(notes.onset_s), offset_s=seconds(notes.offset_s))


def order_of(recording, notes):
    bar_s = [i * BAR_S for i in range(BARS)]
    return find_bar_order(recording, features_of_notes(notes), bar_s, range(BARS))


@pytest.mark.parametrize("pace", [0.5, 1.0, 1.6])
def test_an_ending_that_hurries_is_of_the_score(pace):
    notes = melody()
    turn = 0.7 * BARS * BAR_S

    def seconds(score_s):
        return np.where(score_s < turn, score_s, turn + (score_s - turn) / 1.6) / pace

    found = order_of(features_of_notes(played(notes, seconds)), notes)
    assert found.path.sections == ((0, BARS - 1),)
    middles = notes.onset_s + 0.1
    assert np.abs(found.score_s(seconds(middles)) - middles).max() < 1.0


def test_a_repeat_is_found_at_another_pace():
    notes = melody()
    bars = [*range(12), *range(6, BARS)]
    starts = [i * BAR_S for i in range(BARS + 1)]
    again = notes_in_order(notes, repeat_map(bars, starts, starts))
    found = order_of(features_of_notes(played(again, lambda score_s: score_s / 1.5)), notes)
    assert found.path.sections == ((0, 11), (6, BARS - 1))


def with_hum(features, before, after, level):
    random = np.random.default_rng(3)
    hum = random.exponential(level, (before + len(features) + after, BANDS)).astype(np.float32)
    around = ((before, after), (0, 0))
    onsets = random.exponential(level, hum.shape).astype(np.float32)
    return PitchFeatures(
        np.pad(features.energies, around) + hum,
        np.pad(features.onsets, around) + onsets * (hum > 2 * level),
        features.hop_s,
    )


def test_hum_before_and_after_is_no_music():
    notes = melody()
    heard = with_hum(features_of_notes(notes), 500, 1500, 1e-7)
    found = order_of(heard, notes)
    assert found.path.sections == ((0, BARS - 1),)
    inside = sounds(heard, 10)
    assert not inside[:45].any()
    assert not inside[-140:].any()
    assert inside[55:-160].mean() > 0.95


def test_a_soft_beginning_is_music():
    notes = melody()
    soft = np.where(notes.onset_s < 10, 20, 110).astype(np.int16)
    assert sounds(features_of_notes(replace(notes, velocity=soft)), 10)[:200].all()


def test_seconds_that_are_not_of_the_score_are_said():
    notes = melody()
    heard = features_of_notes(played(notes, lambda score_s: score_s + 30))
    found = order_of(heard, notes)
    assert found.score_s([40.1, 30 + 47.0]) == pytest.approx([10.1, 47.0], abs=0.5)
