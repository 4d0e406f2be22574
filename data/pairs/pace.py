"""Another pace for an excerpt: faster or slower on the whole, and bending from moment to moment.

Renditions are few and their tempo is that of one player each; an excerpt of one that is heard, or
written, at a pace of its own teaches that a passage is not known by its seconds.
"""

from __future__ import annotations

from math import ceil

import numpy as np

from unisono.data.augmenting.effect import TimeMap

_BEND_S = 1.25  # about a beat or a bar: so long is a pace kept
_MOST_BENDING = 0.3  # standard deviation of the logarithm of the pace, from one to the next


def draw_pace(
    seconds: float, random: np.random.Generator, *, tempo: float, aside_s: float = 0.0
) -> TimeMap:
    """Seconds of a rendition, from an excerpt's beginning, to seconds at another pace.

    seconds: how long the excerpt is; its middle stays but for ``aside_s`` to either side. tempo:
    standard deviation of the logarithm of the pace on the whole.
    """
    whole = random.normal(0, tempo)
    bending = random.normal(0, random.uniform(0, _MOST_BENDING), ceil(3 * seconds / _BEND_S))
    old = np.linspace(-seconds, 2 * seconds, len(bending) + 1)
    new = np.concatenate([[0.0], np.cumsum(np.diff(old) * np.exp(whole + bending))])
    middle = seconds / 2
    moved = middle + random.uniform(-aside_s, aside_s) - TimeMap(old, new)(middle)
    return TimeMap(old, new + moved)
