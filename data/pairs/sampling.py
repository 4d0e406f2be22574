"""Which items make a batch: different works, or some items of each of fewer works."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Indices = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]


def draw_indices(
    works: Sequence[str],
    count: int,
    random: np.random.Generator,
    *,
    per_work: int = 1,
    shares: Shares | None = None,
) -> Indices:
    """(count,) indices of items, as ``WorkSampler.draw`` gives them."""
    return WorkSampler(works, shares).draw(count, random, per_work=per_work)


class WorkSampler:
    """Draws items so that no more than ``per_work`` of one work come together.

    A work comes as often as all its items together would, and of its items each according to
    its share; where items are of editions, all of a work that come together are of one. Works are
    drawn without replacement, in proportion to their shares at every draw (Efraimidis and
    Spirakis 2006).
    """

    def __init__(
        self,
        works: Sequence[str],
        shares: Shares | None = None,
        editions: Sequence[str] | None = None,
    ) -> None:
        """works, editions: of every item. shares: (items,) >= 0; an item of share 0 never comes.

        Raises ValueError for shares that do not fit the works, are negative or no numbers.
        """
        if not len(works):
            raise ValueError("there are no items to draw from")
        weights = np.ones(len(works)) if shares is None else np.asarray(shares, np.float64)
        if weights.shape != (len(works),):
            raise ValueError(f"{len(works)} items have shares of shape {weights.shape}")
        if not np.isfinite(weights).all() or weights.min() < 0 or weights.max() == 0:
            raise ValueError("shares must be finite, none negative and not all 0")
        numbers: dict[str, int] = {}
        for work in works:
            numbers.setdefault(work, len(numbers))
        work_of = np.fromiter((numbers[work] for work in works), np.int64, len(works))
        taken = np.flatnonzero(weights > 0)
        self._items = taken[np.argsort(work_of[taken], kind="stable")]
        sizes = np.bincount(work_of[taken], minlength=len(numbers))
        sums: Shares = np.zeros(len(numbers))
        np.add.at(sums, work_of[taken], weights[taken])
        ends = np.cumsum(sizes)
        there = sizes > 0
        self._starts, self._ends = (ends - sizes)[there], ends[there]
        self._work_weights = sums[there]
        self._weights = weights
        self._editions = None if editions is None else np.asarray(editions)

    def draw(self, count: int, random: np.random.Generator, *, per_work: int = 1) -> Indices:
        """(count,) indices, different ones; items of one work stand side by side.

        Each work gives ``per_work`` items, or all it has when it has fewer (the last one as many
        as are still wanted). Fewer than ``count`` come when the works run out.
        """
        if count < 1 or per_work < 1:
            raise ValueError(f"count and per_work are {count} and {per_work}, must be 1 or more")
        parts: list[Indices] = []
        missing = count
        for work in _weighted_order(self._work_weights, count, random):
            items = self._items[self._starts[work] : self._ends[work]]
            wanted = min(per_work, missing)
            if len(items) > 1:
                items = self._some_of(items, wanted, random)
            parts.append(items[:wanted])
            missing -= len(parts[-1])
            if not missing:
                break
        return np.concatenate(parts)

    def _some_of(self, items: Indices, wanted: int, random: np.random.Generator) -> Indices:
        """Up to so many of a work's items, in random order."""
        if self._editions is not None and wanted > 1:
            first = items[_weighted_order(self._weights[items], 1, random)]
            items = items[self._editions[items] == self._editions[first]]
        return items[_weighted_order(self._weights[items], wanted, random)]


def _weighted_order(weights: Shares, count: int, random: np.random.Generator) -> Indices:
    """Up to ``count`` places drawn without replacement in proportion to weights > 0, in order.

    The place whose exponential waiting time at the rate of its weight ends first comes first.
    """
    waiting = random.standard_exponential(len(weights)) / weights
    if count < len(weights):
        first = np.argpartition(waiting, count - 1)[:count]
        return first[np.argsort(waiting[first])]
    return np.argsort(waiting)
