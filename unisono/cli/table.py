"""Plain tables that fit the terminal, and the words in their cells."""

from __future__ import annotations

import os
import shutil
import sys
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unisono.data.places import Place

_GAP = "  "
_NARROWEST = 8


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Sequence[int] = (),
    shrink: Sequence[int] = (),
    width: int | None = None,
) -> str:
    """Lay out rows under a header.

    right: columns aligned to the right. shrink: columns that give way, in this order, where
    ``width`` (default: the terminal's, none when the output is not a terminal) is too narrow.
    """
    cells = [[_flat(cell) for cell in row] for row in (header, *rows)]
    widths = [max(cell_width(row[i]) for row in cells) for i in range(len(header))]
    limit = terminal_width() if width is None else width
    if limit is not None:
        too_much = sum(widths) + len(_GAP) * (len(widths) - 1) - limit
        for i in shrink:
            given = max(0, min(too_much, widths[i] - _NARROWEST))
            widths[i] -= given
            too_much -= given
    lines = [
        _GAP.join(
            _padded(shortened(cell, size), size, i in right)
            for i, (cell, size) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]
    rule = _GAP.join("-" * size for size in widths)
    return "\n".join([lines[0], rule, *lines[1:]])


def terminal_width() -> int | None:
    """Columns of the terminal, or None when the output goes elsewhere."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def shown_path(path: str | Path) -> str:
    """A path as one would type it here: relative below this folder, else from home, else whole."""
    whole = os.path.abspath(path)
    for base, prefix in ((os.getcwd(), ""), (os.path.expanduser("~"), "~" + os.sep)):
        if whole.startswith(base.rstrip(os.sep) + os.sep) and base != os.sep:
            return printable(prefix + os.path.relpath(whole, base))
    return printable(whole)


def shown_place(place: Place | None) -> str:
    """``mm:ss-mm:ss`` (with a dash), ``p. 2, system 3``, or nothing."""
    from unisono.data.places import Region, TimeSpan

    if isinstance(place, TimeSpan):
        return f"{clock(place.start_s)}–{clock(place.end_s)}"  # noqa: RUF001
    if isinstance(place, Region):
        return f"p. {place.page}, system {place.system}"
    return ""


def place_json(place: Place | None) -> dict[str, float] | None:
    """A moment as JSON promises it."""
    from unisono.data.places import Region, TimeSpan

    if isinstance(place, TimeSpan):
        return {"start_s": round(place.start_s, 3), "end_s": round(place.end_s, 3)}
    if isinstance(place, Region):
        x0, x1 = round(place.x0, 1), round(place.x1, 1)
        return {"page": place.page, "system": place.system, "x0": x0, "x1": x1}
    return None


def clock(seconds: float) -> str:
    """``mm:ss``, or ``h:mm:ss`` from an hour on."""
    whole = max(0, round(seconds))
    hours, minutes = whole // 3600, whole % 3600 // 60
    start = f"{hours}:" if hours else ""
    return f"{start}{minutes:02d}:{whole % 60:02d}"


def printable(text: str) -> str:
    """The text with bytes that are no UTF-8 replaced, so that any stream takes it."""
    return text.encode("utf-8", "replace").decode("utf-8")


def cell_width(text: str) -> int:
    """Columns that a text takes in a terminal."""
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in text)
    marks = sum(unicodedata.combining(sign) > 0 for sign in text)
    return len(text) + wide - marks


def shortened(text: str, width: int) -> str:
    """The text in at most ``width`` columns, its middle left out where it is longer."""
    if cell_width(text) <= width:
        return text
    head, tail = text[: len(text) // 2], text[len(text) // 2 :]
    while cell_width(head) + cell_width(tail) + 1 > width:
        if len(head) > len(tail):
            head = head[:-1]
        else:
            tail = tail[1:]
    return f"{head}…{tail}"


def _padded(text: str, width: int, right: bool) -> str:
    space = " " * (width - cell_width(text))
    return space + text if right else text + space


def _flat(text: str) -> str:
    return " ".join(printable(text).split())
