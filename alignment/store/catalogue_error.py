"""The one error of a catalogue that cannot be used as asked."""

from __future__ import annotations


class CatalogueError(Exception):
    """A catalogue cannot be used as asked; the text is one line that says what to do."""
