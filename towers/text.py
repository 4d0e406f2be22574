"""The default text tower: MiniLM's sentence embedding, then a small trained head.

Training uses ``TextHead``; encoding uses ``text_head.apply_head``, the same in NumPy, so that
a text search never waits for torch.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from unisono.towers.text_head import SENTENCE_DIMENSION


class TextHead(nn.Module):
    """Sentence embeddings to character vectors."""

    def __init__(self, character_dimension: int, hidden: int = 256) -> None:
        super().__init__()
        self.hidden = nn.Linear(SENTENCE_DIMENSION, hidden)
        self.character = nn.Linear(hidden, character_dimension)

    def forward(self, sentences: Tensor) -> Tensor:
        """(B, 384) unit-length sentence embeddings -> (B, character_dimension), unit length."""
        return functional.normalize(self.character(functional.relu(self.hidden(sentences))), dim=-1)
