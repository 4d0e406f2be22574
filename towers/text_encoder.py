"""Texts into the space without torch: MiniLM through onnxruntime, then the trained head."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.towers.minilm import MiniLM
from unisono.towers.pooling import ItemViews
from unisono.towers.text_head import apply_head

FloatArray = npt.NDArray[np.float32]


class TextEncoder:
    """Gives the character of texts; a text has no notes."""

    def __init__(self, head: Mapping[str, FloatArray]) -> None:
        """head: weights of the trained head, as ``text_head.apply_head`` takes them."""
        self._head = head
        self._model = MiniLM()

    def encode_texts(self, texts: Sequence[str]) -> FloatArray:
        """(len(texts), character_dimension), unit length."""
        return apply_head(self._head, self._model.encode(texts))

    def encode(self, item: str | Path, hop_s: float | None = None) -> ItemViews:
        """A sentence (str), or a text file (Path); raises ReadError for a file of no text."""
        return text_views(self.encode_texts([text_of(item)]))


def text_of(item: str | Path) -> str:
    """The text itself, or what the file holds."""
    if isinstance(item, str):
        return item
    from unisono.data.readers.text import read_text

    return read_text(item)


def text_views(character: FloatArray) -> ItemViews:
    """Views of one thing without notes or places, from its character (1, d)."""
    return ItemViews(
        notes=None,
        character=character,
        weights=np.ones(1, np.float32),
        places=(None,),
        whole_notes=None,
        whole_character=character,
    )
