"""Arguments that several commands share, and how their words are understood."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unisono.data.modality import Modality

_ENDINGS = (
    ".mp3 .flac .ogg .opus .wav .m4a .aac .mid .midi .musicxml .mxl .xml "
    ".png .jpg .jpeg .tif .tiff .webp .pdf .txt"
)
FILE_SUFFIXES = frozenset(_ENDINGS.split())
"""A word that ends like this and names no file is rather a mistyped name than a text."""


def add_bundle(parser: argparse.ArgumentParser) -> None:
    """Add --bundle."""
    parser.add_argument(
        "--bundle",
        metavar="WHERE",
        help="folder or Hub id of another space than the one that comes with unisono",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add --json."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def add_catalogue(parser: argparse.ArgumentParser) -> None:
    """Add --catalogue."""
    parser.add_argument(
        "-c",
        "--catalogue",
        metavar="PATH",
        default=os.environ.get("UNISONO_CATALOGUE") or "music.lance",
        help="the catalogue, a folder or an object-store URI "
        "(default: $UNISONO_CATALOGUE, else music.lance)",
    )


def add_catalogues(parser: argparse.ArgumentParser) -> None:
    """Add --catalogue, which may be repeated; see ``places``."""
    parser.add_argument(
        "-c",
        "--catalogue",
        metavar="PATH",
        action="append",
        help="the catalogue, a folder or an object-store URI; repeat it to ask several "
        "(default: $UNISONO_CATALOGUE, else music.lance)",
    )


def places(arguments: argparse.Namespace) -> list[str]:
    """The catalogues that are named, once each, or the default one."""
    default = os.environ.get("UNISONO_CATALOGUE") or "music.lance"
    return list(dict.fromkeys(arguments.catalogue or [default]))


def item(word: str, *, text: bool = False) -> str | Path:
    """A file where ``word`` names an existing one and ``text`` does not force text.

    Raises UsageError for a word that looks like a file but is none.
    """
    from unisono.cli.entry import UsageError

    if text:
        return word
    try:
        path = Path(word).expanduser()
        if path.is_file():
            return path
        if path.is_dir():
            raise UsageError(f"{word} is a folder; name a file in it, or give --text")
    except (OSError, ValueError, RuntimeError):
        # Too long for a name, or with a character that names cannot have: a text.
        return word
    looks_like_file = path.suffix.lower() in FILE_SUFFIXES and (" " not in word or "/" in word)
    if looks_like_file:
        raise UsageError(f"{word}: there is no such file; if it is meant as text, give --text")
    return word


def words(values: list[str]) -> list[str]:
    """Words given repeatedly, or with commas between them, or both, in order and once each."""
    found = [word.strip() for value in values for word in value.split(",")]
    return list(dict.fromkeys(word for word in found if word))


def modalities(values: list[str]) -> list[Modality]:
    """Modalities named as in ``words``. Raises UsageError for one that there is not."""
    from unisono.cli.entry import UsageError
    from unisono.data.modality import Modality

    try:
        return [Modality(word) for word in words(values)]
    except ValueError as error:
        raise UsageError(f"{error}; there are {', '.join(Modality)}") from error


def picture_file(name: str | None) -> Path | None:
    """Where --explain draws; raises UsageError for what it cannot draw into."""
    from unisono.cli.entry import UsageError

    if name is None:
        return None
    path = Path(name).expanduser()
    if path.suffix.lower() not in (".html", ".png"):
        raise UsageError(f"--explain {name}: name a file that ends in .html or .png")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"--explain {name}: there is no folder {path.absolute().parent}")
    return path


def positive(word: str) -> int:
    """A whole number of at least 1, for argparse."""
    number = int(word)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{word} is less than 1")
    return number
