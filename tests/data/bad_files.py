"""Every kind of bad input, made on the spot: what it is, how it is made, what is said of it."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import bad_pictures
import bad_recordings
import bad_scores

USED = ""
"""Said of a file that is odd or damaged, and yet of use."""


@dataclass(frozen=True)
class BadFile:
    """A file of the set.

    reading: a part of what the readers say of it, USED where they read it.
    indexing: the same for indexing, which refuses some that can be read; as ``reading`` if None.
    """

    name: str
    make: Callable[[Path], object]
    reading: str
    indexing: str | None = None

    @property
    def said(self) -> str:
        """A part of what indexing says of it."""
        return self.reading if self.indexing is None else self.indexing


def make_bad_files(folder: Path) -> list[BadFile]:
    """Make all that this system can have, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for bad in BAD_FILES:
        try:
            bad.make(folder / bad.name)
        except OSError as error:  # such as a file system that knows no pipes or such names
            print(f"{bad.name!a} cannot be made here: {error}")
        else:
            made.append(bad)
    (folder / "to_itself").symlink_to(folder)  # a loop of folders; nothing is said of it
    return made


def _empty(path: Path) -> None:
    path.touch()


def _bytes(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 8)


def _loop(path: Path) -> None:
    path.symlink_to(path.name)


def _dangling(path: Path) -> None:
    path.symlink_to("nowhere.mp3")


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # the name of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(path.name)
    finally:
        os.chdir(here)


def _unreadable(path: Path) -> None:
    bad_scores.one_note(path)
    path.chmod(0)
    if os.access(path, os.R_OK):
        path.chmod(0o600)
        path.unlink()
        raise PermissionError("who may do all is refused nothing")


def _fifo(path: Path) -> None:
    os.mkfifo(path)


_PAGES = "has 2,000 pages"
_XML = "defines XML entities"
_NO_SCORE = "zip archive without a score"
_PIXELS = "megapixels"

BAD_FILES = (
    BadFile("empty.mp3", _empty, "empty"),
    BadFile("words.mp3", bad_recordings.words, USED, "holds plain text"),
    BadFile("bytes.wav", _bytes, "not a kind of file that unisono reads"),
    BadFile("truncated.mp3", bad_recordings.truncated_mp3, USED),
    BadFile("truncated.flac", bad_recordings.truncated_flac, USED),
    BadFile("header_only.flac", bad_recordings.header_only, "no sound"),
    BadFile("silence.wav", bad_recordings.silence, USED, "nothing but silence"),
    BadFile("not_numbers.wav", bad_recordings.not_numbers, "samples that are not numbers"),
    BadFile("one_sample.wav", bad_recordings.one_sample, "holds only 0 ms of sound"),
    BadFile("one_hertz.wav", bad_recordings.one_hertz, "samples a second"),
    BadFile("truncated.png", bad_pictures.truncated_png, "broken or unfinished picture"),
    BadFile("huge.png", bad_pictures.huge, _PIXELS),
    BadFile("bomb.png", bad_pictures.bomb, _PIXELS),
    BadFile("large_16_bit.png", bad_pictures.large_16_bit, USED),
    BadFile("bomb_in_words.png", bad_pictures.bomb_in_words, "no picture, or a broken one"),
    BadFile("many_pages.tiff", bad_pictures.many_pages, "more than 500 pages"),
    BadFile("page_of_words.png", bad_pictures.page_of_words, USED),
    BadFile("page_of_words.pdf", bad_pictures.pdf_of_words, "shows no staves"),
    BadFile("truncated.pdf", bad_pictures.truncated_pdf, "broken PDF"),
    BadFile("bomb.pdf", bad_pictures.bomb_in_pdf, _PIXELS),
    BadFile("endless_page.pdf", bad_pictures.endless_page, "shows no staves"),
    BadFile("endless_forms.pdf", bad_pictures.endless_forms, "more than 300,000 parts"),
    BadFile("many_pages.pdf", bad_pictures.pdf_of_2000_pages, _PAGES),
    BadFile("encrypted.pdf", bad_pictures.encrypted_pdf, "is encrypted"),
    BadFile("truncated.mid", bad_scores.truncated_midi, USED),
    BadFile("no_notes.mid", bad_scores.no_notes, "holds no notes"),
    BadFile("ten_million_ticks.mid", bad_scores.ten_million_ticks, USED),
    BadFile("ten_hours.mid", bad_scores.ten_hours, USED),
    BadFile("slowest_tempo.mid", bad_scores.slowest_tempo, "claims to last"),
    BadFile("division_1.mid", bad_scores.division_1, "claims to last"),
    BadFile("millions_of_notes.mid", bad_scores.millions_of_notes, "more than 2,500,000 events"),
    BadFile("truncated.musicxml", bad_scores.truncated_xml, USED),
    BadFile("bomb.mxl", bad_scores.bomb, "larger than 64 MiB"),
    BadFile("lying_bomb.mxl", bad_scores.lying_bomb, "broken archive"),
    BadFile("many_names.mxl", bad_scores.many_names, _NO_SCORE),
    BadFile("climbing.mxl", bad_scores.climbing, _NO_SCORE),
    BadFile("laughs_in_container.mxl", bad_scores.laughs_in_container, _NO_SCORE),
    BadFile("laughs.musicxml", bad_scores.laughs, _XML),
    BadFile("laughs_utf16.musicxml", bad_scores.laughs_utf16, _XML),
    BadFile("external_entity.musicxml", bad_scores.external_entity, _XML),
    BadFile("loop.mp3", _loop, "too many levels of symbolic links"),
    BadFile("dangling.mp3", _dangling, "does not exist", "no such file or directory"),
    BadFile("pipe.wav", _fifo, "not a regular file"),
    BadFile("socket.mp3", _socket, "not a regular file"),
    BadFile("device.mp3", _device, "not a regular file"),
    BadFile("unreadable.mid", _unreadable, "permission denied"),
    BadFile(
        os.fsdecode(b"caf\xe9.mid"), bad_scores.one_note, "name that is not", "not valid UTF-8"
    ),
)
