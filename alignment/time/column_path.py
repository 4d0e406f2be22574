"""The column of a score's pages at each moment of a recording, as a hidden Markov model tells it.

Every moment is in one column, as likely as its passage is like the column's; from one moment to
the next it stays or goes on by a few columns, and at the end of a system it leaves from near the
last column for one in which music may begin: what stands between, clef, key and time, is never
played, so that no moment has to be spent there. Dynamic time warping has to pass through all
columns and counts each of them. The likeliest sequence of columns is that of Viterbi, "Error
bounds for convolutional codes", 1967; score following by hidden Markov models goes back to Cano,
Loscos and Bonada, "Score-performance matching using HMMs", ICMC 1999.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unisono.alignment.time.band import Band

Floats = npt.NDArray[np.float64]
FloatArray = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

_BLOCK_ROWS = 512
_MOST_BEFORE = 20
_MOST_AFTER = 10
"""Columns of a system in which its music may begin, and from which it may be left."""


@dataclass(frozen=True)
class ColumnSettings:
    """Found on 12 songs and 19 piano pieces of valid splits; see docs/experiments.md.

    likeness: how many nepers one standard deviation of similarity counts. usual: share of a
    column's mean similarity that does not count, since some columns are like everything. advance:
    how often a moment of 0.1 s goes on by 0, 1, ... columns of a staff space. before, spread:
    median of the columns of a system before its music, and standard deviation of their logarithm.
    after: k columns stand behind the last note as often as (k + 0.3) exp(-k / after) says. leap:
    nepers that going on by any other number of columns costs. passed_over: nepers a column after
    the last moment, and before the first where that is not near the beginning, up to ``leap``.
    """

    likeness: float = 2.0
    usual: float = 0.5
    advance: tuple[float, ...] = (0.3, 0.45, 0.2, 0.05, 0.01, 0.003)
    before: float = 8.5
    spread: float = 0.3
    after: float = 1.2
    leap: float = 100.0
    passed_over: float = 0.3


@dataclass(frozen=True)
class ColumnPath:
    """columns: (n,) of each moment, with fractions, never falling. section: (n,) that it is of."""

    columns: Floats
    section: Ints


def follow_columns(
    played: FloatArray,
    heard: npt.NDArray[np.bool_],
    written: FloatArray,
    starts: Sequence[int],
    band: Band,
    settings: ColumnSettings | None = None,
) -> ColumnPath:
    """The likeliest columns (n,) of n moments among m columns of systems, in the order of playing.

    played: (n, d), written: (m, d), vectors whose products are similarities. heard: (n,); a moment
    at which nothing is heard is as likely everywhere, and may stay where it is. starts: first
    column of each system, the first 0, rising. band: columns that each moment may be in.
    Raises ValueError for shapes that do not fit.
    """
    from unisono.alignment.time import column_kernel

    settings = settings or ColumnSettings()
    n, m = len(played), len(written)
    if not (n and m) or len(heard) != n or len(band.low) != n or int(band.high[-1]) > m:
        raise ValueError(f"{n} moments, {len(heard)} heard, {len(band.low)} rows, {m} columns")
    likeness = _Likeness(played, heard, written, settings)
    first = np.asarray(starts, np.int64)
    start_of = first[np.searchsorted(first, np.arange(m), side="right") - 1]
    advance, enter, leave = _log_shares(settings)
    ends = np.minimum(settings.passed_over * np.arange(m), settings.leap)
    begin = -ends
    begin[:_MOST_BEFORE] = (enter - enter.max())[:m]
    offsets = np.concatenate([[0], np.cumsum(band.high - band.low)])
    came = np.empty(int(offsets[-1]), np.int32)
    sums = np.full((2, m), -np.inf)
    for at in range(0, n, _BLOCK_ROWS):
        rows = slice(at, min(n, at + _BLOCK_ROWS))
        left, right = int(band.low[at]), int(band.high[rows.stop - 1])
        column_kernel.likeliest_sums(
            likeness.block(rows, slice(left, right)),
            heard,
            at,
            left,
            band.low,
            band.high,
            offsets,
            start_of,
            advance,
            enter,
            leave,
            settings.leap,
            begin,
            sums,
            came,
        )
    last = sums[(n - 1) % 2] - ends[::-1]
    found = column_kernel.trace_columns(int(np.argmax(last)), band.low, offsets, came)
    between = _between(likeness, found, start_of)
    return ColumnPath(between, np.searchsorted(first, found, side="right") - 1)


class _Likeness:
    """Log-likelihoods of columns at moments, from similarities in standard deviations."""

    def __init__(
        self,
        played: FloatArray,
        heard: npt.NDArray[np.bool_],
        written: FloatArray,
        settings: ColumnSettings,
    ) -> None:
        # Row means, and a share of column means, taken off before the product.
        rows = played[heard] if heard.any() else played
        usual = settings.usual * rows.mean(axis=0)
        rows = rows - usual
        self._columns = written - written.mean(axis=0)
        squares = float(np.sum((rows.T @ rows) * (self._columns.T @ self._columns)))
        spread = float(np.sqrt(max(0.0, squares) / (len(rows) * len(written))))
        self._rows = (played - usual) * heard[:, None]
        self._rows *= settings.likeness / spread if spread > 1e-6 else 0.0
        self.count = len(written)

    def block(self, rows: slice, columns: slice) -> FloatArray:
        """(rows, columns)."""
        return np.asarray(self._rows[rows] @ self._columns[columns].T, np.float32)

    def at(self, columns: Ints) -> Floats:
        """(n,) at a column for each of the moments."""
        pairs = np.einsum("ij,ij->i", self._rows, self._columns[columns])
        return np.asarray(pairs, np.float64)


def _log_shares(settings: ColumnSettings) -> tuple[Floats, Floats, Floats]:
    """Logarithms of shares: columns gone on by, columns before the music, columns behind it."""
    before, after = np.arange(_MOST_BEFORE), np.arange(_MOST_AFTER)
    away = np.log((before + 0.5) / settings.before) / settings.spread
    enter = np.exp(-0.5 * away**2) / (before + 0.5) + 1e-4
    leave = (after + 0.3) * np.exp(-after / settings.after)
    advance = np.asarray(settings.advance, np.float64)
    shares = tuple(np.log(values / values.sum()) for values in (advance, enter, leave))
    return shares[0], shares[1], shares[2]


def _between(likeness: _Likeness, found: Ints, start_of: Ints) -> Floats:
    """Columns with fractions: the top of a parabola through each one's likeness and its sides'."""
    count = likeness.count
    left, right = np.maximum(found - 1, 0), np.minimum(found + 1, count - 1)
    here, before, after = (likeness.at(columns) for columns in (found, left, right))
    bend = 2 * here - before - after
    safe = np.where(bend > 1e-9, bend, 1.0)
    part = np.where(bend > 1e-9, np.clip((after - before) / (2 * safe), -0.5, 0.5), 0.0)
    # Not over the border of a system.
    part = np.where((found == start_of[found]) & (part < 0), 0.0, part)
    part = np.where((start_of[right] != start_of[found]) & (part > 0), 0.0, part)
    return np.asarray(np.maximum.accumulate(found + part), np.float64)
