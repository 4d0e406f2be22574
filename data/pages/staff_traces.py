"""A staff as a trace over a page: where it meets ink, and which traces are of one staff."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from unisono.data.pages.ink import Gray

Floats = npt.NDArray[np.float64]

_END_POINTS = 8  # from which a staff goes straight on
_CLEF_SPACES, _WHITE_SPACES = 14.0, 0.6  # what may hide the lines, and white that ends a staff
_BEFORE_CLEF_SPACES, _LINE_PART = 0.6, 0.4


@dataclass(frozen=True, slots=True)
class StaffTrace:
    """A staff from ``x0`` to ``x1``; its middle line passes through the points (xs, ys)."""

    x0: float
    x1: float
    xs: Floats
    ys: Floats
    space: float

    def middle(self, x: Floats | float) -> Floats:
        """The height of the middle line at x; beyond the traced points it goes straight on."""
        x = np.asarray(x, np.float64)
        inside = np.interp(x, self.xs, self.ys)
        before, after = self._end_slopes()
        return np.asarray(
            inside
            + before * np.minimum(x - self.xs[0], 0.0)
            + after * np.maximum(x - self.xs[-1], 0.0)
        )

    def _end_slopes(self) -> tuple[float, float]:
        count = min(len(self.xs), _END_POINTS)
        if count < 2:
            return 0.0, 0.0
        first, last = slice(None, count), slice(-count, None)
        return _slope(self.xs[first], self.ys[first]), _slope(self.xs[last], self.ys[last])

    def top(self, x: Floats | float) -> Floats:
        """The height of the top line at x."""
        return np.asarray(self.middle(x) - 2.0 * self.space)

    def bottom(self, x: Floats | float) -> Floats:
        """The height of the bottom line at x."""
        return np.asarray(self.middle(x) + 2.0 * self.space)


def joined_up(traces: list[StaffTrace], ink: Gray) -> list[StaffTrace]:
    """Fragments of one staff made one, those laid over it a line too high or low dropped.

    ``traces`` come surest first.
    """
    kept: list[StaffTrace] = []
    for trace in traces:
        for k, other in enumerate(kept):
            if _same_staff(other, trace, ink):
                kept[k] = _extended(other, trace)
                break
        else:
            kept.append(trace)
    return kept


def crowded(trace: StaffTrace, other: StaffTrace) -> bool:
    """Whether a short trace lies too near a long one for a staff: the beams above its notes."""
    if trace.x1 - trace.x0 > 0.6 * (other.x1 - other.x0):
        return False
    x = np.linspace(max(trace.x0, other.x0), min(trace.x1, other.x1), 9)
    apart = float(np.median(np.abs(trace.middle(x) - other.middle(x))))
    return bool(x[-1] > x[0]) and apart < 7.0 * other.space


def lines_met(mask: Gray, trace: StaffTrace, x: npt.NDArray[np.int64], reach: int = 1) -> Floats:
    """How many of the five lines meet the mask within ``reach`` pixels, per column."""
    height = mask.shape[0]
    middle = trace.middle(x.astype(float))
    met = np.zeros(len(x))
    for k in (-2, -1, 0, 1, 2):
        y = np.rint(middle + k * trace.space).astype(int)
        hit = np.zeros(len(x), dtype=bool)
        for d in range(-reach, reach + 1):
            hit |= mask[np.clip(y + d, 0, height - 1), x] > 0
        met += hit
    return met


def crossed(ink: Gray, trace: StaffTrace, x: npt.NDArray[np.int64]) -> bool:
    """Whether a bar line, clef or chord fills all four gaps of one column: rows of text and
    ruled lines have none."""
    gaps = ink[_rows(trace, x, (-1.5, -0.5, 0.5, 1.5), ink.shape[0]), x]
    return bool(gaps.all(axis=0).any())


def band_has_ink(ink: Gray, trace: StaffTrace, x: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Whether any row of the staff is dark, per column."""
    rows = np.arange(-2.2 * trace.space, 2.2 * trace.space)
    y = np.rint(trace.middle(x.astype(float)) + rows[:, None]).astype(int)
    return np.asarray(ink[np.clip(y, 0, ink.shape[0] - 1), x].any(axis=0))


def begun(trace: StaffTrace, dark: Gray, contrast: float) -> StaffTrace:
    """The same staff from where its lines begin, left of a clef that hides them.

    dark: (height, width), 0 for paper; contrast: how much darker lines are than gaps. Between
    the new and the old beginning there is no white paper.
    """
    reach, gap = round(_CLEF_SPACES * trace.space), round(_WHITE_SPACES * trace.space)
    x = np.arange(max(0, int(trace.x0) - reach), int(trace.x0) + 1)
    lines, gaps = (
        dark[_rows(trace, x, offsets, dark.shape[0]), x].mean(axis=0)
        for offsets in ((-2, -1, 0, 1, 2), (-2.5, -1.5, -0.5, 0.5, 1.5, 2.5))
    )
    width = max(2, round(_BEFORE_CLEF_SPACES * trace.space))
    comb = np.convolve(lines - gaps, np.ones(width) / width)[width - 1 :]
    ink = (dark > 0.5 * contrast + float(np.median(gaps))).astype(np.uint8)
    inked = closed(np.append(band_has_ink(ink, trace, x)[:-1], True), gap)
    blank = np.flatnonzero(~inked)
    nearest = blank[-1] + 1 if len(blank) else len(x) - 1
    ruled = np.flatnonzero(comb[nearest:] > _LINE_PART * contrast)
    return replace(trace, x0=float(x[nearest + ruled[0]] if len(ruled) else trace.x0))


def _rows(
    trace: StaffTrace, x: npt.NDArray[np.int64], offsets: tuple[float, ...], height: int
) -> npt.NDArray[np.int64]:
    """Rows (offsets, x) so many staff spaces below the middle line."""
    below = trace.space * np.asarray(offsets)[:, None]
    rows = np.rint(trace.middle(x.astype(float)) + below).astype(int)
    return np.asarray(np.clip(rows, 0, height - 1))


def closed(flags: npt.NDArray[np.bool_], gap: int) -> npt.NDArray[np.bool_]:
    """True also over runs of False no longer than ``gap`` that have True on both sides."""
    out = flags.copy()
    on = np.flatnonzero(flags)
    wide = np.diff(on)
    for k in np.flatnonzero((wide > 1) & (wide <= gap + 1)):
        out[on[k] : on[k + 1]] = True
    return out


def _same_staff(a: StaffTrace, b: StaffTrace, ink: Gray) -> bool:
    """Whether b lies over a, or goes on in its row with no white paper between them."""
    first, last = max(a.x0, b.x0), min(a.x1, b.x1)
    x = np.linspace(min(first, last), max(first, last), 9)
    apart = float(np.median(np.abs(a.middle(x) - b.middle(x))))
    if last > first:
        return apart < 4.0 * min(a.space, b.space)
    if apart > 3.0 * a.space or first - last > 60 * a.space:
        return False
    between = np.arange(int(last), int(first))
    return bool(
        closed(
            np.pad(band_has_ink(ink, a, between), 1, constant_values=True), round(1.5 * a.space)
        ).all()
    )


def _extended(a: StaffTrace, b: StaffTrace) -> StaffTrace:
    """a, as far as both reach; the points of b count where they agree with a's course."""
    first, last = max(a.x0, b.x0), min(a.x1, b.x1)
    apart = abs(float(a.middle((first + last) / 2.0) - b.middle((first + last) / 2.0)))
    xs, ys = a.xs, a.ys
    if apart <= 0.8 * a.space:
        new = (b.xs < xs[0]) | (b.xs > xs[-1])
        xs, ys = np.concatenate([xs, b.xs[new]]), np.concatenate([ys, b.ys[new]])
        order = np.argsort(xs)
        xs, ys = xs[order], ys[order]
    return replace(a, x0=min(a.x0, b.x0), x1=max(a.x1, b.x1), xs=xs, ys=ys)


def _slope(x: Floats, y: Floats) -> float:
    """Of the line of least squares; written out, as every look at a trace asks for it."""
    off = x - x.mean()
    return float(off @ y / (off @ off))
