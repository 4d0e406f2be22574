"""Where in its score a performance is, while it is being played.

The search for jumps goes forward only: the cheapest way to each column of the score is kept for the
latest moment, and the cheapest of all is where the music is now. As in online time warping (Dixon,
"Live tracking of musical performances using on-line time warping", DAFx 2005), time and memory a
moment do not grow; unlike there, every column is kept, so that a player who goes back, skips, or
starts in the middle is found again, as in Arzt, Widmer and Dixon, "Automatic page turning for
musicians via real-time machine listening", ECAI 2008.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.alignment.time.jumps import JumpPrices, roads
from unisono.alignment.time.live_features import STEP_S, LiveFeatures, moments_of_notes
from unisono.alignment.time.pitch_features import features_of_notes
from unisono.alignment.time.score import ScorePlace
from unisono.alignment.time.written_score import WrittenScore
from unisono.data.errors import ReadError

FloatArray = npt.NDArray[np.float32]

MEAN_COST = 0.5
PRICES = JumpPrices(
    marked=6.0, unmarked=40.0, ends=0.0, barred=30.0, elsewhere=0.75, staying=0.1, hurrying=0.2
)
"""In moments of 0.1 s."""
PRIOR_S = 30.0
"""Of the recording, which what the score says of its own likeness to all of it counts as."""
_FEWEST_S = 2.0
"""Of sound, before its spread is trusted."""


@dataclass(frozen=True)
class FollowedPlace(ScorePlace):
    """Where the music is at a second of the recording; no place while it is not of the score.

    score_s: seconds of the score as it is written. bar: counts from 1 in the order of writing.
    confidence: 0..1, how probable the second around this place is among all places.
    """

    recording_s: float = 0.0
    bar: int | None = None
    confidence: float = 0.0


class Follower:
    """Follows one performance of a score; ``hear`` takes its sound as it comes."""

    def __init__(self, written: WrittenScore, prices: JumpPrices = PRICES) -> None:
        from unisono.alignment.time import jumps_kernel

        self._written = written
        features = features_of_notes(written.notes)
        if not features.energies.any():
            raise ReadError(written.path, "there are no notes with a pitch to follow")
        self._vectors, self._sounds = moments_of_notes(features)
        starts = np.rint(written.bar_s[:-1] / STEP_S).astype(np.int64)
        starts = np.clip(starts, 0, len(self._vectors) - 1)
        starts[0] = 0
        self._ways = roads(starts.tolist(), len(self._vectors), written.order, prices, MEAN_COST)
        self._elsewhere = np.float32(prices.elsewhere * MEAN_COST)
        self._live = LiveFeatures()
        self._sums = self._ways.begin.copy()
        self._here = np.empty_like(self._sums)
        self._back = np.empty(len(self._sums), np.uint8)
        self._came = np.empty(len(self._ways.entries), np.int32)
        self._usual, self._spread = _self_similarity(self._vectors)
        self._heard = 0
        self._kernel = jumps_kernel

    def hear(self, samples: FloatArray) -> Iterator[FollowedPlace]:
        """Take samples (n,) float32, mono at 16 kHz; yield a place each 0.1 s of sound."""
        for vector, sounds in self._live.hear(samples):
            self._go_on(self._cost(vector, sounds))
            self._heard += 1
            yield self._place()

    def _cost(self, vector: FloatArray, sounds: bool) -> FloatArray:
        """Costs (m + 1,) of a moment, as ``standardised_cost``, with what is known so far."""
        cost = np.full(len(self._sums), MEAN_COST, np.float32)
        if sounds:
            similarity = self._vectors @ vector
            similarity -= similarity.mean()
            self._usual += (similarity - self._usual) / (PRIOR_S / STEP_S + self._heard)
            similarity = similarity - self._usual
            seconds = self._heard * STEP_S
            spread = float(np.sqrt(np.mean(similarity**2)))
            part = 0.02 if seconds > _FEWEST_S else 0.2
            self._spread += part * (spread - self._spread)
            within = 1 / (1 + np.exp(-similarity / max(1e-6, self._spread)))
            cost[:-1] = np.where(self._sounds, 1 - within, np.float32(MEAN_COST))
        cost[-1] = self._elsewhere
        return cost

    def _go_on(self, cost: FloatArray) -> None:
        ways = self._ways
        if self._heard == 0:
            self._sums += cost
            return
        self._kernel.add_row(
            cost,
            self._sums,
            self._here,
            ways.steps,
            ways.exits,
            ways.entries,
            ways.edges,
            ways.edge_price,
            ways.price,
            self._back,
            self._came,
        )
        self._sums, self._here = self._here, self._sums
        # Only differences count, and they must not drown in hours of sums.
        self._sums -= self._sums.min()

    def _place(self) -> FollowedPlace:
        column = int(np.argmin(self._sums))
        recording_s = round((self._heard - 0.5) * STEP_S, 3)
        weights = np.exp(-(self._sums - self._sums[column]) / MEAN_COST)
        if column == len(self._sums) - 1:
            return FollowedPlace(recording_s=recording_s)
        near = round(0.5 / STEP_S)
        share = weights[max(0, column - near) : column + near + 1].sum() / weights.sum()
        # The last bar holds until the next performance, not the bar line after it.
        seconds = min((column + 0.5) * STEP_S, float(self._written.bar_s[-1]) - 1e-3)
        at = self._written.place_at_s(seconds)
        bar = int(np.searchsorted(self._written.bar_s, seconds, side="right"))
        return FollowedPlace(
            seconds,
            at.beat,
            at.measure,
            at.page,
            at.system,
            at.x,
            at.y,
            recording_s=recording_s,
            bar=min(bar, self._written.bars),
            confidence=float(share),
        )


def follow(blocks: Iterable[FloatArray], score: str | Path) -> Iterator[FollowedPlace]:
    """Follow sound through MIDI or MusicXML as it comes: a place each 0.1 s.

    blocks: (n,) float32 mono at 16 kHz, of any lengths, such as ``live_audio`` gives.
    Raises ReadError for a score that cannot be read or has no notes.
    """
    from unisono.alignment.time.alignment import read_written

    written = read_written(Path(score))
    if written is None:
        raise ReadError(
            score, "only notes can be followed live", "give MIDI or MusicXML, not pictures of pages"
        )
    follower = Follower(written)
    for block in blocks:
        yield from follower.hear(block)


def _self_similarity(vectors: FloatArray) -> tuple[FloatArray, float]:
    """How like everything each moment of a score is (m,), and how that spreads on the whole."""
    some = vectors[:: max(1, len(vectors) // 500)]
    similarity = some @ vectors.T
    similarity -= similarity.mean(axis=1, keepdims=True)
    usual: FloatArray = similarity.mean(axis=0)
    away = similarity - usual
    return usual, float(away.std())
