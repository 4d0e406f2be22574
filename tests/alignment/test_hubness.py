import numpy as np
import pytest

from unisono.alignment.searching.hubness import (
    csls,
    inverted_softmax,
    k_occurrence,
    mean_of_closest,
    skewness,
)

SIMILARITY = np.array([[0.9, 0.8, 0.1], [0.2, 0.7, 0.6]], np.float32)


def test_csls_by_hand():
    # r of the queries with k=2: 0.85, 0.65; of the candidates (2 queries): 0.55, 0.75, 0.35.
    expected = [[0.4, 0.0, -1.0], [-0.8, 0.0, 0.2]]
    np.testing.assert_allclose(csls(SIMILARITY, k=2), expected, atol=1e-6)


def test_inverted_softmax_by_hand():
    beta = 2.0
    raised = np.exp(beta * SIMILARITY)
    shares = raised / raised.sum(axis=0)
    expected = np.log(shares / shares.sum(axis=1, keepdims=True))
    np.testing.assert_allclose(inverted_softmax(SIMILARITY, beta), expected, atol=1e-6)


def test_inverted_softmax_survives_a_large_beta():
    assert np.isfinite(inverted_softmax(SIMILARITY, 5000.0)).all()


def test_a_hub_loses_to_the_item_that_is_near_to_one_query_alone():
    hub_wins = np.array([[0.8, 0.75, 0.1], [0.8, 0.1, 0.75]], np.float32)
    assert hub_wins.argmax(axis=1).tolist() == [0, 0]
    assert csls(hub_wins, k=2).argmax(axis=1).tolist() == [1, 2]
    assert inverted_softmax(hub_wins, 10.0).argmax(axis=1).tolist() == [1, 2]


def test_the_mean_of_the_closest_takes_what_there_is():
    np.testing.assert_allclose(mean_of_closest(SIMILARITY, 1), [0.9, 0.7])
    np.testing.assert_allclose(mean_of_closest(SIMILARITY, 99), SIMILARITY.mean(axis=1))
    with pytest.raises(ValueError, match="means nothing"):
        mean_of_closest(SIMILARITY, 0)
    with pytest.raises(ValueError, match="above 0"):
        inverted_softmax(SIMILARITY, 0.0)


def test_occurrence_and_its_skewness_by_hand():
    assert k_occurrence(SIMILARITY, 2).tolist() == [1, 2, 1]
    # Deviations from the mean 2: -1, -1, -1, 3; skewness 24/4 / (12/4)^1.5.
    assert skewness([1, 1, 1, 5]) == pytest.approx(6 / 3**1.5)
    assert skewness([3, 3, 3]) == 0.0
