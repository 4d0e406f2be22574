import itertools

import numpy as np
import pytest
from fake_space import FakeSpace, write
from hypothesis import given, settings
from hypothesis import strategies as st

from unisono.alignment.time import align
from unisono.alignment.time.alignment import align_by_cost, smoothed
from unisono.alignment.time.cost import NEUTRAL, standardised_cost
from unisono.alignment.time.score import (
    Score,
    ScorePlace,
    middles_of_regions,
    place_among_notes,
    place_among_regions,
    place_on_grid,
)
from unisono.data.engraving import EngravedNotes
from unisono.data.errors import ReadError
from unisono.data.modality import Modality
from unisono.data.places import Region, TimeSpan
from unisono.towers.encoding import Passages

SYSTEMS = "a b c d e f g h\ni j k l m n o p"


def timed_score(vectors, hop_s=0.5):
    spans = [TimeSpan(i * hop_s, (i + 1) * hop_s) for i in range(len(vectors))]
    passages = Passages(vectors, spans, np.ones(len(vectors), np.float32))
    middles = hop_s * (np.arange(len(vectors)) + 0.5)

    def at(position):
        return ScorePlace(score_s=float(np.interp(position, np.arange(len(middles)), middles)))

    return Score(Modality.MIDI, passages, middles, at)


def performed(pace, seed=0, n=120):
    """A score of n random passages and a recording that plays them ``pace`` times as slowly."""
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((n, 32)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    recording_s = 0.5 * (np.arange(int(n * pace)) + 0.5)
    index = np.minimum(n - 1, (recording_s / pace / 0.5).astype(int))
    noise = 0.1 * rng.standard_normal((len(index), 32))
    similarity = ((vectors[index] + noise) @ vectors.T).astype(np.float32)
    ones = np.ones(len(index), np.float32)
    cost = standardised_cost(similarity, ones, np.ones(n, np.float32))
    return align_by_cost(cost, timed_score(vectors), recording_s)


@settings(max_examples=15)
@given(st.floats(0.6, 1.7), st.integers(0, 1000))
def test_a_performance_at_any_pace_is_followed(pace, seed):
    alignment = performed(pace, seed)
    for seconds in np.linspace(5, 50 * pace, 12):
        assert alignment.to_score(seconds).score_s == pytest.approx(seconds / pace, abs=0.8)
    assert alignment.confidence > 0.35


def test_both_directions_agree():
    alignment = performed(1.3)
    for score_s in (4.0, 20.0, 47.5):
        there = alignment.to_recording(score_s)
        assert alignment.to_score(there).score_s == pytest.approx(score_s, abs=0.5)


@settings(max_examples=25)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 1000))
def test_time_never_runs_backwards_whatever_the_cost(n, m, seed):
    rng = np.random.default_rng(seed)
    cost = rng.uniform(size=(n, m)).astype(np.float32)
    score = timed_score(rng.standard_normal((m, 4)).astype(np.float32))
    alignment = align_by_cost(cost, score, 0.2 * np.arange(n))
    rows = alignment.rows()
    assert all(a.score_s <= b.score_s for a, b in itertools.pairwise(rows))
    assert 0 <= alignment.confidence <= 1
    assert ((alignment.confidences >= 0) & (alignment.confidences <= 1)).all()


def test_what_does_not_belong_together_is_not_trusted():
    rng = np.random.default_rng(1)
    ones = np.ones(150, np.float32)
    noise = rng.standard_normal((150, 150)).astype(np.float32)
    cost = standardised_cost(noise, ones, ones)
    score = timed_score(rng.standard_normal((150, 4)).astype(np.float32))
    assert align_by_cost(cost, score, 0.5 * np.arange(150)).confidence < 0.15


def test_confidence_falls_where_the_recording_leaves_the_score():
    rng = np.random.default_rng(2)
    vectors = rng.standard_normal((100, 32)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    played = vectors.copy()
    played[40:60] = vectors[rng.permutation(100)[:20]]
    ones = np.ones(100, np.float32)
    cost = standardised_cost(played @ vectors.T, ones, ones)
    alignment = align_by_cost(cost, timed_score(vectors), 0.5 * np.arange(100))
    assert alignment.confidences[45:55].mean() < 0.6 * alignment.confidences[10:30].mean()


def test_silence_costs_the_same_everywhere():
    similarity = np.random.default_rng(0).uniform(size=(4, 5)).astype(np.float32)
    weights = np.array([1, 0, 1, 0.5], np.float32)
    cost = standardised_cost(similarity, weights, np.ones(5, np.float32))
    assert (cost[1] == NEUTRAL).all()
    assert cost.dtype == np.float32 and ((cost > 0) & (cost < 1)).all()
    assert (standardised_cost(similarity, 0 * weights, np.ones(5, np.float32)) == NEUTRAL).all()


def test_a_higher_similarity_never_costs_more():
    similarity = np.eye(6, dtype=np.float32)
    cost = standardised_cost(similarity, np.ones(6, np.float32), np.ones(6, np.float32))
    assert np.diag(cost).max() < (cost + np.eye(6)).min()


def test_a_recording_is_followed_on_a_page(tmp_path):
    words = SYSTEMS.split()
    write(tmp_path, take_wav=" ".join(word for word in words for _ in "12"), page_png=SYSTEMS)
    alignment = align(FakeSpace(), tmp_path / "take.wav", tmp_path / "page.png", hop_s=1.0)
    early, late = alignment.to_score(5.0), alignment.to_score(25.0)
    assert (early.page, early.system, late.system) == (1, 1, 2)
    assert early.x == pytest.approx(100, abs=30)
    assert early.score_s is None and early.beat is None and early.measure is None
    region = Region(1, 2, 160.0, 200.0, 200.0, 250.0)
    assert alignment.to_recording(region) == pytest.approx(25.0, abs=1.5)
    with pytest.raises(ValueError, match="no seconds"):
        alignment.to_recording(3.0)
    with pytest.raises(ValueError, match="page 3"):
        alignment.to_recording(Region(3, 1, 0, 1, 0, 1))


def test_files_that_are_no_recording_or_no_score_are_named(tmp_path):
    write(tmp_path, take_wav="a b c", page_png=SYSTEMS, other_wav="d e")
    with pytest.raises(ReadError, match="this is sheet"):
        align(FakeSpace(), tmp_path / "page.png", tmp_path / "page.png")
    with pytest.raises(ReadError, match="no score"):
        align(FakeSpace(), tmp_path / "take.wav", tmp_path / "other.wav")
    with pytest.raises(ReadError, match="no such file"):
        align(FakeSpace(), tmp_path / "take.wav", tmp_path / "none.mid")


def test_smoothing_keeps_order_and_ends():
    values = np.array([0, 0, 0, 4, 4, 9, 9, 9.5])
    even = smoothed(values, 2)
    assert (np.diff(even) >= 0).all()
    assert (even[0], even[-1]) == (0, 9.5)
    assert even[3] == pytest.approx((0 + 0 + 4 + 4 + 9) / 5)


def test_beats_and_measures_of_a_midi_file():
    beats, downbeats = np.arange(0, 8, 0.5), np.array([0.0, 2.0, 4.0, 6.0])
    place = place_on_grid(2.25, beats, downbeats)
    assert (place.score_s, place.beat, place.measure) == (2.25, 4.5, "2")
    assert place_on_grid(8.0, beats, downbeats).beat == 16.0
    assert place_on_grid(1.0, np.empty(0), np.empty(0)) == ScorePlace(score_s=1.0)


def test_places_among_engraved_notes():
    notes = EngravedNotes(
        onset_s=np.array([0.0, 1.0, 2.0, 3.0]),
        beat=np.array([0.0, 2.0, 4.0, 6.0]),
        measure=np.array(["1", "1", "2", "2a"]),
        offset_s=np.array([1.0, 2.0, 3.0, 4.0]),
        pitch=np.full(4, 60, np.int16),
        staff=np.zeros(4, np.int16),
        page=np.array([1, 1, 2, 2]),
        system=np.array([0, 0, 1, 1]),
        x=np.array([100.0, 200.0, 50.0, 150.0]),
        y=np.array([10.0, 12.0, 14.0, 16.0]),
        width=np.full(4, 12.0),
        height=np.full(4, 10.0),
        duration_beats=np.full(4, 2.0),
        part=np.zeros(4, np.int16),
        measure_index=np.array([0, 0, 1, 2], np.int32),
        played_measure=np.array([0, 0, 1, 2], np.int32),
        notated=np.arange(4, dtype=np.int32),
        grace=np.zeros(4, np.bool_),
    )
    first = {1: 0, 2: 1}
    between = place_among_notes(0.5, notes, first)
    assert (between.beat, between.measure, between.page, between.system) == (1.0, "1", 1, 1)
    assert between.x == 150.0
    turning = place_among_notes(1.5, notes, first)
    assert (turning.page, turning.system, turning.x, turning.beat) == (1, 1, 200.0, 3.0)
    after = place_among_notes(9.0, notes, first)
    assert (after.page, after.system, after.measure, after.x) == (2, 1, "2a", 150.0)


def test_places_among_regions_go_smoothly_within_a_system():
    regions = [Region(1, 1, 0, 10, 0, 5), Region(1, 1, 10, 20, 0, 5), Region(1, 2, 0, 10, 20, 25)]
    assert place_among_regions(0.4, regions).x == pytest.approx(9.0)
    assert place_among_regions(1.4, regions).x == pytest.approx(15.0)
    assert place_among_regions(1.6, regions).system == 2


def test_passages_cut_off_by_the_ends_of_a_system_stand_where_their_middles_are():
    middles = np.arange(10.0, 300.0, 10.0)
    regions = [
        Region(1, system, max(0.0, x - 40), min(310.0, x + 40), 0.0, 50.0)
        for system in (1, 2)
        for x in middles.tolist()
    ]
    np.testing.assert_allclose(middles_of_regions(regions), np.tile(middles, 2))
    assert place_among_regions(0.0, regions).x == pytest.approx(10.0)
    assert place_among_regions(len(middles) - 1.0, regions).x == pytest.approx(290.0)
    short = [Region(1, 1, 5.0, 45.0, 0.0, 50.0) for _ in range(4)]
    np.testing.assert_allclose(middles_of_regions(short), [10.0, 20.0, 30.0, 40.0])
    assert len(middles_of_regions([])) == 0
