"""Ailments of learning itself: the loss, the gradients, what carries over to validation."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

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
from unisono.towers.training.run_log import RunLog, SetValidation, StepRecord

_SAME = 0.02
_ONE_POINT = 0.02
"""A spread at which even the lowest temperature in use, 0.01, tells nothing apart."""
_VANISHED = 1e-5
_AT_END = 0.03
_FEWEST_OF_SOME_SETS = 30
_FEWEST_LOOKS = 5


def not_a_number(log: RunLog) -> Iterator[Ailment]:
    """A loss or gradient that is NaN or infinite."""
    for record in log.steps:
        broken = [n for n, loss in record.losses.items() if not math.isfinite(loss)]
        towers = [n for n, norm in record.gradients.items() if not math.isfinite(norm)]
        if not broken and not towers:
            continue
        what = f"the loss of {_and(broken)}" if broken else f"the gradient of {_and(towers)}"
        yield Ailment(
            "not a number",
            "severe",
            f"At step {record.step:,} {what} is not a number{_since(log.steps[-1])}.",
            {"step": record.step, "sets": _and(broken), "towers": _and(towers)},
            "Lower learning_rate of the stage's optimiser or of that tower, lengthen warm_up, "
            "lower clip_gradient, set precision to float32, and look for files that hold no "
            "finite numbers.",
            _and(broken or towers),
        )
        return


def collapse(log: RunLog) -> Iterator[Ailment]:
    """The loss stays where it is when all vectors are one, or the vectors are indeed one.

    A loss is there when all its last third after the warm-up is within 2% of that value. A
    contrastive loss passes this value early in a healthy run, but does not stay there.
    """
    for name in sets_of(log):
        late = last_third(settled(steps_of(log, name)))
        spreads = [min(one.spread_left, one.spread_right) for one in signs_of(late, name)]
        one_point = bool(spreads) and max(spreads) < _ONE_POINT
        ratios = _loss_over_collapsed(late, name)
        stays = len(ratios) >= FEWEST and max(abs(ratio - 1) for ratio in ratios) < _SAME
        if not (stays or one_point):
            continue
        loss = middle(record.losses[name] for record in late)
        spread = middle(spreads)
        said = f"The loss of {name} has been {loss:.3f} for the last {len(late)} records"
        level = late[-1].collapsed.get(name)
        if stays and level is not None:
            said += f", what a space gives in which all vectors are one ({level:.3f})"
        if spread < 0.1:
            said += f"; the vectors of a side do lie on one point (spread {spread:.3f})."
            advice = (
                "Lower learning_rate of the set's towers and lengthen warm_up, give the loss a "
                "higher temperature or, for a triplet, negatives: all; if a tower is foreign, "
                "check that its pretrained weights are loaded (pretrained: true)."
            )
        else:
            said += "; the vectors differ, but not in what the pairs have in common."
            advice = (
                "Check that left and right of the set belong together (columns of the source), "
                "raise learning_rate, and see that its towers are not frozen (freeze)."
            )
        evidence: dict[str, float | int | str] = {"loss": loss, "records": len(late)}
        if level is not None:
            evidence["collapsed"] = level
        if spreads:
            evidence["spread"] = spread
        yield Ailment("collapse", "severe", said, evidence, advice, name)


def no_learning(log: RunLog) -> Iterator[Ailment]:
    """The loss stays above what a collapsed space gives: no similarity at all would be better."""
    for name in sets_of(log):
        late = last_third(settled(steps_of(log, name)))
        ratios = _loss_over_collapsed(late, name)
        if len(ratios) < FEWEST or min(ratios) < 1 + _SAME:
            continue
        loss = middle(record.losses[name] for record in late)
        level = late[-1].collapsed[name] or 0.0
        first = steps_of(log, name)[0].losses[name]
        yield Ailment(
            "no learning",
            "severe",
            f"The loss of {name} is {loss:.3f} after {late[-1].step:,} steps (it was {first:.3f} "
            f"at first), worse than the {level:.3f} of a space in which all vectors are one.",
            {"loss": loss, "first_loss": first, "collapsed": level},
            "If the loss jumps up and down, learning_rate is too high; if it creeps, it is too "
            "low, the run too short (steps, minutes), or the towers of the set are frozen "
            "(freeze).",
            name,
        )


def chance_level(log: RunLog) -> Iterator[Ailment]:
    """Validation finds no more than chance does, after several looks."""
    for name in sets_of(log):
        late = last_third(looks_at(log.validations, name), _FEWEST_LOOKS)
        if not late:
            continue
        found, chance = middle(one.mean_r1 for one in late), late[-1].chance
        # Three standard errors: with ten sets a look, less would be crossed by luck.
        if not found <= chance + 3 * recall_error(chance, late[-1].candidates):
            continue
        loss = middle(record.losses[name] for record in last_third(steps_of(log, name)))
        yield Ailment(
            "chance level",
            "severe",
            f"R@1 of {name} in validation is {percent(found)}, and chance alone gives "
            f"{percent(chance)}; what lowers the training loss to {loss:.3f} does not carry over.",
            {"recall_1": found, "chance": chance, "loss": loss},
            "Check that the rows of the source pair what belongs together, in training and in "
            "validation (columns, validation.pairs); then give it more works or more time.",
            name,
        )


def dead_tower(log: RunLog) -> Iterator[Ailment]:
    """A tower that should be trained gets no gradient, or next to none beside the others."""
    trained = dict.fromkeys(name for start in log.starts for name in start.trained)
    late = last_third(log.steps, _needed(log.steps))
    for tower in trained or dict.fromkeys(n for record in late for n in record.gradients):
        norms = [record.gradients.get(tower, 0.0) for record in late if record.gradients]
        if len(norms) < FEWEST or not all(map(math.isfinite, norms)):
            continue
        others = middle(
            norm
            for record in late
            for other, norm in record.gradients.items()
            if other != tower and norm > 0
        )
        exact = max(norms) == 0
        if not exact and not max(norms) < _VANISHED * others:
            continue
        amount = "exactly 0" if exact else f"at most {max(norms):.1e}"
        beside = f", beside {others:.2g} of the others" if math.isfinite(others) else ""
        yield Ailment(
            "dead tower",
            "severe",
            f"The {tower} tower is to be trained, but its gradient was {amount} in the last "
            f"{len(norms)} records{beside}: it learns nothing.",
            {"largest_gradient": max(norms), "records": len(norms), "others": others},
            f"See that towers.{tower}.freeze and the stage's freeze leave it free, that a pair set "
            "of this stage has it on a side, and that its learning_rate did not kill its "
            "activations; otherwise freeze it openly (freeze: all).",
            tower,
        )


def overfitting(log: RunLog) -> Iterator[Ailment]:
    """Validation gets worse, in R@1 and in loss, while the training loss still falls.

    The fall in R@1 must be a tenth of the best, two standard errors, and twice what it usually
    changes by from look to look; the loss must have risen by a twentieth. Either alone is common
    in healthy runs: R@1 wavers, and the loss of validation rises when only a learnt temperature
    falls.
    """
    for name in sets_of(log):
        looks = [record for record in log.validations if name in record.sets]
        if len(looks) < _FEWEST_LOOKS:
            continue
        best = max(looks, key=lambda record: record.sets[name].mean_r1)
        peak = best.sets[name]
        last = [record.sets[name] for record in looks[-3:]]
        if any(record is best for record in looks[-3:]):
            continue
        now = middle(one.mean_r1 for one in last)
        lowest = min(record.sets[name].loss for record in looks)
        loss = middle(one.loss for one in last)
        since = [r.sets[name].mean_r1 for r in looks[looks.index(best) :]]
        change = middle(abs(b - a) for a, b in pairwise(since))
        # Each look is at the same items, so that one error is enough where the loss is plain.
        errors = (1 if loss > 1.2 * lowest else 2) * recall_error(peak.mean_r1, peak.candidates)
        margin = max(0.1 * peak.mean_r1, errors, 2 * change)
        before, after = _losses_around(steps_of(log, name), name, best.step)
        if now < peak.mean_r1 - margin and loss > 1.05 * lowest and after < 0.8 * before:
            yield _overfitted(name, peak, now, best.step, lowest, loss, before, after)


def temperature_at_its_bound(log: RunLog) -> Iterator[Ailment]:
    """A learnt temperature rests at the end of its range.

    The range is that of the start record, of which the outer 3% on a logarithmic scale count as
    its end: a temperature that is kept inside by a smooth function only comes near. Where the
    range is not told, one that moved and then is the same to the last digit must be at an end.
    """
    bounds = {n: pair for start in log.starts for n, pair in start.temperature_bounds.items()}
    for name in dict.fromkeys(n for record in log.steps for n in record.inverse_temperatures):
        records = [record for record in log.steps if name in record.inverse_temperatures]
        values = [record.inverse_temperatures[name] for record in records]
        late = last_third(values)
        if not late or not all(math.isfinite(value) and value > 0 for value in late):
            continue
        if name in bounds:
            low, high = bounds[name]
            shares = [math.log(1 / value / low) / math.log(high / low) for value in late]
            rests = max(shares) < _AT_END or min(shares) > 1 - _AT_END
        else:
            rests = len(set(late)) == 1 and len(set(values)) > 1
        if not rests:
            continue
        temperature = 1 / late[-1]
        yield Ailment(
            "temperature at its bound",
            "mild",
            f"The temperature of {name} has rested at {temperature:.3g}, at the end of its range, "
            f"for the last {len(late)} records.",
            {"temperature": temperature, "records": len(late)},
            "Where validation is good this may stay. Else widen temperature_bounds of the set's "
            "loss, or fix it (learn_temperature: false); a temperature that falls to its lowest "
            "is often a sign of pairs learnt by heart.",
            name,
        )


def _since(last: StepRecord) -> str:
    values = (*last.losses.values(), *last.gradients.values())
    lost = any(not math.isfinite(value) for value in values)
    return ", and so it stays: the weights are lost" if lost else ", though it was again later"


def _loss_over_collapsed(steps: Sequence[StepRecord], name: str) -> list[float]:
    levels = [(record.losses[name], record.collapsed.get(name)) for record in steps]
    return [loss / level for loss, level in levels if level and math.isfinite(loss)]


def _needed(steps: Sequence[StepRecord]) -> int:
    # Where each step is of one set, the towers of the others rightly have no gradient.
    each_has_all = len({frozenset(record.losses) for record in steps}) <= 1
    return FEWEST if each_has_all else _FEWEST_OF_SOME_SETS


def _losses_around(steps: Sequence[StepRecord], name: str, step: int) -> tuple[float, float]:
    """Training loss about a step and at the end."""
    until = [record.losses[name] for record in steps if record.step <= step]
    return middle(until[-FEWEST:]), middle(record.losses[name] for record in steps[-FEWEST:])


def _overfitted(
    name: str,
    peak: SetValidation,
    now: float,
    step: int,
    lowest: float,
    loss: float,
    before: float,
    after: float,
) -> Ailment:
    return Ailment(
        "overfitting",
        "moderate",
        f"R@1 of {name} in validation was {percent(peak.mean_r1)} at step {step:,} and is "
        f"{percent(now)} now, and its loss there rose from {lowest:.3f} to {loss:.3f}, while the "
        f"training loss fell from {before:.3f} to {after:.3f}.",
        {
            "best_recall_1": peak.mean_r1,
            "recall_1": now,
            "best_step": step,
            "validation_loss": loss,
            "lowest_validation_loss": lowest,
            "loss": after,
        },
        "Stop earlier (validation.patience, steps, minutes), add works, set augment: true in the "
        "source, raise weight_decay, or freeze the trunk of a pretrained tower (freeze: trunk).",
        name,
    )


def _and(names: Sequence[str]) -> str:
    return " and ".join(names)
