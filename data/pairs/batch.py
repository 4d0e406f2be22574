"""Items of one step, the same whichever process draws them, and broken files passed over."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unisono.data.pairs.source import Item, PairSource, SourceError

TRIES = 32
"""Items that are tried for one place of a batch before training stops."""

_LOOKS = 32


@dataclass(frozen=True)
class DrawnItems:
    """Items of a step in the order of their places, and a sentence for every one left out."""

    items: list[Item]
    errors: list[str]


def draw_items(
    source: PairSource,
    indices: Sequence[int] | npt.NDArray[np.int64],
    roles: Collection[str],
    seed: int,
    step: int,
    *,
    places: Sequence[int] | None = None,
) -> DrawnItems:
    """Draw items ``indices`` of a step, or those at ``places`` among them.

    The item at place p depends on ``seed``, ``step``, p and ``indices`` alone. One that cannot
    be read is replaced by another item of the source, of a work that is not among ``indices``
    where there is one.

    Raises: SourceError where ``TRIES`` items in a row cannot be read.
    """
    taken = {source.works[int(index)] for index in indices}
    items, errors = [], []
    for place in range(len(indices)) if places is None else places:
        item, faults = _draw_place(source, int(indices[place]), roles, taken, (seed, step, place))
        items.append(item)
        errors.extend(faults)
    return DrawnItems(items, errors)


def _draw_place(
    source: PairSource,
    index: int,
    roles: Collection[str],
    taken: Collection[str],
    key: tuple[int, int, int],
) -> tuple[Item, list[str]]:
    random = np.random.default_rng(key)
    faults: list[str] = []
    broken: set[int] = set()
    for attempt in range(1, TRIES + 1):
        try:
            return source.draw(index, roles, random), faults
        except SourceError as error:
            faults.append(str(error))
            broken.add(index)
        random = np.random.default_rng((*key, attempt))
        replacement = _replacement(source, broken, taken, random)
        if replacement is None:
            break
        index = replacement
    raise SourceError(f"none of {len(faults)} items in a row can be read; the first: {faults[0]}")


def _replacement(
    source: PairSource,
    broken: Collection[int],
    taken: Collection[str],
    random: np.random.Generator,
) -> int | None:
    """An item not found broken, of a work not taken if some looks find one; None without any."""
    looks = [int(index) for index in random.integers(len(source.works), size=_LOOKS)]
    whole = [index for index in looks if index not in broken]
    apart = [index for index in whole if source.works[index] not in taken]
    if apart or whole:
        return (apart or whole)[0]
    return next((index for index in range(len(source.works)) if index not in broken), None)
