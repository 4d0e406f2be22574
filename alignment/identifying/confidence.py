"""From what speaks for an answer to the probability that it is right."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log


@dataclass(frozen=True)
class Grounds:
    """What speaks for a work; deviations are those of ``background``.

    votes: its share of the votes of the query's passages, 0..1.
    gain: what its best path gains for each passage of the query, at least 0.
    by_chance: the same where the item runs backwards.
    consistent: share of the query's passages that are on the path, where the path's passage is
        among their nearest in all that is stored, 0..1.
    margin: ``order`` less that of the best other work; below 0 where another is better.
    passages: how many passages of the query sounded and were compared.
    """

    votes: float
    gain: float
    by_chance: float
    consistent: float
    margin: float
    passages: int

    @property
    def order(self) -> float:
        """What the path gains beyond what its passages give in any order."""
        return order(self.gain, self.by_chance)


def order(gain: float, by_chance: float) -> float:
    """Gain less half of what chance gives; ``docs/experiments.md`` compares the halves."""
    return gain - by_chance / 2


@dataclass(frozen=True)
class Confidence:
    """A logistic function of grounds: probability = 1 / (1 + exp(-logit)).

    logit = offset + order * g.order + margin * g.margin + votes * g.votes
        + consistent * g.consistent + length * log(g.passages)

    ``unisono.eval.identification_calibration`` fits it. What speaks for a work never lowers its
    probability, nor does a longer query: all weights but the offset are at least 0.
    Raises ValueError for one that is below.
    """

    offset: float
    order: float
    margin: float
    votes: float
    consistent: float
    length: float

    def __post_init__(self) -> None:
        for name in ("order", "margin", "votes", "consistent", "length"):
            if getattr(self, name) < 0:
                raise ValueError(f"the weight of {name} is {getattr(self, name)}, below 0")

    def probability(self, grounds: Grounds) -> float:
        """That a work is the one that was asked for, 0..1."""
        logit = (
            self.offset
            + self.order * grounds.order
            + self.margin * grounds.margin
            + self.votes * grounds.votes
            + self.consistent * grounds.consistent
            + self.length * log(max(1, grounds.passages))
        )
        return 1 / (1 + exp(-max(-60.0, min(60.0, logit))))


def shares(probabilities: list[float]) -> list[float]:
    """Probabilities of works that exclude each other: scaled down where they exceed 1 together."""
    total = max(1.0, sum(probabilities))
    return [one / total for one in probabilities]
