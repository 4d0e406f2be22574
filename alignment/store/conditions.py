"""What is wrong with a condition on the columns of a catalogue, in one sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence

from unisono.alignment.store.catalogue_error import CatalogueError

HIDDEN = frozenset({"vector"})
"""Columns that no condition can use."""
_UNKNOWN = re.compile(r'No field named "?([^".]+)"?')
_SQL = re.compile(r"sql parser error: (.*)\)\s*$")
_PLACE_IN_SOURCE = re.compile(r",? ?/\S+\.rs:\d+:\d+")


def condition_error(condition: str, error: Exception, columns: Sequence[str]) -> CatalogueError:
    """Put the fault that Lance found in a condition into words."""
    text = " ".join(str(error).split())
    known = ", ".join(name for name in columns if name not in HIDDEN)
    if unknown := _UNKNOWN.search(text):
        word = unknown[1]
        fault = f"there is no column {word} (a text goes between single quotes: '{word}')"
    elif sql := _SQL.search(text):
        fault = sql[1][:1].lower() + sql[1][1:]
    else:
        fault = _PLACE_IN_SOURCE.sub("", text).rsplit(": ", 1)[-1].strip(" ()")
    return CatalogueError(f"the condition {condition!r} does not work: {fault}; columns: {known}")
