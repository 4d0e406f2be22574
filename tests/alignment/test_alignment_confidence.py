"""How sure alignments are: the logistic functions, and what goes into them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_alignment_bad_pairs import tune

from unisono.alignment.time import fitted_confidence
from unisono.alignment.time.alignment import Alignment
from unisono.alignment.time.confidence import (
    MatchConfidence,
    MatchGrounds,
    MomentConfidence,
    features_of,
    pace_of,
    signal_fit,
)
from unisono.alignment.time.doubts import doubt_of
from unisono.alignment.time.judging import Evidence, leaps_of
from unisono.alignment.time.note_alignment import align_features
from unisono.alignment.time.pitch_features import features_of_notes
from unisono.alignment.time.played_order import PlayedOrder

GROUNDS = MatchGrounds(0.5, 0.4, 0.3, 1.0, 0.2, 0.1, 2.0, 100.0)
MATCH = MatchConfidence(-1.0, 2.0, 1.0, 1.0, 0.5, 1.0, 1.0, 0.2, 0.1)


def test_a_probability_by_hand():
    logit = -1 + 1.0 + 0.4 + 0.3 + 0.5 - 0.2 - 0.1 - 0.4 + 0.1 * np.log(100)
    assert MATCH.probability(GROUNDS) == pytest.approx(1 / (1 + np.exp(-logit)))


def test_weights_below_zero_are_refused():
    with pytest.raises(ValueError, match="weight of leaps"):
        replace(MATCH, leaps=-0.1)
    with pytest.raises(ValueError, match="below 0"):
        MomentConfidence(0.0, -1.0, 1.0)


@given(
    st.sampled_from(["fit", "crossing", "likeness", "alike", "wandering", "passed_over", "leaps"]),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_what_speaks_for_a_pair_never_lowers_its_probability(name, one, other):
    low, high = sorted((one, other))
    for fitted in (MATCH, fitted_confidence.NOTES.match, fitted_confidence.PAGES.match):
        less = fitted.probability(replace(GROUNDS, **{name: low}))
        more = fitted.probability(replace(GROUNDS, **{name: high}))
        against = name in ("wandering", "passed_over", "leaps")
        assert less >= more if against else less <= more


@given(st.floats(-1e6, 1e6), st.floats(0, 1))
def test_probabilities_stay_probabilities(fit, whole):
    assert 0 <= MATCH.probability(replace(GROUNDS, fit=fit)) <= 1
    moments = MomentConfidence(-1.0, 2.0, 1.0).probabilities([fit, 0.0], whole)
    assert ((moments >= 0) & (moments <= 1)).all()


def test_features_are_in_the_order_of_the_weights():
    assert features_of(GROUNDS) == pytest.approx(
        (0.5, 0.4, 0.3, 1.0, -0.2, -0.1, -2.0, np.log(100))
    )
    assert features_of(replace(GROUNDS, leaps=99.0, seconds=1e9))[-2:] == (-10, np.log(300))


def test_a_steady_pace_does_not_wander_and_a_standing_one_does():
    seconds = np.arange(0, 60, 0.5)
    assert pace_of(seconds, 3 * seconds) == pytest.approx(0, abs=1e-9)
    standing = np.where(seconds < 30, seconds, 30 + 0.01 * (seconds - 30))
    assert pace_of(seconds, standing) > 0.5
    assert pace_of(seconds, np.zeros(120)) == pytest.approx(np.log(4))
    assert pace_of(np.zeros(1), np.zeros(1)) == pytest.approx(np.log(4))


def test_the_right_notes_fit_better_than_others_everywhere():
    played = features_of_notes(tune(1, slower=1.3))
    fits = []
    for seed in (1, 2):
        score = features_of_notes(tune(seed))
        fits.append(signal_fit(played, score, align_features(played, score)))
    right, wrong = fits
    assert right.fit > wrong.fit + 0.2 and right.crossing > wrong.crossing + 0.2
    assert np.median(right.near) > np.median(wrong.near) + 0.2
    assert (np.diff(right.recording_s) > 0).all()


def test_leaps_are_counted_where_no_mark_says_so():
    marked = PlayedOrder.parse("1-4 1-8")
    assert leaps_of(PlayedOrder.parse("1-4 1-8"), marked) == 0
    assert leaps_of(PlayedOrder.parse("1-8"), marked) == 0
    assert leaps_of(PlayedOrder.parse("1-4 1-6 3-8"), marked) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seconds": 3.0}, "only 3 s"),
        ({"passed_over": 0.8}, "80% of what sounds"),
        ({}, "little better than"),
    ],
)
def test_doubts_are_said_in_words(change, words):
    none = np.zeros(2)
    evidence = Evidence(replace(GROUNDS, **change), none, none)
    alignment = Alignment(None, none, none, none, 0.1, none, evidence=evidence)
    assert words in doubt_of(alignment) and not alignment.belongs
