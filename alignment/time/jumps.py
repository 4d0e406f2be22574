"""The order in which the sections of a score were played, found along with where they were.

Performers take repeats or leave them out, go back to the sign, cut; editions differ; applause comes
first. The path through the costs may go on as the score does, follow its marks (repeat signs,
endings, da capo) at a small price, or go from any boundary to any other at a high one. Fremerey,
Müller and Clausen, "Handling repeats and jumps in score-performance synchronization", ISMIR 2010,
sections 2 and 3; here every moment of the recording counts once, as in a hidden Markov model, so
that paths of different lengths compare. For n moments, m columns and b boundaries it takes
O(n (m + b)) time and, as it holds a byte a cell, is meant for low rates of 2 to 5 Hz.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unisono.alignment.time.cost_blocks import CostBlocks

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

LONGEST_STEP = 3
"""Columns that a moment may go on by; 0 stays."""
_BLOCK_CELLS = 1 << 20


@dataclass(frozen=True)
class JumpPrices:
    """What leaving the straight way costs, in moments at the mean cost of the whole matrix.

    The defaults were found on songs with repeats written into them; see docs/experiments.md.

    marked: to go where a mark leads; to go straight on instead costs nothing.
    unmarked: to go from any boundary to any other, and to begin or end in the middle. ends: to
    come into the score at its beginning from elsewhere, and to leave it at its end. barred: to go
    straight on where the marks never do, as from a first ending into the second. excerpt: share of
    the moments of a recording that beginning in the middle costs at most, and ending there: what is
    as short as a fragment cannot be asked for more.
    elsewhere: share of the mean cost that a moment costs which is not of the score at all.
    staying, hurrying: for a moment that does not go on, or goes on by more than one column.
    """

    marked: float = 3.0
    unmarked: float = 15.0
    ends: float = 7.5
    barred: float = 15.0
    excerpt: float = 0.05
    elsewhere: float = 0.75
    staying: float = 0.1
    hurrying: float = 0.2

    def __post_init__(self) -> None:
        named = vars(self)
        wrong = [name for name, value in named.items() if not (np.isfinite(value) and value >= 0)]
        if wrong:
            raise ValueError(f"prices must be 0 or more: {', '.join(wrong)}")


@dataclass(frozen=True)
class PlayedPath:
    """Where each moment of a recording is, and the sections that were played, in order.

    columns: (n,) the column, or -1 for what is not of the score. sections: (first, last) of the
    sections, both included, that follow each other without a jump. total: cost along the path.
    """

    columns: Ints
    sections: tuple[tuple[int, int], ...]
    total: float


@dataclass(frozen=True)
class Roads:
    """Where a path through the columns of a score may go; made by ``roads``.

    starts: (b + 1,) first column of each section, and after the last. steps: (4, m) float32
    prices. exits, entries: columns, of which the last stands for elsewhere. edges: (q, 2) exit
    column and row of ``entries``, edge_price: (q,). price: of all other jumps.
    begin: (m + 1,) price of beginning in a column; end: (m + 1,) of ending.
    """

    starts: Ints
    steps: npt.NDArray[np.float32]
    exits: Ints
    entries: Ints
    edges: Ints
    edge_price: Floats
    price: float
    begin: Floats
    end: Floats


def find_order(
    cost: CostBlocks, starts: Sequence[int], order: Sequence[int], prices: JumpPrices | None = None
) -> PlayedPath:
    """Find the cheapest way of a recording through a score whose sections it may repeat or skip.

    cost: (n, m) of n moments and m columns of the score as it is written. starts: (b,) first
    column of each section, the first 0, never falling. order: sections in the order of playing as
    the marks say, ``range(b)`` where there are none.
    Raises ValueError for empty or infinite costs and for sections that are not of these columns.
    """
    from unisono.alignment.time import jumps_kernel

    n, m = cost.shape
    prices = prices or JumpPrices()
    if not n or not m:
        raise ValueError(f"costs with rows and columns are needed, not shape {(n, m)}")
    mean = mean_cost(cost)
    ways = roads(starts, m, order, prices, mean, moments=n)
    back = np.empty((n, m + 1), np.uint8)
    came = np.empty((n, len(ways.entries)), np.int32)
    above = ways.begin.copy()
    # Nothing may jump before the first moment.
    first = _padded(cost, 0, 1, mean * prices.elsewhere)
    above += first[0]
    back[0], came[0] = 0, -1
    rows = max(1, _BLOCK_CELLS // (m + 1))
    for at in range(1, n, rows):
        end = min(n, at + rows)
        block = _padded(cost, at, end, mean * prices.elsewhere)
        jumps_kernel.add_rows(
            block,
            above,
            ways.steps,
            ways.exits,
            ways.entries,
            ways.edges,
            ways.edge_price,
            ways.price,
            back[at:end],
            came[at:end],
        )
    above += ways.end
    last = int(np.argmin(above))
    columns, jumped = np.empty(n, np.int64), np.empty(n, np.int64)
    jumps_kernel.trace(back, came, ways.entries, last, columns, jumped)
    found = sections_of(columns, jumped, ways)
    return PlayedPath(np.where(columns < m, columns, -1), found, float(above[last]))


def roads(
    starts: Sequence[int],
    m: int,
    order: Sequence[int],
    prices: JumpPrices,
    mean: float,
    *,
    moments: int | None = None,
) -> Roads:
    """Where the path may go among m columns, and for how much at a mean cost of ``mean``.

    moments: of the recording, where it is known how many there are.
    """
    b = len(starts)
    borders = np.array([*starts, m], np.int64)
    if not b or borders[0] != 0 or (np.diff(borders) < 0).any():
        raise ValueError(f"sections must begin at column 0 and rise up to {m}: {list(starts)}")
    if not len(order) or min(order) < 0 or max(order) >= b:
        raise ValueError(f"an order of sections 0 to {b - 1} is needed, not {list(order)}")
    entries = np.append(np.minimum(borders[:-1], m - 1), m)
    last = np.maximum(borders[1:] - 1, entries[:-1])
    before_last = np.maximum(last - 1, entries[:-1])
    exits = np.concatenate([last, before_last, [m]])
    marked = {(a, c) for a, c in itertools.pairwise(order) if c != a + 1}
    straight = {(a, c) for a, c in itertools.pairwise(order) if c == a + 1}
    used = set(order)
    final, opening = order[-1], order[0]
    edges, edge_price = [], []
    for a, c in sorted(marked):
        for column in {int(last[a]), int(before_last[a])}:
            edges.append((column, c))
            edge_price.append(prices.marked * mean)
    # Into the score rather at its beginning, out of it rather at its end than a little before; but
    # not for nothing, or the fading of the last chord would be the beginning, played once more.
    edges += [(m, opening), (int(last[final]), b), (int(before_last[final]), b)]
    edge_price += [prices.ends * mean] * 3
    barrier = np.zeros(m, np.float64)
    for a in range(b - 1):
        # What the order leaves out altogether (it was not understood) is no reason to bar a way.
        if (a, a + 1) not in straight and {a, a + 1} <= used:
            barrier[entries[a + 1]] += prices.barred * mean
    begin = np.full(m + 1, np.inf)
    asked = prices.unmarked if moments is None else prices.excerpt * moments
    in_the_middle = min(prices.unmarked, asked) * mean
    begin[entries] = in_the_middle
    begin[[entries[opening], m]] = 0
    end = np.full(m + 1, in_the_middle)
    end[[last[final], before_last[final], m]] = 0
    return Roads(
        borders,
        _steps(barrier, prices, mean),
        exits,
        entries,
        np.array(edges, np.int64).reshape(-1, 2),
        np.array(edge_price, np.float64),
        prices.unmarked * mean,
        begin,
        end,
    )


def _steps(barrier: Floats, prices: JumpPrices, mean: float) -> npt.NDArray[np.float32]:
    m = len(barrier)
    passed = np.concatenate([[0.0], np.cumsum(barrier)])
    steps = np.full((LONGEST_STEP + 1, m), np.inf, np.float32)
    for k in range(LONGEST_STEP + 1):
        own = prices.staying if k == 0 else prices.hurrying * (k - 1)
        steps[k, k:] = own * mean + passed[k + 1 :] - passed[1 : m + 1 - k]
    return steps


def sections_of(columns: Ints, jumped: Ints, ways: Roads) -> tuple[tuple[int, int], ...]:
    """The sections that a path goes through: (first, last) between its jumps."""
    m = int(ways.starts[-1])
    borders = ways.starts
    found: list[tuple[int, int]] = []
    breaks = [0, *np.flatnonzero(jumped >= 0).tolist(), len(columns)]
    for at, end in itertools.pairwise(breaks):
        if at == end or columns[at] == m:
            continue
        entry = int(jumped[at])
        first = entry if entry >= 0 else _section_at(borders, int(columns[at]))
        last = max(first, _section_at(borders, int(columns[end - 1])))
        if found and found[-1][1] + 1 == first:
            found[-1] = (found[-1][0], last)
        else:
            found.append((first, last))
    return tuple(found)


def mean_cost(cost: CostBlocks) -> float:
    """The mean of some rows, spread evenly. Raises ValueError where it is not finite."""
    n, m = cost.shape
    rows = np.unique(np.linspace(0, n - 1, 64).astype(int))
    mean = float(np.mean([cost.block(slice(row, row + 1), slice(0, m)).mean() for row in rows]))
    if not np.isfinite(mean):
        raise ValueError("the costs hold numbers that are not finite")
    return mean


def _section_at(borders: Ints, column: int) -> int:
    return min(len(borders) - 2, max(0, int(np.searchsorted(borders, column, side="right")) - 1))


def _padded(cost: CostBlocks, start: int, end: int, elsewhere: float) -> npt.NDArray[np.float32]:
    m = cost.shape[1]
    block = np.full((end - start, m + 1), elsewhere, np.float32)
    block[:, :m] = cost.block(slice(start, end), slice(0, m))
    if not np.isfinite(block.sum(dtype=np.float64)):
        raise ValueError("the costs hold numbers that are not finite")
    return block
