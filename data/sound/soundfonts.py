"""Soundfonts that Debian packages, and where they lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from unisono.data.errors import ReadError

FOLDERS = (
    Path("/usr/share/sounds/sf2"),
    Path("/usr/share/sounds/sf3"),
    Path("/usr/share/soundfonts"),
    Path("/opt/homebrew/share/soundfonts"),
)


@dataclass(frozen=True)
class PackagedSoundfont:
    """A soundfont by a short name: its file, Debian package and licence.

    measuring: whether it is kept for measuring; training must never hear it.
    """

    name: str
    file: str
    package: str
    licence: str
    measuring: bool = False


PACKAGED = (
    PackagedSoundfont("fluidr3", "FluidR3_GM.sf2", "fluid-soundfont-gm", "MIT"),
    PackagedSoundfont("fluidr3mono", "FluidR3Mono_GM.sf3", "fluidr3mono-gm-soundfont", "MIT"),
    PackagedSoundfont("timgm6mb", "TimGM6mb.sf2", "timgm6mb-soundfont", "GPL-2"),
    PackagedSoundfont("csound", "sf_GMbank.sf2", "csound-soundfont", "LGPL-2.1+"),
    PackagedSoundfont("opl3", "OPL-3_FM_128M.sf2", "opl3-soundfont", "CC BY-SA 4.0"),
    PackagedSoundfont(
        "musescore", "MuseScore_General.sf3", "musescore-general-soundfont", "MIT", measuring=True
    ),
    PackagedSoundfont(
        "musescore-full",
        "MuseScore_General_Full.sf3",
        "musescore-general-soundfont",
        "MIT",
        measuring=True,
    ),
)


def find_soundfont(name: str | Path) -> Path:
    """A soundfont by its path, its short name (``fluidr3``) or its file name.

    Raises ReadError that names the Debian package where a known one is not installed.
    """
    path = Path(name).expanduser()
    if path.is_file():
        return path
    for known in PACKAGED:
        if str(name).lower() in (known.name, known.file.lower(), known.package):
            for folder in FOLDERS:
                if (folder / known.file).is_file():
                    return folder / known.file
            raise ReadError(
                known.file, "is not installed", f"on Debian or Ubuntu: apt install {known.package}"
            )
    fault = "is a folder" if path.is_dir() else "there is no such soundfont"
    names = ", ".join(known.name for known in PACKAGED)
    raise ReadError(path, fault, f"give the path of an SF2 or SF3 file, or one of: {names}")


def installed() -> list[PackagedSoundfont]:
    """Known soundfonts that are on this machine."""
    return [f for f in PACKAGED if any((folder / f.file).is_file() for folder in FOLDERS)]


def is_for_measuring(path: Path) -> bool:
    """Whether a soundfont looks like one that is kept for measuring, under any link's name."""
    names = {path.name, path.expanduser().resolve().name}
    return any("musescore" in name.lower().replace("_", "").replace("-", "") for name in names)
