"""How far alignments are off, and what of it goes into a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unisono.eval.harness.task import ResultRow, RowKind, Score
from unisono.eval.intervals import grouped_statistic_interval

Floats = npt.NDArray[np.float64]

WITHIN_MS = (25, 50, 100, 250, 500)
ON_PAGES = ("note head", "bar", "system")


@dataclass(frozen=True)
class AlignmentErrors:
    """What one way made of one piece.

    who, kind: as in a row. group: which recordings; answers: what kind of score.
    seconds: (n,) how far each moment was put from where it is, in the recording.
    on_pages: (n, 3) bool, whether within the width of a note head, a bar, and in the right
    system; None for scores that are no pages.
    """

    who: str
    kind: RowKind
    group: str
    answers: str
    piece: str
    seconds: Floats
    on_pages: npt.NDArray[np.bool_] | None = None


def error_rows(
    found: Sequence[AlignmentErrors], main: tuple[str, str], seed: int
) -> list[ResultRow]:
    """A row for each group, kind of score and way. main: group and kind of the main score."""
    together: dict[tuple[str, str, str], list[AlignmentErrors]] = {}
    for one in found:
        together.setdefault((one.group, one.answers, one.who), []).append(one)
    rows = []
    for (group, answers, who), pieces in together.items():
        count = sum(len(one.seconds) for one in pieces)
        rows.append(
            ResultRow(
                who=who,
                kind=pieces[0].kind,
                condition=group,
                asks="audio",
                answers=answers,
                queries=count,
                candidates=len(pieces),
                scores=scores_of(pieces, seed),
                main=who == "this space" and (group, answers) == main,
                by_group={one.piece: float(np.median(np.abs(one.seconds)) * 1e3) for one in pieces},
            )
        )
    return rows


def scores_of(pieces: Sequence[AlignmentErrors], seed: int) -> dict[str, Score]:
    """All numbers, each with its interval by pieces."""
    away = np.abs(np.concatenate([one.seconds for one in pieces])) * 1e3
    names = [one.piece for one in pieces for _ in one.seconds]
    scores = {
        "median ms": _score(away, names, _median, seed),
        "mean ms": _score(away, names, _mean, seed),
        "95 % ms": _score(away, names, _quantile, seed),
    }
    for limit in WITHIN_MS:
        scores[f"within {limit} ms"] = _score(away <= limit, names, _mean, seed)
    if all(one.on_pages is not None for one in pieces):
        right = np.concatenate([one.on_pages for one in pieces if one.on_pages is not None])
        for column, what in enumerate(ON_PAGES):
            scores[f"within a {what}"] = _score(right[:, column], names, _mean, seed)
    return scores


def _score(
    values: npt.ArrayLike, names: list[str], statistic: Callable[[Floats], float], seed: int
) -> Score:
    sample = np.asarray(values, np.float64)
    low, high = grouped_statistic_interval(sample, names, statistic, seed=seed)
    return Score(float(statistic(sample)), low, high)


def _median(values: Floats) -> float:
    return float(np.median(values))


def _mean(values: Floats) -> float:
    return float(np.mean(values))


def _quantile(values: Floats) -> float:
    return float(np.quantile(values, 0.95))
