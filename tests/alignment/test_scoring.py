from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from unisono.alignment.searching.scoring import (
    ACROSS_SHARE,
    ALIKE_SHARE,
    best_by_chance,
    with_passages,
)
from unisono.data.modality import Modality


class Held(SimpleNamespace):
    def __len__(self) -> int:
        return 4


HELD: Any = Held(spans={Modality.AUDIO: slice(0, 2), Modality.SHEET: slice(2, 4)})


def test_passages_count_for_more_across_modalities() -> None:
    whole, passage = np.zeros(4, np.float32), np.ones(4, np.float32)
    scores = with_passages(whole, passage, HELD, Modality.AUDIO)
    assert scores == pytest.approx([ALIKE_SHARE] * 2 + [ACROSS_SHARE] * 2)
    assert ALIKE_SHARE < ACROSS_SHARE < 1


def test_whole_vectors_alone_where_there_are_no_passages() -> None:
    whole = np.array([1.0, -np.inf, 3.0, -np.inf], np.float32)
    passage = np.array([np.nan, np.nan, np.nan, 2.0], np.float32)
    scores = with_passages(whole, passage, HELD, Modality.AUDIO)
    assert scores.tolist() == [1.0, -np.inf, 3.0, -np.inf]


@pytest.mark.parametrize(("count", "expected"), [(1, 0.0), (2, 0.564), (10, 1.539), (100, 2.508)])
def test_the_best_of_many_by_chance(count: int, expected: float) -> None:
    """Expected maxima of standard normal draws, as tables of order statistics give them."""
    assert best_by_chance(count) == pytest.approx(expected, abs=0.03)
