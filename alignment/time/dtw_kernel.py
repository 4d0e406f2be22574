"""The loops of dynamic time warping, compiled by numba.

A row depends on its own cells to the left, one after the other, so that a loop along it waits
for each sum. Four rows go side by side, each one column behind the row above: their sums do not
wait for each other. The ways back of the four cells of a step are the eight bits of one byte.
"""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import numba
import numpy as np

ROWS = 4
"""Rows whose ways back share a byte."""


@numba.njit(cache=True, nogil=True)
def first_row(cost, right, anywhere, last, came):
    """Sums of the first row into ``last``; into ``came`` whether a cell is reached from the left.

    cost: (w,) float32. last: (w,) float64. came: (w,) bool. Paths begin at the first cell, or with
    ``anywhere`` at any. A negative ``right`` says that there are no steps along the row.
    """
    for j in range(len(cost)):
        here = np.float64(cost[j])
        start = here if anywhere or j == 0 else np.inf
        along = last[j - 1] + right * here if j > 0 and right >= 0 else np.inf
        came[j] = along < start
        last[j] = along if along < start else start


@numba.njit(cache=True, nogil=True, inline="always")
def cell(diagonally, from_above, from_left, cost, weights):
    """The sum of a cell from those of its three neighbours, and the two bits of its way back."""
    a = diagonally + weights[0] * cost
    b = from_above + weights[1] * cost
    r = from_left + weights[2] * cost
    t = b if b < a else a
    return (r if r < t else t), (b < a) | ((r < t) << 1)


@numba.njit(cache=True, nogil=True)
def add_rows(cost, left, low, high, weights, above, above_from, above_to, back):
    """Go on by the rows of ``cost`` with steps (1, 1), (1, 0) and (0, 1).

    cost: (r, w) float32, whose first column is column ``left`` of the matrix. low, high: (r,) the
    columns that each row may use, never falling. weights: the three steps', positive.
    above: (2, m) float64; above[0] holds the sums of the row before, infinite outside of columns
    ``above_from`` to ``above_to`` (exclusive), and afterwards those of the last row.
    back: (ceil(r / 4), at least w + 3) uint8, or without columns: ways back are not wanted. The
    cell of row i and column j has two bits, from bit 2 * (i % 4) of
    back[i // 4, j + i % 4 - left]: reached from above (else diagonally); from the left after all.
    """
    last = above[0]
    n, m = len(cost), len(last)
    keep = back.shape[1] > 0
    begin, end = above_from, above_to
    for i in range(0, n, ROWS):
        s = i // ROWS
        rows = min(ROWS, n - i)
        c0, c1 = cost[i], cost[min(i + 1, n - 1)]
        c2, c3 = cost[min(i + 2, n - 1)], cost[min(i + 3, n - 1)]
        l0, h0 = low[i], high[i]
        l1, h1 = (low[i + 1], high[i + 1]) if rows > 1 else (0, 0)
        l2, h2 = (low[i + 2], high[i + 2]) if rows > 2 else (0, 0)
        l3, h3 = (low[i + 3], high[i + 3]) if rows > 3 else (0, 0)
        stop = max(end, high[i + rows - 1]) + rows - 1
        # Between these columns all four rows are inside of theirs.
        quick = max(max(l0, l1 + 1), max(l2 + 2, l3 + 3))
        slow = min(min(h0, h1 + 1), min(h2 + 2, h3 + 3))
        if rows < ROWS or slow < quick:
            quick = slow = stop
        # u, p: one column further back than v, d.
        u = d0 = d1 = d2 = d3 = p0 = p1 = p2 = np.inf
        k = begin
        while k < stop:
            if k == quick:
                # Slices, so that the loop counts from 0: no index may then be a negative one.
                q0, q1 = c0[quick - left :], c1[quick - 1 - left :]
                q2, q3 = c2[quick - 2 - left :], c3[quick - 3 - left :]
                entering, leaving = last[quick:slow], last[quick - 3 :]
                ways = back[s, quick - left :] if keep else back[s]
                for q in range(slow - quick):
                    v = entering[q]
                    d3, z3 = cell(p2, d2, d3, np.float64(q3[q]), weights)
                    e2, z2 = cell(p1, d1, d2, np.float64(q2[q]), weights)
                    e1, z1 = cell(p0, d0, d1, np.float64(q1[q]), weights)
                    e0, z0 = cell(u, v, d0, np.float64(q0[q]), weights)
                    u, p0, p1, p2 = v, d0, d1, d2
                    d0, d1, d2 = e0, e1, e2
                    leaving[q] = d3
                    if keep:
                        ways[q] = z0 | (z1 << 2) | (z2 << 4) | (z3 << 6)
                k = slow
                if k >= stop:
                    break
            # Near the ends: outside of its columns a row costs more than anything.
            x0 = np.float64(c0[k - left]) if l0 <= k < h0 else np.inf
            x1 = np.float64(c1[k - 1 - left]) if l1 <= k - 1 < h1 else np.inf
            x2 = np.float64(c2[k - 2 - left]) if l2 <= k - 2 < h2 else np.inf
            x3 = np.float64(c3[k - 3 - left]) if l3 <= k - 3 < h3 else np.inf
            v = last[k] if begin <= k < end else np.inf
            d3, z3 = cell(p2, d2, d3, x3, weights)
            e2, z2 = cell(p1, d1, d2, x2, weights)
            e1, z1 = cell(p0, d0, d1, x1, weights)
            e0, z0 = cell(u, v, d0, x0, weights)
            u, p0, p1, p2 = v, d0, d1, d2
            d0, d1, d2 = e0, e1, e2
            at = k - rows + 1
            if begin <= at < m:
                last[at] = d3 if rows == 4 else (d2 if rows == 3 else (d1 if rows == 2 else d0))
            if keep and k >= left:
                back[s, k - left] = z0 | (z1 << 2) | (z2 << 4) | (z3 << 6)
            k += 1
        begin, end = low[i + rows - 1], high[i + rows - 1]


@numba.njit(cache=True, nogil=True)
def add_sloped_rows(cost, left, low, high, weights, above, above_from, above_to, back):
    """Go on by the rows of ``cost`` with steps (1, 1), (2, 1) and (1, 2).

    Like ``add_rows``; above[1] holds the sums of the row before the one before, and both rows are
    infinite outside of ``above_from`` to ``above_to``. The two bits of row i and column j begin at
    bit 2 * (i % 4) of back[i // 4, j - left], which must be 0 before: two rows down (else one);
    two columns after all.
    """
    n, m = len(cost), above.shape[1]
    keep = back.shape[1] > 0
    one, two = above[0], above[1]
    sums = np.full(m, np.inf)
    before = begin = above_from
    for i in range(n):
        row = cost[i]
        shift = 2 * (i % ROWS)
        s = i // ROWS
        edge = min(max(low[i], 2), high[i])
        for j in range(low[i], edge):  # without neighbours further left
            from_one = one[j - 1] if j > 0 else np.inf
            from_two = two[j - 1] if j > 0 else np.inf
            here = np.float64(row[j - left])
            sums[j], z = cell(from_one, from_two, np.inf, here, weights)
            if keep:
                back[s, j - left] |= np.uint8(z << shift)
        if high[i] > edge:
            # Slices, so that the loop counts from 0 and eight cells go side by side.
            near, far = one[edge - 1 : high[i] - 1], one[edge - 2 : high[i] - 2]
            upper, new = two[edge - 1 : high[i] - 1], sums[edge : high[i]]
            here_on = row[edge - left : high[i] - left]
            if keep:
                ways = back[s, edge - left : high[i] - left]
                for q in range(len(new)):
                    new[q], z = cell(near[q], upper[q], far[q], np.float64(here_on[q]), weights)
                    ways[q] |= np.uint8(z << shift)
            else:
                for q in range(len(new)):
                    new[q], z = cell(near[q], upper[q], far[q], np.float64(here_on[q]), weights)
        two[before:begin] = np.inf
        two[begin : high[i]] = one[begin : high[i]]
        one[begin : low[i]] = np.inf
        one[low[i] : high[i]] = sums[low[i] : high[i]]
        before, begin = begin, low[i]


@numba.njit(cache=True, nogil=True)
def trace_back(back, left, first, i, j, path, at):
    """Write the way back from (i, j) through the rows from ``first`` on, last cell first.

    back, left: as ``add_rows`` left them for the rows from ``first`` on. path: (k, 2) int64,
    written from row ``at`` on. Returns the first cell above these rows, not written, and ``at``.
    """
    while i >= first:
        path[at, 0], path[at, 1] = i, j
        at += 1
        r = (i - first) % 4
        bits = (back[(i - first) // 4, j + r - left] >> (2 * r)) & 3
        if bits & 2:
            j -= 1
        else:
            i -= 1
            if not bits & 1:
                j -= 1
    return i, j, at


@numba.njit(cache=True, nogil=True)
def trace_sloped_back(back, left, first, i, j, path, at):
    """The same for ``add_sloped_rows``; the cell returned may lie two rows above ``first``."""
    while i >= first:
        path[at, 0], path[at, 1] = i, j
        at += 1
        r = (i - first) % 4
        bits = (back[(i - first) // 4, j - left] >> (2 * r)) & 3
        i -= 2 if bits == 1 else 1
        j -= 2 if bits & 2 else 1
    return i, j, at


@numba.njit(cache=True, nogil=True)
def trace_first_row(came, left, j, path, at):
    """The same along the first row, to the cell where the path begins; returns ``at``."""
    while True:
        path[at, 0], path[at, 1] = 0, j
        at += 1
        if not came[j - left]:
            return at
        j -= 1
