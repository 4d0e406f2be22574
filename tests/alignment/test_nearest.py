import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unisono.alignment.searching.nearest import best, inner, nearest


def test_neighbours_of_a_few_points_by_hand():
    vectors = np.array([[1, 0], [0, 1], [0.6, 0.8], [-1, 0]], np.float32)
    scores, rows = nearest(vectors, np.array([[1, 0], [0, 2]], np.float32), 2)
    assert rows.tolist() == [[0, 2], [1, 2]]
    np.testing.assert_allclose(scores, [[1, 0.6], [2, 1.6]])


@settings(max_examples=30)
@given(st.integers(1, 3000), st.integers(1, 1200), st.integers(1, 15), st.integers(0, 10**6))
def test_blocks_find_what_a_whole_sort_finds(count, queries, k, seed):
    random = np.random.default_rng(seed)
    # Few different values, so that there are ties within blocks and across them.
    vectors = random.integers(-2, 3, (count, 3)).astype(np.float32)
    asking = random.integers(-2, 3, (queries, 3)).astype(np.float32)
    scores, rows = nearest(vectors, asking, k)
    truth = np.argsort(-(asking @ vectors.T), axis=1, kind="stable")[:, :k]
    np.testing.assert_array_equal(rows, truth)
    np.testing.assert_array_equal(scores, np.take_along_axis(asking @ vectors.T, truth, axis=1))


def test_one_query_over_several_blocks_agrees_with_a_whole_sort():
    random = np.random.default_rng(0)
    vectors = random.integers(-3, 4, (1_300_000, 2)).astype(np.float32)
    asking = np.array([[1, 2]], np.float32)
    _, rows = nearest(vectors, asking, 10)
    assert rows[0].tolist() == np.argsort(-(vectors @ asking[0]), kind="stable")[:10].tolist()


def test_a_missing_vector_or_neighbour_is_told():
    vectors = np.zeros((0, 2), np.float32)
    assert nearest(vectors, np.ones((3, 2), np.float32), 5)[0].shape == (3, 0)
    with pytest.raises(ValueError, match="at least one"):
        nearest(vectors, np.ones((3, 2), np.float32), 0)
    with pytest.raises(ValueError, match="do not go together"):
        nearest(vectors, np.ones((3, 4), np.float32), 1)


def test_best_keeps_the_order_of_equal_scores():
    scores = np.array([1, 3, 2, 3, 3, 0], np.float32)
    assert best(scores, 2).tolist() == [1, 3]
    assert best(scores, 4).tolist() == [1, 3, 4, 2]
    assert best(scores, 99).tolist() == [1, 3, 4, 2, 0, 5]


@given(st.integers(0, 6), st.integers(0, 6))
def test_leaving_out_empty_columns_changes_no_product(before, after):
    random = np.random.default_rng(before * 7 + after)
    query = np.concatenate((np.zeros(before), random.standard_normal(4), np.zeros(after)))
    vectors = random.standard_normal((9, len(query))).astype(np.float32)
    query = query.astype(np.float32)
    np.testing.assert_allclose(inner(vectors, query), vectors @ query, rtol=1e-5)
    assert not inner(vectors, np.zeros_like(query)).any()
