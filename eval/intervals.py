"""Intervals of means by resampling whole groups: items of one piece stand or fall together.

Resampling pairs as if each were drawn for itself makes intervals too narrow where the pairs of a
piece are alike; here the pieces are resampled (cluster bootstrap, Davison & Hinkley 1997, 3.8).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt


def grouped_interval(
    values: npt.ArrayLike,
    groups: Sequence[str],
    *,
    share: float = 0.95,
    rounds: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """Interval of the mean of values (n,) under resampling of their groups (n names).

    Raises ValueError for no values, or names that are not one a value.
    """
    sample, row, drawn = _resampled(values, groups, rounds, seed)
    sums = np.bincount(row, sample)
    counts = np.bincount(row).astype(np.float64)
    return _middle(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1), share)


def grouped_statistic_interval(
    values: npt.ArrayLike,
    groups: Sequence[str],
    statistic: Callable[[npt.NDArray[np.float64]], float],
    *,
    share: float = 0.95,
    rounds: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """The same for any statistic of values (n,), as a median; groups are put together anew.

    Raises ValueError for no values, or names that are not one a value.
    """
    sample, row, drawn = _resampled(values, groups, rounds, seed)
    members = [sample[row == i] for i in range(drawn.shape[1])]
    return _middle([statistic(np.concatenate([members[i] for i in one])) for one in drawn], share)


def _resampled(
    values: npt.ArrayLike, groups: Sequence[str], rounds: int, seed: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.intp], npt.NDArray[np.int64]]:
    """Values (n,), the group of each (n,), and groups drawn (rounds, groups)."""
    sample = np.asarray(values, np.float64)
    if sample.ndim != 1 or not len(sample) or len(groups) != len(sample):
        raise ValueError(f"{len(groups)} groups do not fit values of shape {sample.shape}")
    names, row = np.unique(np.asarray(groups), return_inverse=True)
    drawn = np.random.default_rng(seed).integers(len(names), size=(rounds, len(names)))
    return sample, row, drawn


def _middle(found: Sequence[float] | npt.NDArray[np.float64], share: float) -> tuple[float, float]:
    tail = (1 - share) / 2
    return float(np.quantile(found, tail)), float(np.quantile(found, 1 - tail))
