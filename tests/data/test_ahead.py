from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unisono.data.ahead import ahead, mapped


def test_things_produced_ahead_come_in_order() -> None:
    assert list(ahead(iter(range(50)), depth=3)) == list(range(50))
    assert list(ahead(iter(()))) == []


def test_an_error_reaches_who_waits_for_it() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise OSError("the disk is gone")

    items = ahead(broken())
    assert next(items) == 1
    with pytest.raises(OSError, match="the disk is gone"):
        next(items)


def test_no_thread_stays_when_the_reader_stops_early() -> None:
    before = threading.active_count()
    items = ahead(iter(range(1000)), depth=2)
    next(items)
    items.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before


@given(st.lists(st.integers()), st.integers(1, 4))
@settings(max_examples=30)
def test_mapped_items_come_in_order(items: list[int], workers: int) -> None:
    def slow_at_times(item: int) -> int:
        time.sleep(0.001 * (item % 3))
        return item + 1

    assert list(mapped(slow_at_times, items, workers)) == [item + 1 for item in items]


def test_mapping_does_not_run_away() -> None:
    drawn: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            drawn.append(number)
            yield number

    made = mapped(str, items(), 2)
    assert next(made) == "0"
    assert len(drawn) <= 4
    made.close()  # type: ignore[attr-defined]
    assert len(drawn) <= 4


def test_errors_of_mapping_come_in_their_turn() -> None:
    def refuse_two(item: int) -> int:
        if item == 2:
            raise ValueError("two")
        return item

    made = mapped(refuse_two, range(5), 2)
    assert [next(made), next(made)] == [0, 1]
    with pytest.raises(ValueError, match="two"):
        next(made)
