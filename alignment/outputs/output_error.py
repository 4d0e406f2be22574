"""The error of an output that cannot be had."""

from __future__ import annotations


class OutputError(ValueError):
    """An alignment cannot be written as asked; the text is one line: file, fault, way out."""
