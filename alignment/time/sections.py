"""Bars and systems as sections between which a performance may jump."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from unisono.alignment.time.jumps import JumpPrices, PlayedPath
from unisono.alignment.time.played_order import PlayedOrder
from unisono.alignment.time.score import Score, ScorePlace

Ints = npt.NDArray[np.int64]

BAR_PRICES = JumpPrices()
SYSTEM_PRICES = JumpPrices()
"""See docs/experiments.md."""
MARGIN_S = 2.0
"""Of what comes before the first bar and after the last: only more is left out."""
HOP_S = 0.02
"""Between frames of the features."""


def order_of_path(path: PlayedPath, unit: str = "bar") -> PlayedOrder | None:
    """The order that was found; None where nothing of the score was."""
    return PlayedOrder.of_indices(path.sections, unit) if path.sections else None


def music_of_path(path: PlayedPath, frames: int, count: int) -> tuple[int, int]:
    """First frame of ``count``, and the one after the last, in which the score is played.

    frames: that make a row of the path. Applause before and after is left out; the ends of the
    recording stay where that would be no more than ``MARGIN_S``, for what is cut must be sure.
    """
    inside = np.flatnonzero(path.columns >= 0)
    if not len(inside):
        return 0, count
    margin = round(MARGIN_S / HOP_S)
    start, stop = int(inside[0]) * frames, (int(inside[-1]) + 1) * frames
    # A little before the first moment found, which may have begun up to half a second earlier.
    start = start - margin // 4 if start > margin else 0
    stop = stop + margin if stop + margin < count else count
    return max(0, start), min(count, stop)


def system_starts(score: Score) -> list[int]:
    """First passage of each system of a score's pages."""
    places = [score.place_at(float(i)) for i in range(len(score.passages))]
    systems = [(at.page, at.system) for at in places]
    return [i for i, here in enumerate(systems) if i == 0 or here != systems[i - 1]]


def columns_in_order(starts: Sequence[int], count: int, order: PlayedOrder) -> Ints:
    """Passages of ``count``, those of the systems in order; a system may come several times."""
    borders = [*starts, count]
    return np.concatenate([np.arange(borders[i], borders[i + 1]) for i in order.order])


def passages_in_order(score: Score, columns: Ints) -> Score:
    """A score of pages with its passages (k,) in another order."""
    each = 1 if score.fine is None else score.columns_a_passage
    fine = (columns[:, None] * each + np.arange(each)).ravel()
    fine = np.minimum(fine, len(score.passages if score.fine is None else score.fine) - 1)

    def place_at(position: float) -> ScorePlace:
        at = position * each
        i = min(len(fine) - 1, max(0, round(at)))
        j = min(len(fine) - 1, max(0, i + (1 if at > i else -1)))
        # Between two columns only where they stand side by side.
        beside = fine[j] - fine[i] == j - i
        return score.place_at(float(fine[i] + (at - i if beside else 0.0)) / each)

    return replace(
        score,
        passages=score.passages.chosen(columns),
        place_at=place_at,
        fine=None if score.fine is None else score.fine.chosen(fine),
    )
