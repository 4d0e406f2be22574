"""The loops of ``column_path``, compiled by numba."""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def likeliest_sums(
    likeness,
    heard,
    at,
    left,
    low,
    high,
    offsets,
    start_of,
    advance,
    enter,
    leave,
    leap,
    begin,
    sums,
    came,
):
    """Go on with some moments, from ``at`` on.

    likeness: (rows, columns from ``left`` on). heard: (n,); in silence to stay is as likely as any
    step, or a rest before the music would be gone through. low, high: (n,) of the band; offsets:
    (n + 1,) of its rows in ``came``, where the column before each cell is kept. start_of: (m,)
    first column of each column's system. advance, enter, leave: log shares; begin: (m,) of
    beginning in a column. sums: (2, m) of the best paths, that of moment i in row i % 2, -inf
    outside the band.
    """
    most = len(advance) - 1
    for row in range(len(likeness)):
        i = at + row
        here, above = sums[i % 2], sums[1 - i % 2]
        if i >= 2:
            here[low[i - 2] : low[i]] = -np.inf
        if i == 0:
            for j in range(low[0], high[0]):
                here[j] = begin[j] + likeness[row, j - left]
                came[j - low[0]] = -1
            continue
        staying = advance[0] if heard[i] else advance.max()
        furthest, so_far = -1, low[i - 1]  # the best of those too far behind for a step
        for j in range(low[i], high[i]):
            while so_far < min(j - most, high[i - 1]):
                if furthest < 0 or above[so_far] > above[furthest]:
                    furthest = so_far
                so_far += 1
            best, chosen = -np.inf, j
            if furthest >= 0:
                best, chosen = above[furthest] - leap, furthest
            start = start_of[j]
            for step in range(min(most, j - start) + 1):
                total = above[j - step] + (advance[step] if step else staying)
                if total > best:
                    best, chosen = total, j - step
            if start > 0 and j - start < len(enter):
                for behind in range(min(len(leave), start)):
                    before = start - 1 - behind
                    total = above[before] + leave[behind] + enter[j - start]
                    if total > best:
                        best, chosen = total, before
            here[j] = best + likeness[row, j - left]
            came[offsets[i] + j - low[i]] = chosen


@numba.njit(cache=True, nogil=True)
def trace_columns(last, low, offsets, came):
    """The columns (n,) of the path that ends in one."""
    n = len(low)
    columns = np.empty(n, np.int64)
    columns[n - 1] = last
    for i in range(n - 1, 0, -1):
        columns[i - 1] = came[offsets[i] + columns[i] - low[i]]
    return columns
