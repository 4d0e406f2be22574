"""Letters on pictures."""

from __future__ import annotations

import unicodedata

from PIL import ImageFont


def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The letters that Pillow brings along."""
    return ImageFont.load_default(size)


def plain(text: str) -> str:
    """A text without the signs that these letters lack: accents go, others become a dot."""
    parted = unicodedata.normalize("NFKD", text)
    kept = "".join(sign for sign in parted if not unicodedata.combining(sign))
    return kept.encode("ascii", "replace").decode("ascii").replace("?", ".")
