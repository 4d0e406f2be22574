"""One space for recordings, sentences, covers, pages of notes and MIDI files."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unisono.alignment.catalogue import Catalogue
    from unisono.alignment.tags import tag
    from unisono.alignment.time import align
    from unisono.towers.space import Space, load

__version__ = "0.1.0"
__all__ = ["Catalogue", "Space", "__version__", "align", "load", "tag"]

_PLACES = {
    "Catalogue": "unisono.alignment.catalogue",
    "Space": "unisono.towers.space",
    "align": "unisono.alignment.time",
    "load": "unisono.towers.space",
    "tag": "unisono.alignment.tags",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that ``import unisono`` stays light."""
    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    raise AttributeError(f"module 'unisono' has no attribute {name!r}")
