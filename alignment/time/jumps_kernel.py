"""The loops of the search for jumps, compiled by numba."""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def add_row(cost, above, here, steps, exits, entries, edges, edge_price, price, back, came):
    """Go on by one moment of the recording.

    cost: (m + 1,) float32, the last for being elsewhere. above, here: (m + 1,) float64 sums of
    the moment before and of this one. steps: (4, m) float32 price of coming to a column from so
    many columns before it. exits: (x,) columns from which the path may leave, entries: (e,) where
    it may then go on, both for ``price``. edges: (q, 2) column to leave and row of ``entries``,
    for ``edge_price`` (q,). back: (m + 1,) uint8, steps back. came: (e,) int32 the column that was
    left for each entry, or -1 for those that a step reaches.
    """
    m = len(cost) - 1
    for j in range(min(3, m)):
        best, nearest = above[j] + steps[0, j], 0
        for k in range(1, j + 1):
            other = above[j - k] + steps[k, j]
            if other < best:
                best, nearest = other, k
        here[j] = best + cost[j]
        back[j] = nearest
    for j in range(3, m):
        best, way = above[j] + steps[0, j], np.uint8(0)
        one, two, three = above[j - 1] + steps[1, j], above[j - 2] + steps[2, j], above[j - 3]
        three += steps[3, j]
        way = np.uint8(1) if one < best else way
        best = one if one < best else best
        way = np.uint8(2) if two < best else way
        best = two if two < best else best
        way = np.uint8(3) if three < best else way
        best = three if three < best else best
        here[j] = best + cost[j]
        back[j] = way
    here[m] = above[m] + cost[m]
    back[m] = 0
    source = exits[0]
    for x in exits:
        if above[x] < above[source]:
            source = x
    for e in range(len(entries)):
        came[e] = -1
        there = entries[e]
        total = above[source] + price + cost[there]
        if total < here[there]:
            here[there] = total
            came[e] = source
    for q in range(len(edges)):
        e = edges[q, 1]
        there = entries[e]
        total = above[edges[q, 0]] + edge_price[q] + cost[there]
        if total < here[there]:
            here[there] = total
            came[e] = edges[q, 0]


@numba.njit(cache=True, nogil=True)
def add_rows(cost, above, steps, exits, entries, edges, edge_price, price, back, came):
    """The same for the rows of cost (r, m + 1); ``above`` then holds the sums of the last."""
    here = np.empty_like(above)
    for i in range(len(cost)):
        add_row(
            cost[i],
            above,
            here,
            steps,
            exits,
            entries,
            edges,
            edge_price,
            price,
            back[i],
            came[i],
        )
        above[:] = here


@numba.njit(cache=True, nogil=True)
def trace(back, came, entries, j, columns, jumped):
    """Follow the ways back (n, m + 1), came (n, e) from column j of the last row.

    columns: (n,) the column of each row; jumped: (n,) the row of ``entries`` by which a jump
    arrived, or -1.
    """
    for i in range(len(back) - 1, -1, -1):
        columns[i] = j
        jumped[i] = -1
        if i == 0:
            break
        # Several bars may begin in one column; the last that a jump came to is the one that won.
        for e in range(len(entries)):
            if entries[e] == j and came[i, e] >= 0:
                jumped[i] = e
        if jumped[i] >= 0:
            j = came[i, jumped[i]]
        else:
            j -= back[i, j]
