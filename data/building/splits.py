"""Which side of a split a work stands on: never on two."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from unisono.data.building.built import LEFT_OUT, SPLITS

_TEST_SHARE = 0.1
_VALID_SHARE = 0.1


def hashed_split(work: str) -> str:
    """A side by the hash of the work's name: a tenth test, a tenth valid, the same everywhere."""
    place = int.from_bytes(hashlib.sha256(work.encode()).digest()[:8], "big") / 2**64
    if place < _TEST_SHARE:
        return "test"
    return "valid" if place < _TEST_SHARE + _VALID_SHARE else "train"


def side_of(claim: str, settled: str, *, as_published: bool = False) -> str:
    """Where an entry stands: on its work's side, or ``LEFT_OUT`` if it claims another one.

    as_published: what is claimed holds, even where that puts a work on two sides.
    """
    if claim in ("", settled):
        return settled
    return claim if as_published and claim in SPLITS else LEFT_OUT


def settle_sides(claims: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """The side of every work, from (work, side claimed by its publisher, or nothing).

    Where publishers disagree the side that is held out more wins: test, then valid, then train;
    entries with another claim are then left out, so that a published test set stays what it is.
    A work of which nobody says anything goes where its hash puts it.
    """
    claimed: dict[str, set[str]] = {}
    for work, side in claims:
        claimed.setdefault(work, set()).update({side} & set(SPLITS))
    return {
        work: max(sides, key=SPLITS.index) if sides else hashed_split(work)
        for work, sides in claimed.items()
    }
