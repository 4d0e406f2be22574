"""Sentence embeddings that are computed once and remembered, for training on many captions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from unisono.towers.minilm import MiniLM

MOST_REMEMBERED = 50_000
"""Sentences that are remembered, 1.5 KB each; the oldest are forgotten first."""


class SentenceCache:
    """MiniLM embeddings of texts, remembered within a process."""

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._model = MiniLM()
        self._most = most
        self._known: dict[str, np.ndarray] = {}

    def __call__(self, texts: Sequence[str]) -> Tensor:
        """(len(texts), 384) float32."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        if missing:
            self._known.update(zip(missing, self._model.encode(missing), strict=True))
        vectors = torch.from_numpy(np.stack([self._known[text] for text in texts]))
        while len(self._known) > self._most:
            del self._known[next(iter(self._known))]
        return vectors
