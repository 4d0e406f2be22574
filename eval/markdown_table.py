"""Tables in Markdown."""

from __future__ import annotations

from collections.abc import Sequence


def markdown(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()
) -> str:
    """A Markdown table; columns in ``right`` are right-aligned."""
    rule = ["---:" if column in right else "---" for column in range(len(header))]
    return "\n".join("| " + " | ".join(row) + " |" for row in (header, rule, *rows))
