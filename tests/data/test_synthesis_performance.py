from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unisono.data.notes import DRUMS, Notes
from unisono.data.sound.dynamics import Dynamics, highest_of_chords
from unisono.data.sound.families import FAMILIES, draw_instruments, family, stand_ins
from unisono.data.sound.performance import Performance
from unisono.data.sound.time_map import Rubato, TimeMap, wander

steps = st.floats(1e-3, 1e3)
rises = st.lists(st.tuples(steps, steps), min_size=1, max_size=30)
seconds = st.lists(st.floats(-100, 1e4), min_size=1, max_size=50)


def made_map(rise: list[tuple[float, float]]) -> TimeMap:
    table = np.cumsum(np.array([(0.0, 0.5), *rise]), axis=0)
    return TimeMap.of(table[:, 0], table[:, 1])


def some_notes(count: int = 200, seed: int = 0) -> Notes:
    random = np.random.default_rng(seed)
    onset = np.sort(np.rint(random.uniform(0, 60, count) * 4) / 4)
    return Notes(
        onset,
        onset + random.uniform(0.1, 2, count),
        random.integers(40, 80, count).astype(np.int16),
        random.integers(30, 110, count).astype(np.int16),
        random.choice([0, 40, 73, DRUMS], count).astype(np.int16),
    )


@given(rises, seconds)
def test_a_map_rises_and_comes_back(rise: list, at: list) -> None:
    time = made_map(rise)
    score = np.sort(np.array(at))
    performed = time(score)
    assert (np.diff(performed) >= 0).all()
    back = time.inverse()(performed)
    # rounding of the performed second, as seen from the score
    slack = 1e-9 + 1e-12 * np.abs(performed) * 1e6
    assert (np.abs(back - score) <= slack).all()


@given(rises)
def test_a_map_goes_through_its_points(rise: list) -> None:
    time = made_map(rise)
    score, performed = np.array(time.points).T
    np.testing.assert_array_equal(time(score[:-1]), performed[:-1])
    np.testing.assert_allclose(time(score), performed, rtol=1e-12)
    assert time.inverse().inverse() == time


@given(st.floats(0.2, 4), st.floats(0, 0.4), st.floats(0.5, 10), st.integers(0, 1000))
def test_rubato_is_a_rising_map_from_zero(
    stretch: float, depth: float, phrase_s: float, seed: int
) -> None:
    time = Rubato(stretch, depth, phrase_s, seed).time_map(30.0)
    at = np.linspace(0, 40, 500)
    assert float(time(0.0)) == 0.0
    assert (np.diff(time(at)) > 0).all()
    assert np.abs(time.inverse()(time(at)) - at).max() < 1e-9
    pace = np.diff(time(at)) / np.diff(at) / stretch
    assert pace.max() <= np.exp(2.5 * depth) + 1e-9
    assert pace.min() >= np.exp(-2.5 * depth) - 1e-9


def test_rubato_begins_the_same_whatever_the_length() -> None:
    rubato = Rubato(1.2, 0.2, 3.0, seed=5)
    at = np.linspace(0, 20, 100)
    np.testing.assert_allclose(rubato.time_map(20)(at), rubato.time_map(300)(at), rtol=1e-12)
    assert np.abs(rubato.time_map(20)(at) - 1.2 * at).max() > 0.1
    assert len(Rubato(depth=0.1).time_map(86_400).points) < 250_000


def test_known_answers_of_a_map() -> None:
    time = TimeMap(((1.0, 2.0), (2.0, 4.0), (4.0, 5.0)))
    np.testing.assert_allclose(time([0, 1, 1.5, 2, 3, 4, 6]), [0, 2, 3, 4, 4.5, 5, 6])
    assert float(TimeMap(((0.0, 2.5),))(4.0)) == 6.5
    assert time([[1.0], [2.0]]).shape == (2, 1)


@pytest.mark.parametrize(
    "points",
    [
        ((0.0, 0.0), (0.0, 1.0)),
        ((0.0, 1.0), (1.0, 1.0)),
        ((0.0, 1.0), (1.0, 0.5)),
        ((0.0, 0.0), (float("nan"), 1.0)),
        ((0.0, 0.0), (5e-324, 1e308)),
        (),
    ],
)
def test_what_is_no_tempo_curve(points: tuple) -> None:
    with pytest.raises(ValueError, match="tempo curve"):
        TimeMap(points)


def test_wandering_has_a_deviation_of_one_and_no_steps() -> None:
    at = np.arange(0, 4000, 0.05)
    walk = wander(at, 2.0, seed=1)
    assert abs(walk.mean()) < 0.2
    assert 0.6 < walk.std() < 1.1
    assert np.abs(np.diff(walk)).max() < 0.25
    assert len(wander(np.zeros(0), 2.0, 1)) == 0


def test_the_default_performance_changes_nothing() -> None:
    notes = some_notes()
    played = Performance().play(notes)
    for name in Notes.__dataclass_fields__:
        np.testing.assert_allclose(getattr(played, name), getattr(notes, name), rtol=1e-12)


@given(st.integers(0, 10_000))
def test_drawn_performances_are_sound(seed: int) -> None:
    notes = some_notes(60, seed)
    performance = Performance.draw(np.random.default_rng(seed))
    played = performance.play(notes)
    assert len(played) == len(notes)
    assert (played.onset_s >= 0).all()
    assert (played.offset_s > played.onset_s).all()
    assert 1 <= played.velocity.min() <= played.velocity.max() <= 127
    assert 430 <= performance.a4_hz <= 446
    np.testing.assert_array_equal(played.pitch, notes.pitch)
    np.testing.assert_array_equal(played.program == DRUMS, notes.program == DRUMS)
    ideal = performance.time_map(notes.duration_s)(notes.onset_s)
    assert np.abs(played.onset_s - ideal).max() < 0.15
    again = Performance.draw(np.random.default_rng(seed)).play(notes)
    np.testing.assert_array_equal(played.onset_s, again.onset_s)
    np.testing.assert_array_equal(played.velocity, again.velocity)


def test_articulation_pedal_and_melody() -> None:
    one = np.ones(3, np.int16)
    notes = Notes(np.zeros(3), np.array([1.0, 1.0, 1.0]), 60 + 4 * np.arange(3, dtype=np.int16),
                  64 * one, np.array([0, 0, DRUMS], np.int16))  # fmt: skip
    played = Performance(articulation=0.5, pedal_s=0.1).play(notes)
    np.testing.assert_allclose(played.offset_s, [0.6, 0.6, 1.0])
    assert highest_of_chords(notes).tolist() == [False, True, False]
    late = Performance(tempo=TimeMap(((0.0, 1.0),)), melody_lead_s=0.03).play(notes)
    np.testing.assert_allclose(late.onset_s, [1.0, 0.97, 1.0])
    loud = Performance(dynamics=Dynamics(melody=10)).play(notes)
    assert loud.velocity.tolist() == [64, 74, 64]


def test_a_velocity_curve_is_followed() -> None:
    one = np.ones(5, np.int16)
    notes = Notes(np.arange(5.0), np.arange(5.0) + 0.5, 60 * one, 60 * one, 0 * one)
    dynamics = Dynamics(curve=((1.0, 0.0), (3.0, 40.0)))
    assert dynamics.velocities(notes, 0).tolist() == [60, 60, 80, 100, 100]
    assert Dynamics(contrast=0.0).velocities(notes, 0).tolist() == [64] * 5
    assert Dynamics(level=200).velocities(notes, 0).tolist() == [127] * 5
    assert Dynamics(level=-200).velocities(notes, 0).tolist() == [1] * 5
    assert Dynamics(accent=5).velocities(notes, 0).tolist() == [65] * 5
    swollen = Dynamics(arc=10, arc_s=1.0).velocities(notes, 3)
    assert len(set(swollen.tolist())) > 2


def test_other_instruments_of_the_family() -> None:
    notes = some_notes()
    seen = set()
    for seed in range(30):
        played = Performance(vary_instruments=True, seed=seed).play(notes)
        for program in np.unique(notes.program):
            rows = notes.program == program
            assert len(set(played.program[rows].tolist())) == 1
            assert family(int(played.program[rows][0])) == family(int(program))
        seen |= set(played.program[notes.program == 40].tolist())
    assert len(seen) > 3
    fixed = Performance(vary_instruments=True, instruments=((40, 71),), seed=1).play(notes)
    assert set(fixed.program[notes.program == 40].tolist()) == {71}


def test_every_program_has_one_family() -> None:
    programs = sorted(program for group in FAMILIES.values() for program in group)
    assert programs == list(range(128))
    assert stand_ins(47) == (47,)
    assert stand_ins(DRUMS) == (DRUMS,)
    assert 42 in stand_ins(40)
    assert family(DRUMS) == "drums"
    drawn = draw_instruments([0, DRUMS, 47], np.random.default_rng(0))
    assert (drawn[DRUMS], drawn[47]) == (DRUMS, 47)
    with pytest.raises(ValueError, match="128 is no General MIDI program"):
        family(128)


@pytest.mark.parametrize(
    "wrong",
    [
        {"a4_hz": 415.0},
        {"articulation": 0.0},
        {"spread_s": -1.0},
        {"pedal_s": -0.1},
        {"instruments": ((0, 128),)},
    ],
)
def test_performances_that_cannot_be(wrong: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Performance(**wrong)
