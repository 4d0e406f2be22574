"""The command line: ``unisono COMMAND``, one file for each command."""

from unisono.cli.entry import main

__all__ = ["main"]
