"""Logistic regression whose evidence never counts against."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

PENALTY = 1e-3
"""Of the squared weights, in deviations of their features."""


def fitted_logistic(
    features: Floats,
    right: npt.NDArray[np.bool_],
    most: Sequence[float | None] | None = None,
    *,
    importance: Floats | None = None,
) -> list[float]:
    """Offset and weights, at least 0, of features (n, k).

    most: (k,) what each weight may be at most; None for no limit. importance: (n,) of each
    example; without it right and wrong weigh the same.
    Raises ValueError without examples of both.
    """
    from scipy.optimize import minimize

    if right.all() or not right.any():
        raise ValueError("a calibration needs right and wrong examples; give it more pieces")
    weights = np.where(right, 0.5 / right.sum(), 0.5 / (~right).sum())
    if importance is not None:
        weights = importance
    spread = np.maximum(features.std(axis=0), 1e-6)
    # About their means, so that the offset does not have to fight the penalty.
    mean = features.mean(axis=0)
    columns = np.column_stack((np.ones(len(features)), (features - mean) / spread))
    sign = np.where(right, 1.0, -1.0)

    def loss(parameters: Floats) -> tuple[float, Floats]:
        logits = sign * (columns @ parameters)
        value = weights @ np.logaddexp(0, -logits) + PENALTY * (parameters[1:] ** 2).sum()
        pull = -weights * sign / (1 + np.exp(np.clip(logits, -500, 500)))
        gradient = columns.T @ pull
        gradient[1:] += 2 * PENALTY * parameters[1:]
        return float(value), np.asarray(gradient, np.float64)

    count = features.shape[1]
    limits = [None] * count if most is None else list(most)
    highest = [
        None if one is None else one * by for one, by in zip(limits, spread.tolist(), strict=True)
    ]
    bounds = [(None, None), *((0.0, one) for one in highest)]
    found = minimize(loss, np.zeros(count + 1), jac=True, bounds=bounds, method="L-BFGS-B").x
    slopes = found[1:] / spread
    return [float(found[0] - slopes @ mean), *slopes.tolist()]


def logistic(features: Floats, parameters: Sequence[float]) -> Floats:
    """Probabilities (n,) of features (n, k) with an offset and k weights."""
    offset, *weights = parameters
    logits = offset + features @ np.array(weights, np.float64)
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -60, 60))), np.float64)
