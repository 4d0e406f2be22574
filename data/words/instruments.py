"""Instruments in words."""

from __future__ import annotations

from collections.abc import Sequence

_FAMILIES = {
    "strings": ("violin", "viola", "cello", "double bass"),
    "woodwind": ("flute", "oboe", "clarinet", "bassoon"),
    "brass": ("trumpet", "horn", "trombone", "tuba"),
}


_STAVES_OF_ONE = {"piano": 2, "harpsichord": 2, "harp": 2, "organ": 3}


def instrument_phrase(instruments: Sequence[str]) -> str:
    """One word a staff as people say it: ``solo piano``, ``voice and piano``, ``string quartet``,
    ``flute duo``, ``flute, oboe and horn``."""
    counts = {word: list(instruments).count(word) for word in dict.fromkeys(instruments)}
    if counts == {"violin": 2, "viola": 1, "cello": 1}:
        return "string quartet"
    words = list(counts)
    if len(words) == 1:
        return _alone(words[0], counts[words[0]])
    return ", ".join(words[:-1]) + f" and {words[-1]}"


def _alone(word: str, staves: int) -> str:
    """One kind of instrument on so many staves."""
    if staves <= _STAVES_OF_ONE.get(word, 1):
        return f"solo {word}"
    if word == "voice":
        return "choir" if staves > 2 else "two voices"
    return f"{word} duo" if staves == 2 else word


def families(instruments: Sequence[str]) -> tuple[str, ...]:
    """Families of the orchestra that all instruments belong to: at most one, or none."""
    different = set(instruments)
    return tuple(
        family for family, members in _FAMILIES.items() if different and different <= set(members)
    )
