"""A way through pages, found among few passages and then among all columns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from unisono.alignment.time import fine_pages
from unisono.alignment.time.alignment import Alignment
from unisono.alignment.time.fine_pages import finer_on_pages
from unisono.alignment.time.score import Score, place_among_regions
from unisono.alignment.time.sections import passages_in_order
from unisono.data.modality import Modality
from unisono.data.places import Region, TimeSpan
from unisono.towers.encoding import Encoding, Passages

COLUMNS, EACH = 80, 4


DIRECTIONS = np.random.default_rng(0).normal(size=(COLUMNS + 1, 24))


def vectors(places):
    """Unit vectors that turn from each column's direction to that of the next."""
    first = np.floor(places).astype(int)
    part = (np.asarray(places) - first)[:, None]
    both = (1 - part) * DIRECTIONS[first] + part * DIRECTIONS[first + 1]
    return (both / np.linalg.norm(both, axis=1, keepdims=True)).astype(np.float32)


def page(columns=COLUMNS):
    """Columns of 4 px; a passage for every fourth."""
    regions = [
        Region(1, 1, x0=4.0 * i - 40, x1=4.0 * i + 40, y0=0.0, y1=50.0) for i in range(columns)
    ]
    fine = Passages(vectors(range(columns)), regions, np.ones(columns, np.float32))
    usual = fine.chosen(np.arange(0, columns, EACH))
    return Score(
        Modality.SHEET,
        usual,
        None,
        lambda at: place_among_regions(at, usual.places),
        fine=fine,
        columns_a_passage=EACH,
    )


class Space:
    """Hears a recording that goes through the columns at an uneven pace."""

    def encode_item(self, item, *, hop_s=None):
        seconds = np.arange(0, 10, hop_s)
        spans = [TimeSpan(s - 0.5, s + 0.5) for s in seconds.tolist()]
        weights = np.ones(len(seconds), np.float32)
        passages = Passages(vectors(column_at(seconds)), spans, weights)
        return Encoding(Modality.AUDIO, passages.vectors[0], passages, 10.0)

    def weigh(self, vectors, asks, answers, level):
        return vectors


def column_at(seconds):
    return (COLUMNS - 1) * (np.asarray(seconds) / 10) ** 1.4


def rough(score):
    seconds = np.arange(0, 10, 0.5)
    positions = np.round(column_at(seconds) / EACH)
    sure = np.linspace(0.2, 0.9, len(seconds)).astype(np.float32)
    return Alignment(score, seconds, positions, sure, 0.7, seconds)


def test_a_way_is_found_to_the_column():
    found = finer_on_pages(Space(), Path("take.wav"), rough(page()))
    at = np.arange(0.5, 9.5, 0.25)
    x = np.array([found.to_score(float(second)).x for second in at])
    before = np.array([rough(page()).to_score(float(second)).x for second in at])
    true = 4 * column_at(at)
    # The last passage stands three columns before the end.
    inside = true < 4 * (COLUMNS - EACH)
    assert np.abs(x - true)[inside].max() < 3
    assert np.abs(x - true)[inside].mean() < 0.5 * np.abs(before - true)[inside].mean()
    assert (np.diff(found.positions) >= 0).all()
    assert found.confidence == 0.7
    np.testing.assert_allclose(
        np.interp(at, found.recording_s, found.confidences),
        np.interp(at, rough(page()).recording_s, rough(page()).confidences),
        atol=0.02,
    )
    assert found.rows_s is not None
    assert len(found.rows()) == len(rough(page()).rows())


def test_what_has_no_more_columns_or_too_many_stays(monkeypatch: pytest.MonkeyPatch):
    plain = rough(replace(page(), fine=None))
    assert finer_on_pages(SimpleNamespace(), Path("take.wav"), plain) is plain
    monkeypatch.setattr(fine_pages, "MOST_CELLS", 10)
    coarse = rough(page())
    assert finer_on_pages(Space(), Path("take.wav"), coarse) is coarse


def test_columns_follow_their_passages_into_another_order():
    score = page()
    turned = passages_in_order(score, np.array([5, 6, 0, 1]))
    assert turned.fine is not None
    expected = [*range(20, 28), *range(8)]
    np.testing.assert_array_equal(turned.fine.vectors, score.fine.vectors[expected])
    assert turned.place_at(2.0).x == score.place_at(0.0).x


def test_columns_follow_their_passages_in_a_score_of_little_more_than_one():
    score = page(columns=6)
    assert len(score.passages) == 2
    turned = passages_in_order(score, np.array([0, 1, 0]))
    assert turned.fine is not None
    expected = [0, 1, 2, 3, 4, 5, 5, 5, 0, 1, 2, 3]
    np.testing.assert_array_equal(turned.fine.vectors, score.fine.vectors[expected])
