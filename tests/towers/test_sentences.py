from __future__ import annotations

import torch

from unisono.towers.sentences import SentenceCache


def test_sentences_are_embedded_once_and_the_oldest_forgotten() -> None:
    cache = SentenceCache(most=2)
    vectors = cache(["calm", "loud", "calm"])
    assert vectors.shape == (3, 384)
    assert torch.equal(vectors[0], vectors[2])
    assert not torch.equal(vectors[0], vectors[1])
    model, cache._model = cache._model, None  # type: ignore[assignment]  # nothing left to embed
    assert torch.equal(cache(["loud", "calm"]), vectors[[1, 0]])
    cache._model = model
    again = cache(["sad", "grand", "calm"])  # two new ones: the others are forgotten
    torch.testing.assert_close(again[2], vectors[0], atol=1e-5, rtol=0)
    assert len(cache._known) == 2
