from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from unisono.data.ahead import ahead


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
