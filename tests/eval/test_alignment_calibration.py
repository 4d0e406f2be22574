"""The fit of how sure alignments are, on grounds that are made up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unisono.alignment.time.confidence import AlignmentConfidence
from unisono.eval.alignment_calibration import (
    FEATURES,
    KINDS,
    Judged,
    check,
    checked,
    fit,
    module_text,
)
from unisono.eval.logistic import fitted_logistic, logistic
from unisono.eval.reliability import draw_reliability, reliability

TRUE = (-1.0, 3.0, 2.0, 2.0, 0.5, 1.0, 1.0, 0.1, 0.2)


def pairs(count=600, seed=0, moments=6) -> Judged:
    """Pairs that are right, and moments in place, with the probabilities of TRUE and of near."""
    random = np.random.default_rng(seed)
    features = random.uniform(0, 1, (count, FEATURES))
    right = random.uniform(size=count) < logistic(features, TRUE)
    near = [random.uniform(-1, 1, moments) for _ in range(count)]
    drawn = random.uniform(-1, 1, (count, moments))
    there = [yes & (row < one) for yes, row, one in zip(right, drawn, near, strict=True)]
    names = np.array([f"piece{i % 30}" for i in range(count)])
    whole = np.arange(count) % 2 == 0
    return Judged(features, right, whole, names, near, there)


def test_the_weights_that_made_the_answers_are_found() -> None:
    random = np.random.default_rng(1)
    features = random.uniform(0, 3, (20_000, 3))
    true = (-2.0, 1.0, 0.0, 0.7)
    right = random.uniform(size=20_000) < logistic(features, true)
    found = fitted_logistic(features, right)
    # Right and wrong weigh the same, so that the offset is another.
    assert found[1:] == pytest.approx(true[1:], abs=0.12)


def test_evidence_never_counts_against() -> None:
    features = np.random.default_rng(0).normal(size=(500, 2))
    found = fitted_logistic(features, features[:, 0] < 0)
    assert found[1] == 0 and found[2] >= 0


def test_a_weight_stays_below_its_limit() -> None:
    features = np.random.default_rng(0).normal(size=(500, 2)) * [1.0, 0.01]
    right = features[:, 1] > 0
    assert fitted_logistic(features, right)[2] > 100
    assert fitted_logistic(features, right, (None, 100.0))[2] == pytest.approx(100)


def test_one_kind_of_example_is_refused() -> None:
    with pytest.raises(ValueError, match="right and wrong"):
        fitted_logistic(np.zeros((3, 1)), np.ones(3, bool))


@settings(max_examples=20)
@given(st.integers(0, 50))
def test_probabilities_of_right_examples_are_higher(seed) -> None:
    random = np.random.default_rng(seed)
    right = np.arange(200) % 2 == 0
    features = random.normal(size=(200, 2)) + right[:, None]
    said = logistic(features, fitted_logistic(features, right))
    assert said[right].mean() > said[~right].mean() + 0.1


def test_a_fit_tells_right_from_wrong_on_pieces_that_it_has_not_seen() -> None:
    judged = pairs()
    seen = check(judged)
    assert len(seen.right) == 600 and len(seen.there) == 3600
    assert seen.probability[seen.right].mean() > seen.probability[~seen.right].mean()
    assert seen.moments[seen.there].mean() > seen.moments[~seen.there].mean()
    said = seen.said()
    assert said.startswith(f"600 pairs, {int(judged.right.sum())} right: AUC 0.")
    assert "3,600 moments" in said
    assert checked(fit(judged), judged).right.tolist() == judged.right.tolist()


def test_what_is_written_is_what_was_fitted() -> None:
    fits = {kind: fit(pairs(seed=seed)) for seed, kind in enumerate(KINDS)}
    text = module_text(fits, "Fitted on words. ", ["notes: " + "words " * 30, "pages: few"])
    scope: dict[str, AlignmentConfidence] = {}
    exec(compile(text, "fitted_confidence.py", "exec"), scope)
    assert scope["NOTES"] == fits["notes"] and scope["PAGES"] == fits["pages"]
    assert max(map(len, text.splitlines())) <= 100


def test_reliability_by_hand(tmp_path) -> None:
    probability = np.array([0.05, 0.07, 0.95, 1.0])
    right = np.array([False, True, True, True])
    found = reliability(probability, right, bins=10)
    assert found == [(pytest.approx(0.06), 0.5), (pytest.approx(0.975), 1.0)]
    path = tmp_path / "reliability.svg"
    draw_reliability("Heading", {"whole": {"notes": (probability, right)}}, path)
    assert "Heading" in path.read_text() and "notes" in path.read_text()
