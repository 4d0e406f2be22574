from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unisono.data.modality import Modality
from unisono.towers.views import WITHOUT_NOTES, Level, Views, pair_key

PAIRS = list(itertools.product(Modality, Modality))


def unit(random: np.random.Generator, rows: int, length: int) -> np.ndarray:
    vectors = random.standard_normal((rows, length))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def parts(random: np.random.Generator, modality: Modality, rows: int, views: Views):
    notes = None if modality in WITHOUT_NOTES else unit(random, rows, views.notes_dimension)
    return notes, unit(random, rows, views.character_dimension)


@settings(max_examples=60)
@given(
    pair=st.sampled_from(PAIRS),
    level=st.sampled_from(["whole", "passage"]),
    stored=st.floats(0.05, 0.95),
    tuned=st.floats(0, 1),
    named=st.booleans(),
    seed=st.integers(0, 1 << 16),
)
def test_inner_product_is_the_weighted_mean_of_both_cosines(
    pair: tuple[Modality, Modality],
    level: Level,
    stored: float,
    tuned: float,
    named: bool,
    seed: int,
) -> None:
    asks, answers = pair
    views = Views(7, 5, stored, {pair_key(asks, answers, level): tuned} if named else {})
    random = np.random.default_rng(seed)
    asked, answered = (parts(random, modality, 3, views) for modality in pair)
    got = views.weigh(views.compose(*asked), asks, answers, level) @ views.compose(*answered).T
    share = tuned if named else stored
    if asked[0] is None or answered[0] is None:
        expected = asked[1] @ answered[1].T
    else:
        expected = share * asked[0] @ answered[0].T + (1 - share) * asked[1] @ answered[1].T
    np.testing.assert_allclose(got, expected, atol=2e-5)


@pytest.mark.parametrize("modality", Modality)
def test_stored_vectors_have_unit_length(modality: Modality) -> None:
    views = Views(7, 5, 0.3)
    vectors = views.compose(*parts(np.random.default_rng(0), modality, 4, views))
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    assert vectors.dtype == np.float32
    assert vectors.shape == (4, views.dimension) == (4, 12)


def test_weighing_leaves_what_it_was_given() -> None:
    views = Views(7, 5, 0.3)
    vectors = views.compose(*parts(np.random.default_rng(0), Modality.AUDIO, 2, views))
    before = vectors.copy()
    views.weigh(vectors, Modality.AUDIO, Modality.TEXT, "whole")
    np.testing.assert_array_equal(vectors, before)


def test_pairs_have_no_direction_but_a_level() -> None:
    assert pair_key(Modality.SHEET, Modality.AUDIO, "whole") == "audio-sheet-whole"
    for (asks, answers), level in itertools.product(PAIRS, ("whole", "passage")):
        assert pair_key(asks, answers, level) == pair_key(answers, asks, level)
    assert pair_key(Modality.MIDI, Modality.MIDI, "passage") == "midi-midi-passage"


def test_a_text_asks_for_no_notes_whatever_is_tuned() -> None:
    views = Views(7, 5, 0.5, {"audio-text-whole": 0.9, "audio-midi-whole": 0.9})
    assert views.notes_weight(Modality.TEXT, Modality.AUDIO, "whole") == 0
    assert views.notes_weight(Modality.MIDI, Modality.COVER, "whole") == 0
    assert views.notes_weight(Modality.MIDI, Modality.AUDIO, "whole") == 0.9
    assert views.notes_weight(Modality.MIDI, Modality.AUDIO, "passage") == 0.5


@settings(max_examples=40)
@given(
    pair=st.sampled_from(PAIRS),
    level=st.sampled_from(["whole", "passage"]),
    notes_dimension=st.sampled_from([0, 7]),
    tuned=st.floats(0, 1),
)
def test_a_space_that_is_all_character(
    pair: tuple[Modality, Modality], level: Level, notes_dimension: int, tuned: float
) -> None:
    views = Views(notes_dimension, 5, 0.0, {pair_key(*pair, level): tuned})
    random = np.random.default_rng(0)
    asked, answered = (parts(random, modality, 3, views) for modality in pair)
    stored = [views.compose(*item) for item in (asked, answered)]
    np.testing.assert_array_equal(stored[0][:, notes_dimension:], asked[1])
    assert not stored[0][:, :notes_dimension].any()
    got = views.weigh(stored[0], *pair, level) @ stored[1].T
    np.testing.assert_allclose(got, asked[1] @ answered[1].T, atol=1e-6)


def test_an_undivided_space_takes_no_notes_or_empty_ones() -> None:
    views = Views(0, 5, 0.0)
    character = unit(np.random.default_rng(0), 3, 5)
    assert views.dimension == 5
    for notes in (None, np.zeros((3, 0), np.float32)):
        np.testing.assert_array_equal(views.compose(notes, character), character)


@pytest.mark.parametrize("level", ["whole", "passage"])
@pytest.mark.parametrize("character_dimension", [0, 5])
def test_a_space_that_is_all_notes(level: Level, character_dimension: int) -> None:
    views = Views(7, character_dimension, 1.0, {pair_key(Modality.AUDIO, Modality.MIDI, level): 0})
    random = np.random.default_rng(0)
    asked, answered = (parts(random, Modality.AUDIO, 3, views) for _ in range(2))
    stored = [views.compose(*item) for item in (asked, answered)]
    np.testing.assert_array_equal(stored[0][:, :7], asked[0])
    got = views.weigh(stored[0], Modality.AUDIO, Modality.MIDI, level) @ stored[1].T
    np.testing.assert_allclose(got, asked[0] @ answered[0].T, atol=1e-6)


def test_where_all_is_notes_a_text_is_like_nothing() -> None:
    views = Views(7, 5, 1.0)
    random = np.random.default_rng(0)
    text, audio = (
        views.compose(*parts(random, m, 2, views)) for m in (Modality.TEXT, Modality.AUDIO)
    )
    for one, other, pair in (
        (text, audio, (Modality.TEXT, Modality.AUDIO)),
        (audio, text, (Modality.AUDIO, Modality.TEXT)),
    ):
        assert not (views.weigh(one, *pair, "whole") @ other.T).any()
    similar = views.weigh(text, Modality.TEXT, Modality.TEXT, "whole") @ text.T
    np.testing.assert_allclose(np.diag(similar), 1, atol=1e-6)


def test_a_text_has_no_place_among_notes_alone() -> None:
    with pytest.raises(ValueError, match="no vector in a space of notes alone"):
        Views(7, 0, 1.0).compose(None, np.zeros((2, 0), np.float32))


@pytest.mark.parametrize(
    ("notes", "character", "stored"),
    [(0, 5, 0.5), (7, 0, 0.5), (7, 5, -0.1), (7, 5, 1.1), (7, 5, float("nan"))],
)
def test_weights_that_do_not_fit(notes: int, character: int, stored: float) -> None:
    with pytest.raises(ValueError, match="notes"):
        Views(notes, character, stored)
