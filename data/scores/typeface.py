"""A serif typeface for the words on an engraved page.

On Linux the font file is looked up here and given to Skia as it is: the fontconfig in Skia's
wheel is older than the settings on most systems, and complains of them on standard error. Also,
a page then looks the same whatever serif a desktop prefers.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

# the first that is there is taken; all have Latin, Greek and Cyrillic letters
_FILES = (
    "DejaVuSerif.ttf",
    "LiberationSerif-Regular.ttf",
    "NotoSerif-Regular.ttf",
    "FreeSerif.ttf",
    "FreeSerif.otf",
    "Tinos-Regular.ttf",
    "times.ttf",
    "Times_New_Roman.ttf",
)


class NoTypefaceError(RuntimeError):
    """There is no font to draw words with; what is wrong and what to do."""

    fault = "its words cannot be drawn, because no font is installed"
    remedy = "install one, such as DejaVu Serif (Debian: fonts-dejavu-core)"

    def __init__(self) -> None:
        super().__init__(f"{self.fault}; {self.remedy}")


@lru_cache(maxsize=1)
def serif() -> Any:
    """A serif ``skia.Typeface``; raises NoTypefaceError where no font is installed."""
    import skia

    if sys.platform == "linux":
        file = serif_file(font_folders())
        if file is not None:
            typeface = skia.FontMgr.New_Custom_Empty().makeFromFile(str(file), 0)
            if typeface is not None:
                return typeface
    try:
        return skia.Typeface("serif")
    except TypeError as error:  # what Skia's binding makes of a null pointer
        raise NoTypefaceError from error


def serif_file(folders: Iterable[Path]) -> Path | None:
    """The file of a known serif font in the folders or below, the best known first."""
    names = {name.lower(): place for place, name in enumerate(_FILES)}
    found = [
        Path(root) / file
        for folder in folders
        for root, _, files in os.walk(folder)
        for file in files
        if file.lower() in names
    ]
    return min(found, key=lambda file: (names[file.name.lower()], str(file)), default=None)


def font_folders() -> list[Path]:
    """Where Linux keeps fonts: the XDG data folders, and the old ``~/.fonts``."""
    home = Path(os.path.expanduser("~"))  # which, without a home, does not raise
    own = os.environ.get("XDG_DATA_HOME") or home / ".local" / "share"
    shared = (os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")
    return [*(Path(folder) / "fonts" for folder in (own, *shared)), home / ".fonts"]
