from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from unisono.data.notes import DRUMS, Notes
from unisono.towers.piano_roll import FAMILIES, LOWEST_PITCH, ROWS, piano_roll


def notes(*rows: tuple[float, float, int, int]) -> Notes:
    """(onset, offset, pitch, program) each."""
    onset, offset, pitch, program = (list(column) for column in zip(*rows, strict=True))
    return Notes(
        onset_s=np.array(onset, np.float64),
        offset_s=np.array(offset, np.float64),
        pitch=np.array(pitch, np.int16),
        velocity=np.full(len(rows), 90, np.int16),
        program=np.array(program, np.int16),
    )


NOTHING = Notes(*(np.zeros(0, kind) for kind in "ddhhh"))


def test_golden() -> None:
    roll, families = piano_roll(notes((0.1, 0.3, 60, 0), (0.2, 0.4, 64, 40)), 0.0, 10)
    low, high = 60 - LOWEST_PITCH, 64 - LOWEST_PITCH
    assert sorted(map(tuple, np.argwhere(roll[0]))) == [(low, 2), (high, 4)]
    np.testing.assert_allclose(roll[1, low], [0, 0, 1, 0.98, 0.96, 0.94, 0, 0, 0, 0], atol=1e-6)
    np.testing.assert_allclose(roll[1, high], [0, 0, 0, 0, 1, 0.98, 0.96, 0.94, 0, 0], atol=1e-6)
    assert roll[1].sum() == roll[1, [low, high]].sum()
    np.testing.assert_allclose(families[0], [0, 0, 1, 1, 0.5, 0.5, 0, 0, 0, 0])
    np.testing.assert_allclose(families[5], [0, 0, 0, 0, 0.5, 0.5, 1, 1, 0, 0])


def test_drums_are_a_family_but_no_pitch() -> None:
    roll, families = piano_roll(notes((0.0, 0.2, 38, DRUMS)), 0.0, 8)
    assert not roll.any()
    assert families[FAMILIES - 1, :4].tolist() == [1, 1, 1, 1]
    assert families.sum() == 4


def test_a_long_note_fades_to_a_fifth() -> None:
    roll, _ = piano_roll(notes((0.0, 10.0, 60, 0)), 0.0, 200)
    row = roll[1, 60 - LOWEST_PITCH]
    assert row[0] == 1
    assert (np.diff(row[:41]) < 0).all()
    np.testing.assert_allclose(row[41:], 0.2, atol=1e-6)


def test_a_repeated_note_has_two_onsets() -> None:
    roll, _ = piano_roll(notes((0.0, 0.5, 60, 0), (0.5, 1.0, 60, 0)), 0.0, 20)
    row = 60 - LOWEST_PITCH
    assert np.flatnonzero(roll[0, row]).tolist() == [0, 10]
    assert roll[1, row, 10] == 1


def test_the_shortest_note_is_one_frame() -> None:
    roll, _ = piano_roll(notes((0.2, 0.201, 60, 0)), 0.0, 10)
    assert np.argwhere(roll[1]).tolist() == [[60 - LOWEST_PITCH, 4]]


def test_pitches_outside_the_rows_still_count_as_a_family() -> None:
    highest = LOWEST_PITCH + ROWS
    roll, families = piano_roll(notes((0.0, 0.1, 5, 0), (0.0, 0.1, highest, 0)), 0.0, 4)
    assert not roll.any()
    assert families[0].tolist() == [1, 1, 0, 0]


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(st.floats(0, 5), st.floats(0.01, 4), st.integers(0, 127), st.integers(-1, 127)),
        min_size=1,
        max_size=12,
    ),
    st.integers(1, 139),
)
def test_two_blocks_are_one(rows: list[tuple[float, float, int, int]], cut: int) -> None:
    played = notes(*((onset, onset + length, *rest) for onset, length, *rest in rows))
    whole = piano_roll(played, 0.0, 140)
    first, second = piano_roll(played, 0.0, cut), piano_roll(played, cut / 20, 140 - cut)
    for part in (0, 1):
        joined = np.concatenate([first[part], second[part]], axis=-1)
        np.testing.assert_allclose(joined, whole[part], atol=1e-6)


def plain_roll(played: Notes, start_s: float, frames: int) -> tuple[np.ndarray, np.ndarray]:
    """The definition, note by note and frame by frame."""
    roll = np.zeros((2, ROWS, frames), np.float32)
    families = np.zeros((FAMILIES, frames), np.float32)
    for onset_s, offset_s, pitch, program in zip(
        played.onset_s, played.offset_s, played.pitch, played.program, strict=True
    ):
        first = round((onset_s - start_s) * 20)
        for frame in range(first, max(round((offset_s - start_s) * 20), first + 1)):
            if not 0 <= frame < frames:
                continue
            families[16 if program == DRUMS else program // 8, frame] += 1
            row = pitch - LOWEST_PITCH
            if program != DRUMS and 0 <= row < ROWS:
                sounds = np.float32(max(1 - 0.4 * (frame - first) / 20, 0.2))
                roll[1, row, frame] = max(roll[1, row, frame], sounds)
                roll[0, row, frame] = max(roll[0, row, frame], frame == first)
    for frame in range(frames):
        families[:, frame] /= max(families[:, frame].sum(), np.float32(1))
    return roll, families


@settings(max_examples=150)
@given(
    st.lists(
        st.tuples(
            st.floats(0, 6),
            st.one_of(st.floats(0.001, 0.3), st.floats(0.3, 9)),
            # few pitches and programs, so that notes meet
            st.sampled_from([5, 14, 60, 61, 109, 110]),
            st.sampled_from([DRUMS, 0, 7, 8, 40, 127]),
        ),
        max_size=20,
    ),
    st.floats(0, 5),
    st.integers(1, 120),
)
def test_it_is_what_a_plain_loop_gives(
    rows: list[tuple[float, float, int, int]], start_s: float, frames: int
) -> None:
    spans = [(onset, onset + length, *rest) for onset, length, *rest in sorted(rows)]
    played = notes(*spans) if spans else NOTHING
    for got, expected in zip(
        piano_roll(played, start_s, frames), plain_roll(played, start_s, frames), strict=True
    ):
        assert got.dtype == np.float32
        np.testing.assert_array_equal(got, expected)


def test_more_notes_than_are_drawn_at_once() -> None:
    random = np.random.default_rng(0)
    onset = np.sort(random.uniform(0, 3, 3000))
    lengths, pitches = random.uniform(0.01, 6, 3000), random.integers(0, 128, 3000)
    rows = zip(onset, onset + lengths, pitches, random.integers(-1, 128, 3000), strict=True)
    played = notes(*rows)
    for got, expected in zip(piano_roll(played, 0.5, 60), plain_roll(played, 0.5, 60), strict=True):
        np.testing.assert_array_equal(got, expected)
