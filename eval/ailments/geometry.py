"""Ailments of how the vectors lie: a gap between modalities, clumps, and hubs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from unisono.eval.ailments.ailment import (
    FEWEST,
    Ailment,
    last_third,
    looks_at,
    middle,
    percent,
    recall_error,
    sets_of,
    settled,
    signs_of,
    steps_of,
)
from unisono.towers.training.run_log import RunLog, SetSigns, SetValidation

_WIDE_GAP = 2.0
_WEAK = 0.25
_MANY_EQUAL = 0.2
_MANY_HUBS = 4.0
_FEWEST_CANDIDATES = 100
_NEIGHBOURS = 10


def modality_gap(log: RunLog) -> Iterator[Ailment]:
    """The two sides keep to corners of their own, and finding suffers.

    Every space trained by contrast has some gap; nets that nobody trained have a wide one, each
    side in a narrow cone, which training closes (Liang et al. 2022). CLIP's is 0.82 with spreads
    of about 0.66, so 1.2 spreads, and it finds well. Hence three things must come together:
    more than 2 mean spreads in the last third after the warm-up, hardly narrower (in itself)
    than in the first third, and a validation that finds less than a quarter or lost ground.
    """
    for name in sets_of(log):
        steps = settled(steps_of(log, name))
        late = signs_of(last_third(steps), name)
        early = signs_of(steps[: max(1, len(steps) // 3)], name)
        if not late or not early:
            continue
        ratio = middle(_ratio(one) for one in late)
        gap, at_first = middle(one.gap for one in late), middle(one.gap for one in early)
        if not (ratio > _WIDE_GAP and gap > 0.9 * at_first):
            continue
        level = steps[-1].collapsed.get(name)
        share = steps[-1].losses[name] / level if level else math.nan
        looks = looks_at(log.validations, name)
        if not _finds_badly(looks, share):
            continue
        spread = middle((one.spread_left + one.spread_right) / 2 for one in late)
        found = (
            f"R@1 in validation is {percent(looks[-1].mean_r1)}"
            if looks
            else f"the loss is still {percent(share)} of a collapsed space's"
        )
        verb = "opened" if gap > 1.1 * at_first else "does not close"
        yield Ailment(
            "modality gap",
            "moderate",
            f"The gap between the sides of {name} {verb}: it is {gap:.2f}, {ratio:.1f} times the "
            f"spread of the sides ({spread:.2f}), and was {at_first:.2f} at first; {found}.",
            {"gap": gap, "first_gap": at_first, "spread": spread, "gap_in_spreads": ratio},
            "Let the loss start at a higher temperature and raise the lower end of "
            "temperature_bounds, raise learning_rate or steps, and train both sides (freeze).",
            name,
        )


def clumps(log: RunLog) -> Iterator[Ailment]:
    """Different items fall onto few points, so that they look like copies of each other.

    Copies in the data are there from the first record on; these came with training.
    """
    for name in sets_of(log):
        shares = [one.duplicates for one in signs_of(steps_of(log, name), name)]
        if not came_with_training(shares):
            continue
        mean, early = sum(shares) / len(shares), sum(shares[:FEWEST]) / FEWEST
        yield Ailment(
            "clumps",
            "severe",
            f"The vectors of {name} fall onto few points: {percent(mean)} of the pairs have "
            f"another in their batch with all but the same vector, and {percent(early)} had at "
            "first.",
            {"equal": mean, "equal_at_first": early},
            "Lower learning_rate of the set's towers, lengthen warm_up, or make batch larger.",
            name,
        )


def came_with_training(shares: Sequence[float]) -> bool:
    """Whether shares of copies, record by record, tell of vectors that clump rather than of data.

    Only where they are many, since few copies may be missing from the first batches by chance.
    """
    if len(shares) < 2 * FEWEST:
        return False
    mean, early = sum(shares) / len(shares), sum(shares[:FEWEST]) / FEWEST
    return mean > _MANY_EQUAL and early < mean / 4


def hubs(log: RunLog) -> Iterator[Ailment]:
    """A few items are found by nearly everything, in the last looks of validation.

    Judged by validation alone, whose candidates are many and always the same. Skewness (k = 10)
    of a well trained space of 16 to 256 dimensions is about 0 to 2, of one that was hardly
    trained 2 to 3; the limit is 4. It cannot pass (1 - 2p) / sqrt(p (1 - p)), p = k / n, when k
    hubs take all, so that with few candidates three quarters of that is the limit.
    """
    for name in sets_of(log):
        late = last_third(looks_at(log.validations, name), 3)
        if not late or late[-1].candidates < _FEWEST_CANDIDATES:
            continue
        found, count = middle(one.hubness for one in late), late[-1].candidates
        limit = min(_MANY_HUBS, 0.75 * _all_to_the_hubs(count))
        if not found > limit:
            continue
        batches = middle(one.hubness for one in signs_of(last_third(steps_of(log, name)), name))
        yield Ailment(
            "hubs",
            "moderate",
            f"A few items of {name} are near to everything: how often an item of {count:,} is "
            f"among the {_NEIGHBOURS} nearest has a skewness of {found:.1f}, and {limit:.1f} is "
            f"much already (R@1 is {percent(late[-1].mean_r1)}).",
            {"hubness": found, "limit": limit, "candidates": count, "hubness_in_batches": batches},
            "Train both directions (directions: both), with larger batches (batch) and a lower "
            "temperature; a native foreign embedding (native: true) often gains from a projection.",
            name,
        )


def _ratio(signs: SetSigns) -> float:
    spread = (signs.spread_left + signs.spread_right) / 2
    return signs.gap / spread if spread > 0 else math.inf


def _finds_badly(looks: Sequence[SetValidation], share_of_collapsed: float) -> bool:
    if not looks:
        return share_of_collapsed > 0.5
    last, best = looks[-1], max(looks, key=lambda one: one.mean_r1)
    lost = best.mean_r1 - last.mean_r1
    noise = 2 * recall_error(best.mean_r1, best.candidates)
    return last.mean_r1 < _WEAK or lost > max(0.1 * best.mean_r1, noise)


def _all_to_the_hubs(candidates: int) -> float:
    share = min(_NEIGHBOURS, candidates // 4) / candidates
    return (1 - 2 * share) / math.sqrt(share * (1 - share))
