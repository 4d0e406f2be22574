"""The notations that can be engraved, told apart by content, and what is taken out of them."""

from __future__ import annotations

import re
from typing import Literal

Format = Literal["musicxml", "mei", "humdrum", "abc"]

_MUSICXML = re.compile(r"<(?:\w+:)?score-(?:partwise|timewise)\b")
_MEI = re.compile(r"<(?:\w+:)?(?:mei|music)[\s>]")
_KERN = re.compile(r"^(?:\*\*[\w-]+\t)*\*\*kern\b", re.M)
_ABC_NUMBER = re.compile(r"^X:\s*(\S*)", re.M)
_ABC_KEY = re.compile(r"^K:", re.M)
_ABC_VOICE = re.compile(r"^(?:V:\s*|.*\[V:\s*)([^\s\]%]+)", re.M)
_HEAD = 200_000

_LYRICS: dict[Format, re.Pattern[str]] = {
    "musicxml": re.compile(r"<lyric\b(?:[^>]*/>|.*?</lyric>)", re.S),
    "mei": re.compile(r"<(verse|syl|refrain)\b(?:[^>]*/>|.*?</\1>)", re.S),
    "abc": re.compile(r"^w:.*\n?", re.M),
}
_FINGERINGS: dict[Format, re.Pattern[str]] = {
    "musicxml": re.compile(r"<fingering\b(?:[^>]*/>|.*?</fingering>)", re.S),
    "mei": re.compile(r"<(fingGrp|fing)\b(?:[^>]*/>|.*?</\1>)", re.S),
    "abc": re.compile(r"![0-5]!"),
}
# A spine of a kind that nobody knows is passed over. (Verovio also obeys filters that stand in
# the file, but ``extract`` takes the whole process down on some files.)
_SPINES = {
    "lyrics": re.compile(r"(?<![^\t\n])\*\*(?:text|silbe)(?=[\t\r\n]|$)"),
    "fingerings": re.compile(r"(?<![^\t\n])\*\*fing(?=[\t\r\n]|$)"),
}
_UNKNOWN_SPINE = "**left-out"


def score_format(text: str) -> Format | None:
    """The notation of a text by what stands in its first 200,000 characters, or None."""
    head = text[:_HEAD].lstrip("\ufeff \t\r\n")
    if head.startswith("<"):
        if _MUSICXML.search(head):
            return "musicxml"
        return "mei" if _MEI.search(head) else None
    if _KERN.search(head):
        return "humdrum"
    number = _ABC_NUMBER.search(head)
    return "abc" if number and _ABC_KEY.search(head, number.end()) else None


def abc_tunes(text: str) -> dict[str, str]:
    """The tunes of an ABC file by their numbers, each with the file's own header before it."""
    starts = [match.start() for match in _ABC_NUMBER.finditer(text)]
    header = text[: starts[0]] if starts else ""
    ends = [*starts[1:], len(text)]
    tunes: dict[str, str] = {}
    for start, end in zip(starts, ends, strict=True):
        number = _ABC_NUMBER.match(text, start)
        name = number[1] if number else ""
        tunes[name if name not in tunes else f"{name}#{len(tunes) + 1}"] = header + text[start:end]
    return tunes


def abc_voices(text: str) -> tuple[str, ...]:
    """The names of the voices that an ABC tune says it has, in order; () for a single line."""
    return tuple(dict.fromkeys(_ABC_VOICE.findall(text)))


def without_lyrics(text: str, kind: Format) -> str:
    """The score without the words under its notes."""
    if kind == "humdrum":
        return _SPINES["lyrics"].sub(_UNKNOWN_SPINE, text)
    return _LYRICS[kind].sub("", text)


def without_fingerings(text: str, kind: Format) -> str:
    """The score without fingerings."""
    if kind == "humdrum":
        return _SPINES["fingerings"].sub(_UNKNOWN_SPINE, text)
    return _FINGERINGS[kind].sub("", text)
