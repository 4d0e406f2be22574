"""Zero-shot tags: how well any words fit an item, as probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from unisono.data.modality import Modality
from unisono.towers.encoding import FloatArray

if TYPE_CHECKING:
    from unisono.towers.space import Space

TEMPLATES = ("{}", "{} music", "a piece of {} music", "this music is {}", "the sound of {}")
"""Sentences that a tag is put into; one word alone says less than its mean in a few of them."""


def tag(
    space: Space,
    item: str | Path,
    tags: Sequence[str],
    *,
    templates: Sequence[str] = TEMPLATES,
) -> list[tuple[str, float]]:
    """Return every tag with its calibrated probability 0..1, the most probable first.

    Tags are judged one by one: several may fit, or none, so probabilities do not add up to 1.
    Raises ReadError for an item that cannot be read, ValueError where there are no tags or a
    template has no place for one.
    """
    encoding = space.encode_item(item)
    vectors = space.weigh(
        class_vectors(space, tags, templates), Modality.TEXT, encoding.modality, "whole"
    )
    probability = space.tag_probability(vectors @ encoding.whole, encoding.modality)
    order = np.argsort(-probability, kind="stable")
    return [(tags[i], float(probability[i])) for i in order]


def class_vectors(space: Space, tags: Sequence[str], templates: Sequence[str]) -> FloatArray:
    """One unit-length vector for each tag (n, d): the mean over the templates.

    Prompt ensembling as in CLIP, Radford et al. 2021, section 3.1.4.
    """
    if not tags:
        raise ValueError("there are no tags to judge by; name at least one")
    if not templates or any("{}" not in template for template in templates):
        raise ValueError("each template needs {} where the tag goes")
    sentences = [template.replace("{}", word) for word in tags for template in templates]
    vectors = space.encode(sentences, modality=Modality.TEXT)
    means = vectors.reshape(len(tags), len(templates), -1).mean(axis=1)
    unit: FloatArray = means / np.linalg.norm(means, axis=1, keepdims=True)
    return unit
