"""A way along pages made finer: through every column, where passages were compared before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from unisono.alignment.time.cost import MOST_CELLS, cost_matrix
from unisono.alignment.time.dtw import dtw
from unisono.alignment.time.note_alignment import pairs_of_path
from unisono.alignment.time.score import centres

if TYPE_CHECKING:
    from unisono.alignment.time.alignment import Alignment
    from unisono.towers.space import Space

FINEST_HOP_S = 0.1
"""Of recordings; the columns of pages are a staff space wide."""
LATE_S = 0.015
"""By which ways along pages were late on 12 training songs: an attack is seen once it has begun."""


def finer_on_pages(space: Space, recording: Path, found: Alignment) -> Alignment:
    """The same alignment with a way through all columns of a recording and of its pages.

    Its probabilities stay; a pair of more than ``MOST_CELLS`` keeps the way it has. Raises
    ReadError.
    """
    fine = found.score.fine
    if fine is None or len(fine) == len(found.score.passages):
        return found
    last = len(found.score.passages) - 1
    played = space.encode_item(recording, hop_s=FINEST_HOP_S)
    if len(played.passages) * len(fine) > MOST_CELLS:
        return found
    cost = cost_matrix(space, played.passages, played.modality, fine, found.score.modality)
    rows, columns = pairs_of_path(dtw(cost).path)
    seconds = centres(played.passages)
    recording_s = np.interp(rows, np.arange(len(seconds)), seconds) - LATE_S
    confidences = np.interp(recording_s, found.recording_s, found.confidences)
    return replace(
        found,
        recording_s=recording_s,
        positions=np.minimum(columns / found.score.columns_a_passage, last),
        confidences=confidences.astype(np.float32),
    )
