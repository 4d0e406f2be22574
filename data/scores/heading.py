"""What a score says before its first note and never takes back: signature, metre, tempo words."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree

_MEI = "{http://www.music-encoding.org/ns/mei}"
_SIGNS = {"s": 1, "f": -1}


@dataclass(frozen=True)
class Heading:
    """What holds for the whole piece; empty where it changes or is not said.

    fifths: sharps (above 0) or flats of the signature. metre: ``6/8``. tempo_mark: the words
    above the first bar, as ``Allegro moderato``.
    """

    fifths: int | None = None
    metre: str = ""
    tempo_mark: str = ""


def heading_of(mei: str) -> Heading:
    """Read the heading of a score in MEI, as Verovio gives it for every format."""
    root = ElementTree.fromstring(mei)
    signatures = _signatures(root)
    metres = _metres(root)
    return Heading(
        fifths=signatures.pop() if len(signatures) == 1 else None,
        metre=metres.pop() if len(metres) == 1 else "",
        tempo_mark=_tempo_mark(root),
    )


def _signatures(root: ElementTree.Element) -> set[int | None]:
    """Every signature of the score in fifths, None among them for one of another kind."""
    written = [
        element.get("sig") or element.get("keysig") or element.get("key.sig")
        for element in root.iter()
    ]
    return {_fifths(text) for text in written if text}


def _fifths(text: str) -> int | None:
    if text == "0":
        return 0
    number, sign = text[:-1], text[-1:]
    return _SIGNS[sign] * int(number) if number.isdigit() and sign in _SIGNS else None


def _metres(root: ElementTree.Element) -> set[str]:
    found = set()
    for element in root.iter():
        if element.tag == f"{_MEI}meterSig":
            count, unit = element.get("count"), element.get("unit")
        else:
            count, unit = element.get("meter.count"), element.get("meter.unit")
        if count and unit:
            found.add(f"{count}/{unit}")
    return found


def _tempo_mark(root: ElementTree.Element) -> str:
    """The words of the tempo in the first measure; metronome marks are left out."""
    measure = root.find(f".//{_MEI}measure")
    tempo = None if measure is None else measure.find(f"{_MEI}tempo")
    if tempo is None:
        return ""
    text = " ".join(" ".join(tempo.itertext()).split())
    words = text.partition("=")[0].strip(" (\u2669\ue1d5")
    return words if any(letter.isalpha() for letter in words) and len(words) < 60 else ""
