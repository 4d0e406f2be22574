"""The likeliest columns of systems, against a plain reference and on systems that are made up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unisono.alignment.time import column_kernel, column_path
from unisono.alignment.time.band import Band
from unisono.alignment.time.column_path import ColumnSettings, follow_columns

WIDTH, HEADER, TAIL = 40, 8, 1
"""Columns of a system; of these before its first note, and behind its last."""


def plain_sums(likeness, heard, low, high, start_of, advance, enter, leave, leap, begin):
    """Sums (n, m) of the best paths, every step tried for every pair of columns."""
    n, m = likeness.shape
    sums = np.full((n, m), -np.inf)
    sums[0, low[0] : high[0]] = (begin + likeness[0])[low[0] : high[0]]
    for i in range(1, n):
        for j in range(low[i], high[i]):
            ways = []
            for before in range(j + 1):
                if before <= j - len(advance):
                    ways.append(sums[i - 1, before] - leap)
                if j - before < len(advance) and before >= start_of[j]:
                    quiet = before == j and not heard[i]
                    ways.append(
                        sums[i - 1, before] + (advance.max() if quiet else advance[j - before])
                    )
                behind, inside = start_of[j] - 1 - before, j - start_of[j]
                if 0 <= behind < len(leave) and inside < len(enter):
                    ways.append(sums[i - 1, before] + leave[behind] + enter[inside])
            sums[i, j] = max(ways) + likeness[i, j]
    return sums


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(2, 7), st.integers(2, 16))
def test_sums_are_those_of_trying_everything(seed, n, m):
    random = np.random.default_rng(seed)
    likeness = random.normal(0, 2, (n, m)).astype(np.float32)
    low = np.minimum(np.sort(random.integers(0, m, n)), m - 1)
    high = np.maximum(np.sort(random.integers(1, m + 1, n)), low + 1)
    high = np.maximum.accumulate(high)
    low[0] = 0
    starts = np.array([0, m // 3, m // 2])
    start_of = starts[np.searchsorted(starts, np.arange(m), side="right") - 1]
    advance, enter, leave = (-random.exponential(1, size) for size in (3, 4, 2))
    begin = -random.exponential(1, m)
    offsets = np.concatenate([[0], np.cumsum(high - low)])
    came = np.empty(offsets[-1], np.int32)
    sums = np.full((2, m), -np.inf)
    heard = random.random(n) < 0.7
    expected = plain_sums(likeness, heard, low, high, start_of, advance, enter, leave, 3.0, begin)
    for at in range(n):  # one row at a time: nothing is lost between calls
        column_kernel.likeliest_sums(
            np.ascontiguousarray(likeness[at : at + 1]),
            heard,
            at,
            0,
            low,
            high,
            offsets,
            start_of,
            advance,
            enter,
            leave,
            3.0,
            begin,
            sums,
            came,
        )
    last = sums[(n - 1) % 2]
    np.testing.assert_allclose(last, expected[-1], rtol=1e-6)
    if np.isfinite(last).any():
        path = column_kernel.trace_columns(int(np.argmax(last)), low, offsets, came)
        assert (np.diff(path) >= 0).all()
        assert ((path >= low) & (path < high)).all()


def systems(count, seed=0, depth=48):
    """Vectors of columns: neighbours somewhat alike, all headers alike."""
    random = np.random.default_rng(seed)
    rows = random.normal(size=(count * WIDTH, depth))
    header = random.normal(size=(HEADER, depth))
    for system in range(count):
        rows[system * WIDTH : system * WIDTH + HEADER] = header
    rows[1:] = rows[1:] + 0.6 * rows[:-1]
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def played(count, pace=0.7):
    """Columns that a performance goes through: none before the notes of a system."""
    inside = np.arange(HEADER, WIDTH - TAIL, pace)
    return np.concatenate([system * WIDTH + inside for system in range(count)])


def heard_at(written, columns, noise=0.3, seed=1):
    random = np.random.default_rng(seed)
    first = np.floor(columns).astype(int)
    part = (columns - first)[:, None]
    rows = (1 - part) * written[first] + part * written[np.minimum(first + 1, len(written) - 1)]
    return (rows + noise * random.normal(size=rows.shape) / 7).astype(np.float32)


def follow(recording, written, starts, band=None, heard=None, settings=None):
    band = band or Band.whole(len(recording), len(written))
    heard = np.ones(len(recording), bool) if heard is None else heard
    return follow_columns(recording, heard, written, starts, band, settings)


def test_no_moment_is_spent_on_clefs_and_keys():
    written, true = systems(3), played(3)
    path = follow(heard_at(written, true), written, [0, WIDTH, 2 * WIDTH])
    np.testing.assert_array_equal(path.section, true // WIDTH)
    assert (path.columns % WIDTH >= HEADER - 1).all()
    assert np.abs(path.columns - true).max() < 1
    assert np.abs(path.columns - true).mean() < np.abs(np.rint(path.columns) - true).mean()


def test_a_rest_before_the_first_note_is_spent_there():
    written, true = systems(2), np.concatenate([np.full(14, HEADER), played(2)])
    recording = heard_at(written, true)
    heard = np.arange(len(true)) >= 14
    path = follow(recording, written, [0, WIDTH], heard=heard)
    assert np.abs(path.columns - true)[14:].max() < 1
    assert (path.columns[:14] >= HEADER - 3).all()


def test_a_leap_is_taken_where_something_was_left_out():
    written, true = systems(4), played(4)
    true = true[(true < WIDTH + 20) | (true > 3 * WIDTH + 15)]
    starts = [WIDTH * i for i in range(4)]
    path = follow(heard_at(written, true), written, starts)
    assert np.abs(path.columns - true).max() < 1.5
    dear = follow(heard_at(written, true), written, starts, settings=ColumnSettings(leap=1e6))
    assert np.abs(dear.columns - true).max() > 5


def test_silence_pulls_nowhere():
    written, true = systems(2), played(2, pace=0.5)
    recording = heard_at(written, true)
    quiet = slice(20, 26)
    recording[quiet] = written[WIDTH + 30]
    heard = np.ones(len(true), bool)
    heard[quiet] = False
    path = follow(recording, written, [0, WIDTH], heard=heard)
    assert np.abs(path.columns - true).max() <= 2
    nothing = follow(recording, written, [0, WIDTH], heard=np.zeros(len(true), bool))
    assert np.isfinite(nothing.columns).all()


def test_the_band_holds_and_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch):
    written, true = systems(3), played(3)
    recording, starts = heard_at(written, true), [0, WIDTH, 2 * WIDTH]
    whole = follow(recording, written, starts)
    near = np.rint(true).astype(np.int64)
    band = Band(np.maximum(near - 6, 0), np.minimum(near + 7, 3 * WIDTH))
    np.testing.assert_array_equal(follow(recording, written, starts, band).columns, whole.columns)
    aside = Band(np.minimum(near + 3, 3 * WIDTH - 1), np.full(len(near), 3 * WIDTH))
    assert (follow(recording, written, starts, aside).columns >= aside.low - 0.5).all()
    monkeypatch.setattr(column_path, "_BLOCK_ROWS", 7)
    np.testing.assert_array_equal(follow(recording, written, starts).columns, whole.columns)
    np.testing.assert_array_equal(follow(recording, written, starts, band).columns, whole.columns)


def test_one_moment_and_one_column():
    written = systems(1)
    one = follow(written[12:13], written, [0])
    assert abs(one.columns[0] - 12) <= 0.5
    alone = follow(written[12:15], written[12:13], [0])
    np.testing.assert_array_equal(alone.columns, [0, 0, 0])


def test_what_does_not_fit_is_said():
    written = systems(1)
    with pytest.raises(ValueError, match="0 moments"):
        follow_columns(
            written[:0], np.ones(0, bool), written, [0], Band.whole(1, len(written)), None
        )
    with pytest.raises(ValueError, match="2 rows"):
        follow(written[:3], written, [0], Band.whole(2, len(written)))
    with pytest.raises(ValueError, match="40 columns"):
        follow(written[:3], written, [0], Band.whole(3, 41))
