"""Instruments in words."""

from __future__ import annotations

from collections.abc import Sequence

_FAMILIES = {
    "strings": ("violin", "viola", "cello", "double bass"),
    "woodwind": ("flute", "oboe", "clarinet", "bassoon"),
    "brass": ("trumpet", "horn", "trombone", "tuba"),
}


def instrument_phrase(instruments: Sequence[str]) -> str:
    """``solo piano``, ``voice and piano``, ``string quartet``, ``flute, oboe and horn``."""
    counts = {word: list(instruments).count(word) for word in dict.fromkeys(instruments)}
    if {"violin", "viola", "cello"} <= set(counts) and len(counts) == 3:
        return "string quartet"
    words = list(counts)
    if len(words) == 1:
        if words[0] == "voice":
            return "choir" if counts["voice"] > 2 else "solo voice"
        return f"solo {words[0]}"
    return ", ".join(words[:-1]) + f" and {words[-1]}"


def families(instruments: Sequence[str]) -> tuple[str, ...]:
    """Families of the orchestra that all instruments belong to: at most one, or none."""
    different = set(instruments)
    return tuple(
        family for family, members in _FAMILIES.items() if different and different <= set(members)
    )
