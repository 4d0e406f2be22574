"""The head of the default text tower in NumPy, so that a text search never waits for torch."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

SENTENCE_DIMENSION = 384
WEIGHTS = ("hidden.weight", "hidden.bias", "character.weight", "character.bias")

FloatArray = npt.NDArray[np.float32]


def apply_head(weights: Mapping[str, FloatArray], sentences: FloatArray) -> FloatArray:
    """Sentence embeddings (n, 384) -> character vectors (n, d), unit length.

    weights: ``hidden.weight`` (h, 384), ``hidden.bias`` (h,), ``character.weight`` (d, h) and
    ``character.bias`` (d,), as ``text.TextHead`` has them.
    """
    hidden = np.maximum(sentences @ weights["hidden.weight"].T + weights["hidden.bias"], 0.0)
    vectors = hidden @ weights["character.weight"].T + weights["character.bias"]
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)
