"""Roles of a source: which modality a name means, and whether all that are asked for are there."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from unisono.data.modality import Modality
from unisono.data.pairs.source import SourceError


def check_roles(asked: Collection[str], roles: Mapping[str, Modality], source: str) -> None:
    """Raises SourceError where a role is asked for that the source does not have."""
    unknown = sorted(set(asked) - set(roles))
    if unknown:
        names = ", ".join(f"'{role}'" for role in unknown)
        raise SourceError(f"{source} has no role {names}; its roles are {', '.join(roles)}")


def split_column(role: str, column: str, source: str) -> tuple[Modality, str]:
    """Modality and column of one entry of ``columns``.

    ``audio: file`` and ``audio_2: file`` name the modality by the role, ``left: audio:file``
    before the column. A column whose own name begins with a modality and a colon is named with
    its modality in front: ``text:text:en``.

    Raises: SourceError where neither says which modality is meant.
    """
    prefix, colon, rest = column.partition(":")
    if colon and prefix in set(Modality):
        return Modality(prefix), rest
    first = role.partition("_")[0]
    if first in set(Modality):
        return Modality(first), column
    words = ", ".join(Modality)
    raise SourceError(
        f"{source}: the role '{role}' does not say what it is; call it by one of {words} "
        f"(also 'audio_2'), or put that before the column: '{role}: audio:{column}'"
    )
