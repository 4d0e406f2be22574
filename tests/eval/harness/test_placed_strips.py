"""Note heads stay under their columns whatever becomes of the page."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from tiny_scores import scales, write_score

from unisono.data.engraving import Layout, engrave
from unisono.eval.harness.engraved_scores import write_engraving
from unisono.eval.harness.placed_strips import matched, place_on_strip
from unisono.eval.harness.score_folders import open_score


@pytest.fixture(scope="module")
def engraved(tmp_path_factory):
    """Pages of real engraving with their note heads."""
    folder = tmp_path_factory.mktemp("engraved") / "scales"
    score = scales()
    write_engraving(folder, engrave(score, Layout(staff_space_px=8.0, text=False)), score)
    return open_score(folder)


def place(score, **options):
    notes = score.notes
    rows = np.arange(len(notes["x"]))
    placed = place_on_strip(
        score,
        notes["page"][rows].astype(int),
        notes["system"][rows].astype(int),
        notes["x"][rows].astype(float),
        notes["y"][rows].astype(float),
        **{"kind": "clean", "systems": "given", "seed": 0, **options},
    )
    return placed


def ink_under(placed) -> float:
    """Ink under heads, as a multiple of that midway between neighbours."""
    ink = placed.strip.ink.astype(float)
    mass = np.convolve(ink.sum(axis=0), np.ones(5) / 5, mode="same")
    columns = np.sort(placed.columns[np.isfinite(placed.columns)])
    between = (columns[1:] + columns[:-1])[np.diff(columns) > 12] / 2
    return float(
        mass[columns.round().astype(int)].mean() / mass[between.round().astype(int)].mean()
    )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["clean", "scan", "photograph"])
def test_heads_stand_where_they_are_said_to(kind, seed, engraved) -> None:
    placed = place(engraved, kind=kind, seed=seed)
    assert np.isfinite(placed.columns).all()
    assert ink_under(placed) > 1.3


@pytest.mark.parametrize("kind", ["clean", "scan"])
def test_systems_that_are_found_hold_the_same_heads_at_the_same_places(kind, engraved) -> None:
    given, found = (place(engraved, kind=kind, systems=how, seed=1) for how in ("given", "found"))
    assert np.isfinite(found.columns).mean() > 0.9
    assert ink_under(found) > 1.3
    first = engraved.notes["system"] == 0
    gaps = np.diff(found.columns[first]) - np.diff(given.columns[first])
    assert np.abs(gaps).max() < 6


def test_the_same_seed_gives_the_same_page_and_another_another(engraved) -> None:
    one, again, other = (place(engraved, kind="photograph", seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one.strip.ink, again.strip.ink)
    assert one.strip.ink.shape != other.strip.ink.shape or (one.strip.ink != other.strip.ink).any()


def test_clean_strips_are_those_of_the_collection(tmp_path: Path) -> None:
    from unisono.data.sources.msmd import load_strip

    score = open_score(write_score(tmp_path / "piece", 60, [3, 4, 5, 6], [200, 300, 200, 300]))
    strip, notes = load_strip(score.folder)
    placed = place(score)
    assert np.array_equal(placed.strip.ink, strip.ink)
    columns = [strip.column(s, x) for s, x in zip(notes["system"], notes["x"], strict=True)]
    assert placed.columns == pytest.approx(columns)


def test_systems_match_what_covers_most_of_them() -> None:
    from types import SimpleNamespace

    given = np.array([[0, 0, 100, 50], [0, 60, 100, 110], [0, 200, 100, 250]], float)
    found = [SimpleNamespace(box=box) for box in ((0, 58, 98, 112), (2, 3, 101, 49))]
    assert matched(given, np.array([7, 8, 9]), found) == {7: 1, 8: 0}
    both = [SimpleNamespace(box=(0, 0, 100, 112))]
    assert matched(given, np.array([7, 8, 9]), both) == {}
