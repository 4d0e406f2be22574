"""Time of the score into time of a performance, exact in both directions."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from unisono.data.rising_line import along

Seconds = npt.NDArray[np.float64]

_STEP_S = 0.1
_STEADINESS = 0.6  # how much of a phrase's pace goes over into the next
_WIDEST = 2.5  # standard deviations; a pace beyond is drawn in


@dataclass(frozen=True)
class TimeMap:
    """A rising line through points (score second, performed second), straight between them.

    Before the first and after the last point it goes on with the slope there; a single point
    means a shift. Raises ValueError unless both columns are finite and rise strictly.
    """

    points: tuple[tuple[float, float], ...] = ((0.0, 0.0), (1.0, 1.0))
    _score: Seconds = field(init=False, repr=False, compare=False)
    _performed: Seconds = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.points) == 1:
            (score, performed) = self.points[0]
            object.__setattr__(self, "points", ((score, performed), (score + 1, performed + 1)))
        table = np.array(self.points, np.float64)
        if table.ndim != 2 or table.shape[1] != 2 or not np.isfinite(table).all():
            raise ValueError("a tempo curve needs pairs of finite seconds: (score, performed)")
        if (np.diff(table, axis=0) <= 0).any():
            raise ValueError("the seconds of a tempo curve must rise, in the score and performed")
        with np.errstate(over="ignore"):
            slopes = np.diff(table[:, 1]) / np.diff(table[:, 0])
        if not np.isfinite(slopes).all() or (slopes <= 0).any():
            raise ValueError("points of the tempo curve lie too close to each other")
        object.__setattr__(self, "_score", np.ascontiguousarray(table[:, 0]))
        object.__setattr__(self, "_performed", np.ascontiguousarray(table[:, 1]))

    @classmethod
    def of(cls, score_s: npt.ArrayLike, performed_s: npt.ArrayLike) -> TimeMap:
        """The map through points given as two columns (k,)."""
        score, performed = np.asarray(score_s, np.float64), np.asarray(performed_s, np.float64)
        return cls(tuple(zip(score.tolist(), performed.tolist(), strict=True)))

    def __call__(self, score_s: npt.ArrayLike) -> Seconds:
        """Performed seconds of score seconds, any shape."""
        return along(score_s, self._score, self._performed)

    def inverse(self) -> TimeMap:
        """The way back: performed seconds into score seconds."""
        return TimeMap.of(self._performed, self._score)


@dataclass(frozen=True)
class Rubato:
    """A tempo that breathes: a steady stretch, and phrases that hurry and linger around it.

    stretch: performed seconds per score second on the whole, > 0; 2 is half the tempo.
    depth: how much the pace of phrases differs (a standard deviation of its logarithm), >= 0.
    phrase_s: score seconds from one phrase to the next, > 0.
    seed: which phrases; the same seed begins the same way whatever the length.
    """

    stretch: float = 1.0
    depth: float = 0.0
    phrase_s: float = 4.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not (0.01 <= self.stretch <= 100 and 0 <= self.depth <= 1 and self.phrase_s >= 0.1):
            raise ValueError(
                "rubato needs a stretch of 0.01 to 100, a depth of 0 to 1 and phrases of 0.1 s up"
            )

    def time_map(self, end_s: float) -> TimeMap:
        """The map up to score second ``end_s`` and on from there; 0 stays 0."""
        if self.depth == 0 or end_s <= 0:
            return TimeMap(((0.0, 0.0), (1.0, self.stretch)))
        step = max(_STEP_S, end_s / 200_000)  # a day of music must not take memory for its curve
        edges = np.arange(int(np.ceil(end_s / step)) + 1) * step
        middles = np.asarray(edges[:-1] + step / 2, np.float64)
        walk = wander(middles, self.phrase_s, self.seed)
        slopes = self.stretch * np.exp(self.depth * walk)
        return TimeMap.of(edges, np.concatenate([[0.0], np.cumsum(slopes * step)]))


def wander(at_s: Seconds, phrase_s: float, seed: int) -> Seconds:
    """A smooth random walk around 0 at ascending seconds >= 0, (n,), with a deviation of about 1.

    One value a phrase, each leaning towards the one before, joined by half cosines.
    """
    if not len(at_s):
        return np.zeros(0)
    place = at_s / phrase_s
    news = np.random.default_rng(seed).standard_normal(int(place[-1]) + 2)
    values = np.empty_like(news)
    last = news[0]
    for index, new in enumerate(news):
        last = last if index == 0 else _STEADINESS * last + np.sqrt(1 - _STEADINESS**2) * new
        values[index] = last
    values = np.clip(values, -_WIDEST, _WIDEST)
    row = place.astype(np.int64)
    share = (1 - np.cos(np.pi * (place - row))) / 2
    return np.asarray(values[row] + share * (values[row + 1] - values[row]), np.float64)
