"""The library ``datasets``, which is an extra."""

from __future__ import annotations

from typing import Any

from unisono.data.pairs.source import SourceError


def datasets_library(what: str) -> Any:
    """The module; raises SourceError where it is not installed, saying ``what`` needs it."""
    try:
        import datasets
    except ImportError as error:
        raise SourceError(
            f"{what} needs the library datasets; install it with pip install unisono[data]"
        ) from error
    return datasets
