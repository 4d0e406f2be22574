"""Plain text: descriptions, notes about a piece, lyrics."""

from __future__ import annotations

import codecs
from pathlib import Path

from unisono.data.errors import ReadError
from unisono.data.readers.regular_file import read_bytes

LIMIT = 20_000
"""Characters that are read of a text; more than any text encoder looks at."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_text(path: Path, limit: int = LIMIT) -> str:
    """Return at most the first ``limit`` characters, without white space around them.

    UTF-8, or UTF-16 and UTF-32 with a byte order mark; anything else is read as Latin-1.
    Raises: ReadError for a file that is missing or holds no words.
    """
    text = decode_text(read_bytes(path, 4 * limit + 4))[:limit].strip()
    if not text:
        raise ReadError(path, "holds no words", "write a description into it")
    return text


def decode_text(data: bytes) -> str:
    """Decode the start of a text file; a character cut in two at its end is left out."""
    encoding = text_encoding(data)
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    return decoder.decode(data)


def text_encoding(data: bytes) -> str:
    """Name the encoding of the start of a text file: by its mark, UTF-8, or else Latin-1."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"
