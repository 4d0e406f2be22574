"""A way through pages, found among few passages and then among all columns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from unisono.alignment.time import fine_pages
from unisono.alignment.time.alignment import Alignment
from unisono.alignment.time.fine_pages import finer_on_pages, starts_of_systems
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


def page(columns=COLUMNS, width=COLUMNS):
    """Columns of 4 px in systems of some width; a passage for every fourth."""
    regions = [
        Region(1, 1 + i // width, x0=4.0 * at - 12, x1=4.0 * at + 12, y0=0.0, y1=50.0)
        for i, at in ((i, i % width) for i in range(columns))
    ]
    fine = Passages(vectors(range(columns)), regions, np.ones(columns, np.float32))
    usual = fine.chosen(np.arange(0, columns, EACH))
    return Score(
        Modality.SHEET,
        usual,
        None,
        lambda at: place_among_regions(at * EACH, regions),
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
    assert np.abs(x - true).max() < 3
    assert np.abs(x - true).mean() < 0.5 * np.abs(before - true).mean()
    assert (np.diff(found.positions) >= 0).all()
    assert found.confidence == 0.7
    np.testing.assert_allclose(
        np.interp(at, found.recording_s, found.confidences),
        np.interp(at, rough(page()).recording_s, rough(page()).confidences),
        atol=0.02,
    )
    assert found.rows_s is not None
    assert len(found.rows()) == len(rough(page()).rows())


def test_the_way_is_in_one_system_or_in_the_next():
    # The border is not one of passages.
    score = page(width=42)
    found = finer_on_pages(Space(), Path("take.wav"), rough(score))
    places = [found.to_score(float(second)) for second in np.arange(0, 10, 0.02)]
    systems = np.array([place.system for place in places])
    x = np.array([place.x for place in places])
    left = int(np.flatnonzero(np.diff(systems))[0])
    assert (np.diff(systems) >= 0).all()
    assert abs(0.02 * left - 10 * (42 / (COLUMNS - 1)) ** (1 / 1.4)) < 0.4
    assert x[left] > 4 * 36
    assert x[left + 1] < 4 * 6
    assert (np.diff(x[left + 1 :]) >= 0).all()


def test_a_system_that_is_played_again_starts_again():
    fine = page(columns=20, width=8).fine
    assert starts_of_systems(fine) == [0, 8, 16]
    again = fine.chosen(np.array([*range(8), *range(8), *range(16, 20)]))
    assert starts_of_systems(again) == [0, 8, 16]


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
