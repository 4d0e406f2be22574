"""Decoded material kept in memory up to a bound, what was asked for last the longest."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")

MEBIBYTES = 512


class Shelf(Generic[Value]):
    """Least recently used values are dropped first; one larger than the bound is never kept."""

    def __init__(self, size_of: Callable[[Value], int], mebibytes: float = MEBIBYTES) -> None:
        """size_of: bytes of a value."""
        self._size_of = size_of
        self._left = self._bound = int(mebibytes * (1 << 20))
        self._values: OrderedDict[Hashable, Value] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value of a key, made where it is not kept."""
        if key in self._values:
            self._values.move_to_end(key)
            return self._values[key]
        value = make()
        size = self._size_of(value)
        if size <= self._bound:
            self._values[key] = value
            self._left -= size
            while self._left < 0:
                _, dropped = self._values.popitem(last=False)
                self._left += self._size_of(dropped)
        return value
