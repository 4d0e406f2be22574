"""Vital signs of a batch of pairs: how its vectors lie, cheap enough to be noted while training."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields

import torch
from torch import Tensor
from torch.nn import functional

from unisono.towers.training.run_records import SetSigns

MOST_NEIGHBOURS = 10
_SAME_DIRECTION = 0.9999
_COLLAPSED_SPREAD = 0.05
"""Below this spread all cosines come near ``_SAME_DIRECTION``, and equal says nothing."""


@torch.no_grad()
def set_signs(
    left: Tensor,
    right: Tensor,
    left_identities: Sequence[str],
    right_identities: Sequence[str],
    positives: Tensor | None = None,
) -> SetSigns:
    """Vital signs of a batch; pair i is left[i] with right[i].

    left, right: (n, d), of any length; their directions are looked at.
    left_identities, right_identities: n each, equal for equal content; "" for no identity.
    positives: (n, n) bool, which left belongs to which right; the diagonal where None.

    gap, hubness: see the functions of these names. spread_left, spread_right: see ``spread``.
    duplicates: share (0..1) of pairs of which a copy is in the batch as a negative: a side of the
        same identity, or with a cosine above 0.9999 unless that side is all but one point.
    positive_similarity, negative_similarity: mean cosines; the latter NaN without any negative.

    Of fewer than two pairs nothing can be said: all signs are NaN.

    Raises ValueError for shapes that do not fit together.
    """
    count = len(left)
    if left.ndim != 2 or left.shape != right.shape:
        shapes = f"{tuple(left.shape)} and {tuple(right.shape)}"
        raise ValueError(f"vital signs need two (n, d) of one shape, not {shapes}")
    if not len(left_identities) == len(right_identities) == count:
        raise ValueError(f"{count} pairs need as many identities on both sides")
    if count < 2:
        return SetSigns(*[math.nan] * len(fields(SetSigns)))
    # In float64, which autocast and TF32 leave alone: copies are told by the fifth digit.
    left = functional.normalize(left.to("cpu", torch.float64), dim=1)
    right = functional.normalize(right.to("cpu", torch.float64), dim=1)
    together = torch.eye(count, dtype=torch.bool)
    if positives is not None:
        together |= positives.cpu()
    similarity = left @ right.T
    # picked out by a mask, the negatives of a large batch would take three times their memory
    negatives = similarity.masked_fill(together, 0.0).sum() / (~together).sum()
    return SetSigns(
        gap=modality_gap(left, right),
        spread_left=spread(left),
        spread_right=spread(right),
        hubness=hubness(similarity),
        duplicates=_false_negatives(left, right, left_identities, right_identities, together),
        positive_similarity=float(similarity[together].mean()),
        negative_similarity=float(negatives),
    )


@torch.no_grad()
def modality_gap(left: Tensor, right: Tensor) -> float:
    """Distance of the means of two sets of unit vectors (n, d), 0..2 (Liang et al. 2022, sec. 4.2).

    What it means depends on how far each set spreads about its own mean.
    """
    return float((left.mean(0) - right.mean(0)).norm())


@torch.no_grad()
def spread(vectors: Tensor) -> float:
    """Mean distance of unit vectors (n, d) to their mean: 0 where all are one, about 1 for many
    in all directions."""
    return float((vectors - vectors.mean(0)).norm(dim=1).mean())


@torch.no_grad()
def hubness(similarity: Tensor) -> float:
    """Skewness of how often each item is among the k nearest, the larger of both directions.

    Radovanovic et al. 2010, eq. 1, with k = 10, or a quarter of the items where that is less.
    About 0 where all are asked for equally often; hubs, which are near to everything, raise it.

    similarity: (n, m), larger is closer.
    """
    return max(_occurrence_skewness(similarity), _occurrence_skewness(similarity.T))


def _occurrence_skewness(similarity: Tensor) -> float:
    candidates = similarity.shape[1]
    nearest = similarity.topk(max(1, min(MOST_NEIGHBOURS, candidates // 4)), dim=1).indices
    occurrences = torch.bincount(nearest.flatten(), minlength=candidates).double()
    deviations = occurrences - occurrences.mean()
    variance = deviations.square().mean()
    if variance == 0:
        return 0.0
    return float(deviations.pow(3).mean() / variance.pow(1.5))


def _false_negatives(
    left: Tensor,
    right: Tensor,
    left_identities: Sequence[str],
    right_identities: Sequence[str],
    together: Tensor,
) -> float:
    """Share of pairs that have the same content as another pair which counts as a negative."""
    same = torch.zeros_like(together)
    for vectors, identities in ((left, left_identities), (right, right_identities)):
        same |= _equal_names(identities)
        if spread(vectors) > _COLLAPSED_SPREAD:
            same |= vectors @ vectors.T > _SAME_DIRECTION
    # A pair and its copy are two negatives: left i with right j, and left j with right i.
    same &= ~(together & together.T)
    same.fill_diagonal_(False)
    return float(same.any(dim=1).double().mean())


def _equal_names(names: Sequence[str]) -> Tensor:
    numbers: dict[str, int] = {}
    # An item without a name gets a number that no other has.
    codes = [numbers.setdefault(n, len(numbers)) if n else -1 - i for i, n in enumerate(names)]
    code = torch.tensor(codes)
    return code[:, None] == code[None, :]
