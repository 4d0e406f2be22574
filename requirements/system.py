"""Say which system libraries and programs are missing, what for, and how to get them.

``--packages`` prints the Debian packages instead; ``--needed`` looks only at what unisono
cannot do without, is silent when all is there, and exits with 1 otherwise.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Part:
    """Something outside Python: how to see whether it is there and where to get it."""

    name: str
    purpose: str
    present: Callable[[], bool]
    debian: str
    macos: str
    needed: bool


def skia_loads() -> bool:
    """Tell whether the rasteriser finds libGL and libEGL, which its wheel does not carry."""
    try:
        import skia  # noqa: F401
    except ImportError:
        return False
    return True


def has_font() -> bool:
    """Tell whether there is a font for titles and other words on engraved pages."""
    try:
        from unisono.data.scores.typeface import NoTypefaceError, serif

        serif()
    except (ImportError, NoTypefaceError):
        return False
    return True


def has_soundfont() -> bool:
    """Tell whether any soundfont lies where Debian or Homebrew puts it."""
    folders = ("/usr/share/sounds/sf2", "/usr/share/soundfonts", "/opt/homebrew/share/soundfonts")
    return any(path.suffix in (".sf2", ".sf3") for f in folders for path in Path(f).glob("*"))


PARTS = (
    Part(
        "libEGL, libGL and libexpat",
        "drawing engraved pages (skia-python)",
        skia_loads,
        "libegl1 libgl1 libexpat1",
        "nothing: they are part of macOS; run `make distclean install` again",
        needed=True,
    ),
    Part(
        "a font",
        "words on engraved pages, as the report shows them",
        has_font,
        "fonts-dejavu-core",
        "nothing: macOS has fonts",
        needed=False,
    ),
    Part(
        "fluidsynth",
        "making recordings from MIDI, for training data and some tests",
        lambda: shutil.which("fluidsynth") is not None,
        "fluidsynth",
        "brew install fluid-synth",
        needed=False,
    ),
    Part(
        "a soundfont",
        "the instruments that fluidsynth plays",
        has_soundfont,
        "fluidr3mono-gm-soundfont timgm6mb-soundfont",
        "put any General MIDI .sf2 into /opt/homebrew/share/soundfonts",
        needed=False,
    ),
)


def main(arguments: list[str]) -> int:
    """Print the state of every part; return 1 when one that is needed is missing."""
    if "--packages" in arguments:
        print(" ".join(part.debian for part in PARTS))
        return 0
    only_needed = "--needed" in arguments
    missing_needed = False
    for part in PARTS:
        if only_needed and not part.needed:
            continue
        present = part.present()
        missing_needed |= part.needed and not present
        if present and not only_needed:
            print(f"ok       {part.name}")
        elif not present:
            word = "MISSING" if part.needed else "absent "
            print(f"{word}  {part.name}: {part.purpose}")
            print(f"         Debian, Ubuntu: apt-get install {part.debian}   (or: make system)")
            print(f"         macOS: {part.macos}")
    return int(missing_needed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
