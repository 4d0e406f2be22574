"""The line that says how far indexing is."""

from __future__ import annotations

from typing import Any


class ProgressLine:
    """``1,200 of 22,000 files, 3,100 files/h, 6:42:10 left`` on standard error.

    A file counts when its rows are written, or when it needs none.
    """

    def __init__(self, total: int, shown: bool) -> None:
        from tqdm import tqdm

        class Line(tqdm):  # type: ignore[misc]
            """A bar that can say files an hour."""

            @property
            def format_dict(self) -> dict[str, Any]:
                """The numbers of the line."""
                facts: dict[str, Any] = super().format_dict
                rate = facts["rate"] or (
                    facts["n"] / facts["elapsed"] if facts["elapsed"] > 0 else 0.0
                )
                facts["hourly"] = f"{3600 * rate:,.0f}" if rate else "?"
                return facts

        self._line = Line(
            total=total,
            unit="file",
            # None: not where standard error is no terminal.
            disable=None if shown else True,
            leave=False,
            smoothing=0.05,
            bar_format="{n:,} of {total:,} files, {hourly} files/h, {remaining} left",
        )

    def advance(self) -> None:
        """One more is done."""
        self._line.update()

    def close(self) -> None:
        """Take the line away."""
        self._line.close()
