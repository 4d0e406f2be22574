"""Losses that pull pairs together; pure functions of similarities.

All take similarities (m, n) between m left and n right sides, and ``positives`` (m, n) bool: which
of them belong together. Without it pair i is on the diagonal, and m = n. A row (or column) without
any positive has no say of its own; it is only a negative of the others. No pairs at all cost 0.
``directions`` tells whether left sides look for right ones, right for left, or both, whose mean
is then taken.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

Directions = Literal["both", "left-to-right", "right-to-left"]
Negatives = Literal["all", "hardest", "semi-hard"]


def symmetric_info_nce(
    similarity: Tensor,
    inverse_temperature: Tensor,
    positives: Tensor | None = None,
    directions: Directions = "both",
) -> Tensor:
    """Symmetric InfoNCE over a batch of pairs (van den Oord et al. 2018, eq. 4; CLIP, fig. 3).

    From left to right, with s the similarities and t the inverse temperature:
    L = -1/m sum_i 1/|P(i)| sum_{p in P(i)} log(exp(t s_ip) / sum_a exp(t s_ia)). With several
    positives P(i) in a row this is L_out of SupCon (Khosla et al. 2020, eq. 2): they share the
    target equally, and stay in each other's denominator.

    similarity: (m, n) inner products.
    inverse_temperature: scalar that the similarities are multiplied by.
    positives: (m, n) bool; the diagonal alone if None.
    Returns the mean over the rows that have a positive, in nats, 0 when none has; ln(n) is what
    a collapsed space gives.
    Raises ValueError for shapes that do not go together.
    """
    mask = _positives(similarity, positives)
    return _over_directions(
        _shared_cross_entropy, similarity * inverse_temperature, mask, directions
    )


def triplet_hinge(
    similarity: Tensor,
    margin: float,
    positives: Tensor | None = None,
    negatives: Negatives = "all",
    directions: Directions = "both",
) -> Tensor:
    """Hinge over triplets: a positive is to be more similar than a negative by the margin.

    The violation of (anchor i, positive p, negative k) is [margin + s_ik - s_ip]_+. Over which
    negatives, and what is averaged:

    - ``all`` (VSE++, Faghri et al. 2018, eq. 5, the sum of hinges): the mean over all triplets.
    - ``hardest`` (VSE++, eq. 6, the maximum of hinges): the most similar negative of each
      (anchor, positive); the mean over those that have a negative.
    - ``semi-hard`` (FaceNet, Schroff et al. 2015, eq. 4): the most similar of those negatives
      that are not more similar than the positive, but violate the margin. Where there is none
      it costs 0, and still counts in the mean. Unlike FaceNet's, a negative that is exactly as
      similar as the positive is taken, so that a collapsed space has a way out.

    similarity: (m, n), of unit vectors for a margin below 2 to make sense.
    positives: (m, n) bool; the diagonal alone if None.
    Returns a scalar, 0 without any triplet; the margin is what a collapsed space gives.
    Raises ValueError for shapes that do not go together.
    """
    loss_of_rows = partial(_hinge_of_rows, margin=margin, negatives=negatives)
    mask = _positives(similarity, positives)
    return _over_directions(loss_of_rows, similarity, mask, directions)


def bilinear_similarity(left: Tensor, right: Tensor, weight: Tensor) -> Tensor:
    """s(x, x') = g(x)^T W g(x') of all pairs (COLA, Saeed et al. 2021, section 3.1).

    left: (m, d). right: (n, d'). weight: (d, d').
    Returns (m, n).
    """
    return left @ weight @ right.T


def sigmoid_loss(
    similarity: Tensor,
    inverse_temperature: Tensor,
    bias: Tensor,
    positives: Tensor | None = None,
) -> Tensor:
    """Every pair is judged for itself (SigLIP, Zhai et al. 2023, eq. 1 and algorithm 1).

    L = -1/m sum_i sum_j log sigmoid(z_ij (t s_ij + b)), z = 1 for positives and -1 for the rest.
    The sign of b is that of the algorithm, where it starts at -10.

    similarity: (m, n). inverse_temperature, bias: scalars t and b.
    positives: (m, n) bool; the diagonal alone if None.
    Returns the mean over rows of the sum over columns, as in the paper; a row without positives
    counts with its negatives.
    Raises ValueError for shapes that do not go together.
    """
    logits = similarity * inverse_temperature + bias
    signs = _positives(similarity, positives).to(logits.dtype) * 2 - 1
    return -functional.logsigmoid(signs * logits).sum() / max(len(logits), 1)


def _positives(similarity: Tensor, positives: Tensor | None) -> Tensor:
    """The positives as given, or the diagonal."""
    shape = tuple(similarity.shape)
    if similarity.ndim != 2:
        raise ValueError(f"similarities must be (m, n), not {shape}")
    if positives is None:
        if shape[0] != shape[1]:
            raise ValueError(f"similarities {shape} have no diagonal of pairs; give positives")
        return torch.eye(shape[0], dtype=torch.bool, device=similarity.device)
    if positives.shape != similarity.shape or positives.dtype != torch.bool:
        raise ValueError(
            f"positives must be bool and {shape} as the similarities are,"
            f" not {positives.dtype} and {tuple(positives.shape)}"
        )
    return positives


def _over_directions(
    loss_of_rows: Callable[[Tensor, Tensor], Tensor],
    matrix: Tensor,
    positives: Tensor,
    directions: Directions,
) -> Tensor:
    """The loss of the rows, of the columns, or the mean of both."""
    if directions == "left-to-right":
        return loss_of_rows(matrix, positives)
    if directions == "right-to-left":
        return loss_of_rows(matrix.T, positives.T)
    return (loss_of_rows(matrix, positives) + loss_of_rows(matrix.T, positives.T)) / 2


def _shared_cross_entropy(logits: Tensor, positives: Tensor) -> Tensor:
    """Cross-entropy of rows whose positives share the target equally; rows without do not count."""
    counts = positives.sum(1)
    # masked rather than multiplied by nought, which would make NaN of an impossible candidate
    told = logits.log_softmax(1).masked_fill(~positives, 0.0).sum(1)
    return -(told / counts.clamp(min=1)).sum() / (counts > 0).sum().clamp(min=1)


def _hinge_of_rows(
    similarity: Tensor, positives: Tensor, margin: float, negatives: Negatives
) -> Tensor:
    """The hinge with the rows as anchors."""
    if 0 in similarity.shape:
        return similarity.sum()
    anchors, partners = positives.nonzero(as_tuple=True)
    positive = similarity[anchors, partners].unsqueeze(1)
    others, is_negative = similarity[anchors], ~positives[anchors]
    violations = functional.relu(margin + others - positive).masked_fill(~is_negative, 0.0)
    if negatives == "all":
        return violations.sum() / is_negative.sum().clamp(min=1)
    if negatives == "semi-hard":
        violations = violations.masked_fill(others > positive, 0.0)
    return violations.amax(1).sum() / is_negative.any(1).sum().clamp(min=1)
