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


@settings(max_examples=60, deadline=None)
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
