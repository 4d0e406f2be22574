"""Orders of bars: read, said, checked, found by an alignment or given to it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unisono.alignment.time.played_order import PlayedOrder

runs = st.tuples(st.integers(1, 500), st.integers(0, 50)).map(lambda r: (r[0], r[0] + r[1]))


@given(st.lists(runs, min_size=1, max_size=6))
def test_what_is_written_is_read_again(found):
    order = PlayedOrder(tuple(found))
    assert PlayedOrder.parse(str(order)) == order


def test_an_order_is_said_in_words():
    order = PlayedOrder.parse("1-16, 1-16 17\u201340 5")
    assert order.runs == ((1, 16), (1, 16), (17, 40), (5, 5))
    assert order.words() == "bars 1 to 16, again 1 to 16, 17 to 40, again 5"
    assert PlayedOrder(((2, 3),), "system").words() == "systems 2 to 3"
    assert order.order[14:18] == (14, 15, 0, 1)


@pytest.mark.parametrize(
    ("text", "why"),
    [("", "no order"), ("1-x", "no run"), ("5-3", "forward"), ("0-3", "from 1"), ("-4", "no run")],
)
def test_what_is_no_order_is_refused(text, why):
    with pytest.raises(ValueError, match=why):
        PlayedOrder.parse(text)


def test_bars_that_there_are_not_are_refused():
    order = PlayedOrder.parse("1-16 1-17")
    order.check(17)
    with pytest.raises(ValueError, match="bar 17, but there are only 16"):
        order.check(16)


def test_an_order_is_straight_where_all_is_played_once():
    assert PlayedOrder.of_indices([(0, 15)]).straight(16)
    assert not PlayedOrder.of_indices([(0, 14)]).straight(16)
    assert not PlayedOrder.of_indices([(0, 7), (8, 15)]).straight(17)
