"""Ailments of what a run is fed: leaks, copies among the negatives, waiting for data."""

from __future__ import annotations

from collections.abc import Iterator

from unisono.eval.ailments.ailment import (
    FEWEST,
    Ailment,
    middle,
    percent,
    sets_of,
    signs_of,
    steps_of,
)
from unisono.eval.ailments.geometry import came_with_training
from unisono.towers.training.run_log import RunLog

_MANY_COPIES = 0.05
_MUCH_WAITING = 0.15
_NAMED = 5


def leak(log: RunLog) -> Iterator[Ailment]:
    """Works of validation are trained on, so that its numbers promise too much."""
    starts = [start for start in log.starts if start.shared_count > 0]
    if not starts:
        return
    worst = max(starts, key=lambda start: start.shared_count)
    named = ", ".join(worst.shared_works[:_NAMED])
    more = ", …" if worst.shared_count > len(worst.shared_works[:_NAMED]) else ""
    whole = f" of {worst.validation_works:,}" if worst.validation_works else ""
    verb = "is" if worst.shared_count == 1 else "are"
    yield Ailment(
        "leak",
        "severe",
        f"{worst.shared_count:,}{whole} works of validation {verb} trained on"
        + (f" ({named}{more})" if named else "")
        + ": its numbers promise too much.",
        {"shared_works": worst.shared_count, "validation_works": worst.validation_works},
        "Split by work: name the column of the work (work), and give training and validation "
        "sources of different split, where or first and last.",
    )


def false_negatives(log: RunLog) -> Iterator[Ailment]:
    """Copies in one batch are pushed apart from what they belong to."""
    for name in sets_of(log):
        shares = [one.duplicates for one in signs_of(steps_of(log, name), name)]
        if len(shares) < FEWEST or came_with_training(shares):
            continue
        mean = sum(shares) / len(shares)
        if not mean > _MANY_COPIES:
            continue
        yield Ailment(
            "false negatives",
            "severe" if mean > 0.5 else "moderate",
            f"{percent(mean)} of the pairs of {name} have a copy in their batch that counts as a "
            "negative: the loss pushes apart what is the same.",
            {"duplicates": mean, "largest": max(shares)},
            "Name the column of the work (work), so that copies are kept apart (same_work: apart) "
            "or count as positives (same_work: positives); take copies out of the table, or make "
            "batch smaller where there are few different items.",
            name,
        )


def starvation(log: RunLog) -> Iterator[Ailment]:
    """Training waits for its data."""
    # The first record has the start of the readers in it.
    steps = log.steps[1:]
    if len(steps) < FEWEST - 1:
        return
    waited = middle(record.waited_share for record in steps)
    if not waited > _MUCH_WAITING:
        return
    speed = middle(record.pairs_per_s for record in steps)
    yield Ailment(
        "starvation",
        "moderate" if waited > 0.4 else "mild",
        f"Training waits for data {percent(waited)} of the time, at {speed:,.0f} pairs a second.",
        {"waited_share": waited, "pairs_per_s": speed},
        "Raise workers, as far as there are cores; draw shorter excerpts (seconds) or keep the "
        "files as WAV or FLAC at 16 kHz; make augmentation lighter (augment).",
    )
