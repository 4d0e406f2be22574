"""Hubs among the whole vectors of a catalogue, lowered by half of CSLS.

An item that is near to every query loses what it owes to that: its score z becomes

    z - (r - mean of r) / 2

with r the mean of its ``NEIGHBOURS`` highest scores for items of the kind that asks: half of
equation 4 of Conneau et al. (``hubness.csls``), whose other term is the same for all answers of a
kind, so that the order is that of CSLS while the score keeps its unit and its mean. The stored
items of a kind stand for what may be asked; a catalogue with few of them changes nothing.

Only between recordings, pages and MIDI files, where it was measured to find more; with words it
did not (``docs/experiments.md``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from unisono.alignment.searching.hubness import NEIGHBOURS, mean_of_closest
from unisono.alignment.searching.question import PLACED
from unisono.alignment.store.held import HeldItems, Positions
from unisono.data.modality import Modality
from unisono.towers.encoding import FloatArray

if TYPE_CHECKING:
    from unisono.towers.space import Space

FEWEST, MOST = 20, 128
"""Stored items that stand for questions: too few say nothing, and more say the same."""
_BLOCK = 8192


def surplus(
    space: Space,
    held: HeldItems,
    asks: Modality,
    answers: Modality,
    among: Positions | None = None,
) -> FloatArray | None:
    """What to take off the scores of all items of a kind, or of those at ``among`` (m,).

    None where nothing is to be taken off. What is computed for all is kept with ``held``.
    """
    if asks not in PLACED or answers not in PLACED:
        return None
    span, asking = held.spans.get(answers, slice(0, 0)), held.spans.get(asks, slice(0, 0))
    if asking.stop - asking.start < FEWEST or span.start == span.stop:
        return None
    key = (asks, answers)
    if key in held.local_scales:
        known = held.local_scales[key]
        return known if among is None else known[among - span.start]
    background = _sample(asking)
    centre = float(_closeness(space, held, asks, answers, background, _sample(span)).mean())
    positions = np.arange(span.start, span.stop) if among is None else among
    closeness = _closeness(space, held, asks, answers, background, positions)
    scales: FloatArray = (closeness - np.float32(centre)) / np.float32(2)
    if among is None:
        held.local_scales[key] = scales
    return scales


def _closeness(
    space: Space,
    held: HeldItems,
    asks: Modality,
    answers: Modality,
    background: Positions,
    positions: Positions,
) -> FloatArray:
    """r of the items at some positions (m,)."""
    vectors = space.weigh(held.vectors_at(background), asks, answers, "whole")
    found = [np.empty(0, np.float32)]
    for start in range(0, len(positions), _BLOCK):
        some = positions[start : start + _BLOCK]
        scores = space.calibrate(held.vectors_at(some) @ vectors.T, asks, answers, "whole")
        # An item is no question for itself.
        scores = np.where(some[:, None] == background[None, :], np.float32(-np.inf), scores)
        found.append(mean_of_closest(scores, NEIGHBOURS))
    return np.concatenate(found)


def _sample(span: slice) -> Positions:
    count = min(MOST, span.stop - span.start)
    return np.linspace(span.start, span.stop - 1, count).round().astype(np.intp)
