"""Losses that pull pairs together; pure functions of similarities."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def symmetric_info_nce(
    similarity: Tensor, inverse_temperature: Tensor, positives: Tensor | None = None
) -> Tensor:
    """Symmetric InfoNCE over a batch of pairs (van den Oord et al. 2018, eq. 4; CLIP, fig. 3).

    similarity: (B, B) inner products, pair i on the diagonal.
    inverse_temperature: scalar that the similarities are multiplied by.
    positives: (B, B) bool, further pairs that belong together; they share the target equally,
        and must include the diagonal. Without it, the diagonal alone.
    Returns the mean of both directions, in nats; ln(B) is what a collapsed space gives.
    """
    logits = similarity * inverse_temperature
    if positives is None:
        target = torch.arange(len(logits), device=logits.device)
        forward = functional.cross_entropy(logits, target)
        return (forward + functional.cross_entropy(logits.T, target)) / 2
    weights = positives.to(logits.dtype)
    forward = -(weights / weights.sum(1, keepdim=True) * logits.log_softmax(1)).sum(1).mean()
    backward = -(weights / weights.sum(0, keepdim=True) * logits.log_softmax(0)).sum(0).mean()
    return (forward + backward) / 2
