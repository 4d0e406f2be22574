"""Scores of every notation that can be engraved, found by content: MusicXML, MEI, kern, ABC."""

from __future__ import annotations

from pathlib import Path

from unisono.data.errors import ReadError
from unisono.data.readers.musicxml import MAX_BYTES, decode_xml
from unisono.data.readers.regular_file import read_bytes
from unisono.data.readers.score_archive import is_score_archive, score_in_archive, score_members
from unisono.data.readers.text import decode_text
from unisono.data.scores.formats import abc_tunes, score_format

_KINDS = "give MusicXML (also .mxl), MEI, Humdrum kern or ABC"
_MOST_NAMED = 5


def read_score(path: Path, member: str = "") -> str:
    """The text of a score for ``engrave``, out of a plain file, an .mxl or any zip archive.

    ``member`` chooses one of several: a file in an archive, or in an ABC file the tune of that
    number (``X:``). Raises: ReadError for what is no score, is broken or too large, or holds
    several of which none is chosen.
    """
    head = read_bytes(path, 4)
    if head.startswith(b"PK"):
        data, member = _packed(path, member), ""
    else:
        data = read_bytes(path, MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ReadError(path, f"is larger than {MAX_BYTES >> 20} MiB of text", "split the score")
    text = _decoded(path, data)
    kind = score_format(text)
    if kind is None:
        raise ReadError(path, "is no score of a notation that is read", _KINDS)
    if kind == "abc":
        return _tune(path, text, member)
    if member:
        raise ReadError(path, f"holds no {member}, but one score", "leave the member away")
    return text


def _packed(path: Path, member: str) -> bytes:
    if not member and not is_score_archive(path):
        names = score_members(path)
        if not names:
            raise ReadError(path, "is an archive without a score in it", _KINDS)
        if len(names) > 1:
            fault = f"holds {len(names)} scores"
            raise ReadError(path, fault, f"name one of its members: {_listed(names)}")
        member = names[0]
    return score_in_archive(path, MAX_BYTES + 1, member)


def _decoded(path: Path, data: bytes) -> str:
    start = data[:100].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0")
    return decode_xml(path, data) if start.startswith(b"<") else decode_text(data)


def _tune(path: Path, text: str, number: str) -> str:
    tunes = abc_tunes(text)
    if not number and len(tunes) == 1:
        return text
    if not number:
        raise ReadError(path, f"holds {len(tunes)} tunes", f"name one of them: {_listed([*tunes])}")
    if number not in tunes:
        raise ReadError(path, f"has no tune {number}", f"it has {_listed([*tunes])}")
    return tunes[number]


def _listed(names: tuple[str, ...] | list[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
