"""The fit of confidences, on answers that are made up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unisono.alignment.identifying.confidence import Confidence, Grounds
from unisono.eval.identification_calibration import (
    Judged,
    calibration_error,
    features_of,
    fit,
    fit_and_check,
    module_text,
    probabilities,
)
from unisono.eval.metrics import roc_auc

TRUE = Confidence(offset=-2.0, order=1.5, margin=2.0, votes=1.0, consistent=1.0, length=0.3)


def answers(count=6000, seed=0):
    random = np.random.default_rng(seed)
    features = np.column_stack(
        (
            random.uniform(0, 3, count),
            random.normal(0, 1, count),
            random.uniform(0, 1, count),
            random.uniform(0, 1, count),
            random.uniform(0, 4.6, count),
        )
    )
    right = random.uniform(size=count) < probabilities(TRUE, features)
    return features, right


def test_the_weights_that_made_the_answers_are_found():
    features, right = answers()
    found = fit(features, right, np.full(len(right), 1 / len(right)))
    said, true = probabilities(found, features), probabilities(TRUE, features)
    assert np.abs(said - true).mean() < 0.03
    assert found.margin == pytest.approx(TRUE.margin, rel=0.25)


def test_evidence_never_counts_against_even_where_it_did_by_accident():
    features, _ = answers(400)
    right = features[:, 1] < 0
    found = fit(features, right, np.full(400, 1 / 400))
    assert found.margin == 0


def test_answers_of_one_kind_alone_are_refused():
    features, _ = answers(10)
    with pytest.raises(ValueError, match="right and wrong"):
        fit(features, np.ones(10, bool), np.full(10, 0.1))


def test_features_are_those_that_a_confidence_weighs():
    grounds = Grounds(votes=0.3, gain=2.0, by_chance=0.8, consistent=0.7, margin=0.4, passages=20)
    features = np.array([features_of(grounds)])
    assert probabilities(TRUE, features)[0] == pytest.approx(TRUE.probability(grounds))


def test_checking_leaves_pieces_out_and_says_what_it_found():
    features, right = answers(1500)
    pieces = np.array([f"piece{i % 30}" for i in range(1500)])
    judged = Judged(features, right, np.full(1500, 1 / 1500), pieces)
    found, said = fit_and_check(judged)
    assert isinstance(found, Confidence)
    assert said.startswith("answers of pieces left out: 1,500,") and "AUC right or wrong 0." in said


def test_what_is_written_is_what_was_fitted():
    scope: dict[str, object] = {}
    text = module_text(TRUE, "Words " * 40)
    exec(compile(text, "fitted.py", "exec"), scope)
    assert scope["FITTED"] == TRUE
    assert max(map(len, text.splitlines())) <= 100


def test_calibration_error_by_hand():
    probability = np.array([0.05, 0.05, 0.95, 0.95])
    right = np.array([False, False, True, False])
    weights = np.full(4, 0.25)
    # First bin: said .05, true 0; last: said .95, true .5; each half of the weight.
    assert calibration_error(probability, right, weights) == pytest.approx(0.025 + 0.225)


def test_area_under_the_curve_by_hand():
    assert roc_auc([3, 2], [1, 0]) == 1
    assert roc_auc([1, 1], [1]) == 0.5
    assert roc_auc([2, 0], [1]) == 0.5
    with pytest.raises(ValueError, match="positive and negative"):
        roc_auc([], [1])


@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=12),
    st.lists(st.integers(0, 5), min_size=1, max_size=12),
)
def test_area_under_the_curve_counts_pairs(above, below):
    pairs = [(a > b) + (a == b) / 2 for a in above for b in below]
    assert roc_auc(above, below) == pytest.approx(np.mean(pairs))
    assert roc_auc(below, above) == pytest.approx(1 - roc_auc(above, below))
