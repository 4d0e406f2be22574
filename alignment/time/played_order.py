"""The order in which bars (or systems of pages) are played: read, written, said in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_RUN = re.compile(r"(\d{1,6})(?:[-\u2013](\d{1,6}))?")


@dataclass(frozen=True)
class PlayedOrder:
    """Runs of bars, or of systems, that are played one after another.

    runs: (first, last), counted from 1 in the order of writing, both included; a pick-up is bar 1.
    unit: "bar" or "system".
    """

    runs: tuple[tuple[int, int], ...]
    unit: str = "bar"

    @classmethod
    def parse(cls, text: str, unit: str = "bar") -> PlayedOrder:
        """Read ``1-16 1-16 17-40``; commas also part. Raises ValueError, which says what is wrong.

        A run may be one bar (``5``).
        """
        runs = []
        for word in text.replace(",", " ").split():
            found = _RUN.fullmatch(word)
            if not found:
                raise ValueError(f"{word!r} is no run of {unit}s; write 1-16 1-16 17-40")
            first = int(found[1])
            last = int(found[2] or first)
            if not 1 <= first <= last:
                raise ValueError(f"{word!r}: {unit}s count from 1, and a run goes forward")
            runs.append((first, last))
        if not runs:
            raise ValueError(f"no order of {unit}s is given; write 1-16 1-16 17-40")
        return cls(tuple(runs), unit)

    @classmethod
    def of_indices(cls, sections: Sequence[tuple[int, int]], unit: str = "bar") -> PlayedOrder:
        """From (first, last) indices that count from 0."""
        return cls(tuple((first + 1, last + 1) for first, last in sections), unit)

    @property
    def order(self) -> tuple[int, ...]:
        """Indices from 0, one for each bar that is played."""
        return tuple(i for first, last in self.runs for i in range(first - 1, last))

    def check(self, count: int) -> None:
        """Raise ValueError where a run goes beyond ``count`` bars."""
        last = max(last for _, last in self.runs)
        if last > count:
            raise ValueError(f"the order names {self.unit} {last}, but there are only {count}")

    def straight(self, count: int) -> bool:
        """Whether this is all of ``count`` bars, once each."""
        return self.runs == ((1, count),)

    def words(self) -> str:
        """``bars 1 to 16, again 1 to 16, 17 to 40``."""
        parts: list[str] = []
        heard: set[int] = set()
        for first, last in self.runs:
            run = set(range(first, last + 1))
            named = f"{first} to {last}" if last > first else f"{first}"
            parts.append(f"again {named}" if run <= heard else named)
            heard |= run
        return f"{self.unit}s {', '.join(parts)}"

    def __str__(self) -> str:
        return " ".join(f"{a}-{b}" if b > a else f"{a}" for a, b in self.runs)
