"""A flat map of the space: the two directions in which the items of a collection differ most."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from unisono.towers.encoding import FloatArray


def flat_map(vectors: FloatArray, kinds: Sequence[str]) -> tuple[npt.NDArray[np.float64], float]:
    """Return places (n, 2) in 0..1 and the share of the variance that they keep.

    Principal components of the whole vectors (n, d), after the mean of each kind is taken off:
    kinds lie in their own corners of a joint space (Liang et al. 2022, "Mind the gap"), and that
    offset would be all that the map shows.
    """
    centred = np.array(vectors, dtype=np.float64)
    names = np.array(kinds)
    for kind in np.unique(names):
        centred[names == kind] -= centred[names == kind].mean(axis=0)
    if len(centred) == 0:
        return np.zeros((0, 2)), 0.0
    left, strengths, _ = np.linalg.svd(centred, full_matrices=False)
    flat = np.zeros((len(centred), 2))
    kept = min(2, len(strengths))
    flat[:, :kept] = left[:, :kept] * strengths[:kept]
    # The sign of a component is free; fix it, so that the same collection gives the same map.
    for axis in range(2):
        if flat[np.argmax(np.abs(flat[:, axis])), axis] < 0:
            flat[:, axis] *= -1
    low, high = flat.min(axis=0), flat.max(axis=0)
    total = float((strengths**2).sum())
    explained = float((strengths[:kept] ** 2).sum()) / total if total > 0 else 0.0
    width = np.where(high > low, high - low, 1.0)
    return np.where(high > low, (flat - low) / width, 0.5), explained
