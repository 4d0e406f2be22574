"""Make scores comparable: view weights, background similarities and tag probabilities.

All of it is chosen on valid items; none of it changes a stored vector.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations_with_replacement

import numpy as np
import numpy.typing as npt

from unisono.alignment.tags import TEMPLATES, class_vectors
from unisono.data.captions import Description
from unisono.data.modality import Modality
from unisono.eval.metrics import mean_reciprocal_rank, ranks
from unisono.eval.validation import NOTATED, PassagePairs, similarities
from unisono.eval.validation_items import ClipItem, PictureItem, ScoreItem
from unisono.towers.bundle import Logistic, Spread
from unisono.towers.encoding import Encoding
from unisono.towers.space import Space
from unisono.towers.views import Level, Views, pair_key

FloatArray = npt.NDArray[np.float32]

_WEIGHTS = (0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)


def tune_notes_weights(
    views: Views, pairs: PassagePairs, items: Sequence[ScoreItem]
) -> dict[str, float]:
    """The share of the notes that finds best, for every pair of notated modalities and level."""
    truth = {"passage": pairs.vectors}
    truth["whole"] = {m: np.stack([item.encoding(m).whole for item in items]) for m in NOTATED}
    tuned = {}
    levels: tuple[Level, Level] = ("passage", "whole")
    for level in levels:
        for asks, answers in (NOTATED[:2], NOTATED[1:], (NOTATED[0], NOTATED[2])):
            left, right = truth[level][asks], truth[level][answers]
            key = pair_key(asks, answers, level)
            found = []
            for weight in _WEIGHTS:
                trial = Views(
                    views.notes_dimension, views.character_dimension, views.stored, {key: weight}
                )
                matrix = trial.weigh(left, asks, answers, level) @ right.T
                eye = np.eye(len(matrix), dtype=bool)
                both = (ranks(matrix, eye), ranks(matrix.T, eye))
                found.append(sum(map(mean_reciprocal_rank, both)))
            tuned[key] = _WEIGHTS[int(np.argmax(found))]
    return tuned


def background(space: Space, items: Mapping[Modality, Sequence[Encoding]]) -> dict[str, Spread]:
    """Mean and deviation of similarities of different items, for every pair and level.

    Items of the same position in two modalities may be the same work and are left out.
    """
    random = np.random.default_rng(0)
    spreads = {}
    for asks, answers in combinations_with_replacement(Modality, 2):
        left, right = items[asks], items[answers]
        wholes = similarities(space, _wholes(left), asks, _wholes(right), answers, "whole")
        different = np.eye(*wholes.shape) == 0
        spreads[pair_key(asks, answers, "whole")] = _spread(wholes[different])
        sampled = []
        for _ in range(300):
            i, j = int(random.integers(len(left))), int(random.integers(len(right)))
            if i != j:
                one, other = _some(left[i], random), _some(right[j], random)
                sampled.append(similarities(space, one, asks, other, answers, "passage").ravel())
        spreads[pair_key(asks, answers, "passage")] = _spread(np.concatenate(sampled))
    return spreads


def tag_logistics(
    space: Space,
    items: Sequence[ScoreItem],
    clips: Sequence[ClipItem],
    pictures: Sequence[PictureItem],
) -> dict[str, Logistic]:
    """Fit probabilities of tags for every modality, with as much weight on yes as on no."""
    examples: dict[Modality, tuple[list[float], list[bool]]] = {m: ([], []) for m in Modality}

    def add(modality: Modality, encoding: Encoding, tags: Sequence[str], true: set[str]) -> None:
        vectors = space.weigh(
            class_vectors(space, tags, TEMPLATES), Modality.TEXT, modality, "whole"
        )
        examples[modality][0].extend((vectors @ encoding.whole).tolist())
        examples[modality][1].extend(tag in true for tag in tags)

    for item in items:
        facts = item.description
        true = _true_words(facts)
        true |= {facts.value("form")} - {""}
        for modality in NOTATED:
            add(modality, item.encoding(modality), _PLAIN_TAGS, true | set(facts.moods))
    genres = sorted({item.clip.genre for item in clips})
    words = [genre.replace("_", " ") for genre in genres]
    for clip in clips:
        add(Modality.AUDIO, clip.audio, words, {clip.clip.genre.replace("_", " ")})
    titles = [picture.picture.captions[2] for picture in pictures]
    for picture in pictures:
        add(Modality.COVER, picture.cover, titles, {picture.picture.captions[2]})
    for item in items:
        facts = item.description
        played, pace = facts.value("instruments"), facts.value("pace")
        sentence = f"{facts.moods[0]} {played}, {facts.value('mode')} key, {pace}"
        add(Modality.TEXT, space.encode_item(sentence), _PLAIN_TAGS, _true_words(facts))
    return {
        str(modality): fit_logistic(np.array(values), np.array(truth))
        for modality, (values, truth) in examples.items()
    }


def _true_words(facts: Description) -> set[str]:
    words = {facts.value("instruments"), facts.value("pace"), facts.moods[0]}
    return words | {f"{facts.value('mode')} key"}


def fit_logistic(values: npt.NDArray[np.float64], truth: npt.NDArray[np.bool_]) -> Logistic:
    """Logistic regression of one variable, both classes with equal weight, a little bounded.

    Raises ValueError without examples of both classes.
    """
    from scipy.optimize import minimize

    if truth.all() or not truth.any():
        raise ValueError("a calibration needs examples of both yes and no")
    weights = np.where(truth, 0.5 / truth.sum(), 0.5 / (~truth).sum())
    sign = np.where(truth, 1.0, -1.0)

    def loss(parameters: npt.NDArray[np.float64]) -> float:
        logits = parameters[0] * values + parameters[1]
        # a small penalty keeps a space that knows nothing from dividing by noise
        return float((weights * np.logaddexp(0, -sign * logits)).sum() + 1e-5 * parameters[0] ** 2)

    best = minimize(loss, np.array([1.0, 0.0]), method="BFGS").x
    return Logistic(slope=float(max(best[0], 0.0)), offset=float(best[1]))


_PLAIN_TAGS = (
    "calm",
    "sad",
    "happy",
    "dramatic",
    "warm",
    "wistful",
    "major key",
    "minor key",
    "very slow",
    "slow",
    "moderate",
    "fast",
    "solo piano",
    "voice and piano",
    "waltz",
    "minuet",
    "sonata",
    "prelude",
    "march",
    "fugue",
)


def _wholes(items: Sequence[Encoding]) -> FloatArray:
    return np.stack([item.whole for item in items])


def _some(item: Encoding, random: np.random.Generator, count: int = 20) -> FloatArray:
    rows = random.integers(len(item.passages), size=min(count, len(item.passages)))
    return item.passages.vectors[rows]


def _spread(values: FloatArray) -> Spread:
    return Spread(round(float(values.mean()), 5), round(float(values.std()), 5))
