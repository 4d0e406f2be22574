"""Sentence embeddings that are computed once and kept, for training on many captions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from unisono.towers.minilm import MiniLM


class SentenceCache:
    """MiniLM embeddings of texts, remembered between steps and, when saved, between runs."""

    def __init__(self, path: Path | None = None) -> None:
        """path: of the file that ``save`` writes; None remembers within this process only."""
        self.path = path
        self._model = MiniLM()
        self._known: dict[str, np.ndarray] = {}
        if path is not None and path.exists():
            with np.load(path) as stored:
                vectors = stored["vectors"].astype(np.float32)
                self._known = dict(zip(stored["texts"].tolist(), vectors, strict=True))

    def __call__(self, texts: Sequence[str]) -> Tensor:
        """(len(texts), 384) float32."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        if missing:
            self._known.update(zip(missing, self._model.encode(missing), strict=True))
        return torch.from_numpy(np.stack([self._known[text] for text in texts]))

    def save(self) -> None:
        """Write what is known, whole or not at all; nothing without a path."""
        if self.path is None:
            return
        partial = self.path.with_suffix(".partial")
        with partial.open("wb") as stream:
            vectors = np.array(list(self._known.values()), np.float16)
            np.savez(stream, texts=np.array(list(self._known)), vectors=vectors)
        partial.replace(self.path)
