"""What kind of material a file is, by its content."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from unisono.data.errors import ReadError
from unisono.data.modality import Modality
from unisono.data.readers.musicxml import has_score_root
from unisono.data.readers.regular_file import read_bytes
from unisono.data.readers.score_archive import is_score_archive
from unisono.data.readers.text import decode_text, text_encoding

_HEAD = 1 << 16

_AUDIO_STARTS = (
    b"fLaC",
    b"OggS\0",
    b"caff\0",
    b".snd",
    b"wvpk",
    b"RF64",
    b"BW64",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",  # ASF: WMA
    b"\x1a\x45\xdf\xa3",  # Matroska, WebM
)
_RIFF_KINDS = {b"WAVE": Modality.AUDIO, b"RMID": Modality.MIDI}
_IMAGE_STARTS = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"II*\0",
    b"MM\0*",
    b"GIF87a",
    b"GIF89a",
    b"BM",
)
_STILL_BRANDS = (b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis")
_TEXT_ENDINGS = {".txt", ".text", ".md", ".rst", ".lrc", ".nfo"}
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")

# Kilobit per second of MPEG layer 1, 2, 3 (version 1, then versions 2 and 2.5).
_MPEG_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_LAYER3_KBIT = {
    1: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}


def detect(path: Path) -> Modality:
    """Tell the modality of a file by its first bytes, then by its structure.

    A picture is a sheet when staves are found on it, otherwise a cover. The file's ending counts
    only for text that is not UTF-8.

    Raises: ReadError for what is no file, is empty, or of no kind that is read.
    """
    found = detect_without_looking(path)
    if found is None:
        return Modality.SHEET if _shows_staves(path) else Modality.COVER
    return found


def detect_without_looking(path: Path) -> Modality | None:
    """As ``detect``, but None for a picture, for those who look for its staves anyway."""
    head = read_bytes(path, _HEAD)
    if head[:4] == b"RIFF" and head[8:12] in _RIFF_KINDS:
        return _RIFF_KINDS[head[8:12]]
    if head.startswith(b"MThd"):
        return Modality.MIDI
    if _is_audio(head):
        return Modality.AUDIO
    if b"%PDF-" in head[:1024]:
        return Modality.SHEET
    if head.startswith(b"PK\x03\x04"):
        if is_score_archive(path):
            return Modality.SHEET
        raise _unknown(path, "a zip archive without a score")
    if _is_image(head):
        return None
    return _detect_text(path, head)


def is_page_file(path: Path) -> bool:
    """Whether a sheet comes as pixels (picture or PDF), not as notation."""
    head = read_bytes(path, _HEAD)
    return b"%PDF-" in head[:1024] or _is_image(head)


def _unknown(path: Path, what: str) -> ReadError:
    return ReadError(
        path,
        f"is not a kind of file that unisono reads: {what}",
        "give a recording, MIDI, MusicXML, PDF, picture or text",
    )


def _is_audio(head: bytes) -> bool:
    if head.startswith(_AUDIO_STARTS):
        return True
    if head[:3] == b"ID3" and len(head) > 3 and head[3] < 0x10:
        return True
    if head[:4] == b"FORM":
        return head[8:12] in (b"AIFF", b"AIFC")
    if head[4:8] == b"ftyp":
        return head[8:12] not in _STILL_BRANDS
    return _is_mpeg_audio(head)


def _is_mpeg_audio(head: bytes) -> bool:
    """Bare MP3 or ADTS frames: a sync word is too short to trust, a second one is asked for."""
    start = len(head) - len(head.lstrip(b"\0"))  # some encoders pad the beginning
    size = _mp3_frame_bytes(head[start : start + 4]) or _adts_frame_bytes(head[start : start + 6])
    if not size:
        return False
    after = head[start + size : start + size + 2]
    return not after or (len(after) == 2 and after[0] == 0xFF and after[1] & 0xE0 == 0xE0)


def _mp3_frame_bytes(header: bytes) -> int:
    """Length of the layer 3 frame that a header opens; 0 where it opens none (ISO 11172-3)."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return 0
    version, rate, bits = header[1] >> 3 & 3, header[2] >> 2 & 3, header[2] >> 4
    if version == 1 or rate == 3 or bits in (0, 15):
        return 0
    kbit = _LAYER3_KBIT[1 if version == 3 else 2][bits - 1]
    samples = 1152 if version == 3 else 576
    return samples * kbit * 125 // _MPEG_RATES[version][rate] + (header[2] >> 1 & 1)


def _adts_frame_bytes(header: bytes) -> int:
    """Length of the AAC frame that an ADTS header opens; 0 where it opens none."""
    if len(header) < 6 or header[0] != 0xFF or header[1] & 0xF6 != 0xF0:
        return 0
    size = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
    return size if size > 7 else 0


def _is_image(head: bytes) -> bool:
    if head.startswith(b"BM"):
        return head[6:10] == b"\0\0\0\0"  # two reserved words: text may begin with BM
    return head.startswith(_IMAGE_STARTS) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")


def _shows_staves(path: Path) -> bool:
    from unisono.data.readers.page import read_pages
    from unisono.data.staves import find_systems

    return any(len(find_systems(page.image)) > 0 for page in read_pages(path))


def _detect_text(path: Path, head: bytes) -> Modality:
    text = decode_text(head)
    marked = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if text_encoding(head) == "latin-1":
        if head[:2] in (b"<\0", b"\0<"):  # UTF-16 without its mark
            text = head.decode("utf-16-le" if head[0] else "utf-16-be", "replace")
        elif path.suffix.lower() not in _TEXT_ENDINGS:
            raise _unknown(path, "unknown binary data")
    elif head[:2] in (b"<\0", b"\0<") and not marked:
        text = head.decode("utf-16-le" if head[0] else "utf-16-be", "replace")
    if _CONTROL.search(text):
        raise _unknown(path, "unknown binary data")
    if text.lstrip("\ufeff \t\r\n").startswith("<"):
        if has_score_root(text):
            return Modality.SHEET
        if text.lstrip("\ufeff \t\r\n").startswith("<?xml"):
            raise _unknown(path, "XML that is not MusicXML")
    return Modality.TEXT
