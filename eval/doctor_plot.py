"""A training run as a picture: what the doctor looks at, over the steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from unisono.eval.chart import Line, Panel, Sheet, draw
from unisono.eval.doctor import facts_of
from unisono.eval.drawing import save
from unisono.towers.training.run_log import RunLog, StepRecord, ValidationRecord

_MUCH_WAITING = 0.15
Values = Mapping[str, float | None]


def draw_run(log: RunLog, path: Path, name: str = "") -> None:
    """Write the picture of a run as ``.svg`` or ``.png``; ValueError for another suffix.

    Panels: loss and R@1 of each pair set beside what a collapsed space and chance give, norms of
    the towers' gradients, time spent waiting, gap in spreads, and temperature.
    """
    save(draw(run_sheet(log, name)), path)


def run_sheet(log: RunLog, name: str = "") -> Sheet:
    """The panels of a run and what is written over them."""
    offsets, divisions = _stage_offsets(log)

    def lines(
        records: Sequence[StepRecord] | Sequence[ValidationRecord],
        values: Callable[..., Values],
        *,
        reference: bool = False,
        smooth: bool = False,
    ) -> tuple[Line, ...]:
        return _lines(records, values, offsets, reference=reference, smooth=smooth)

    looks, steps = log.validations, log.steps
    panels = (
        Panel(
            "Training loss",
            lines(steps, lambda one: one.losses, smooth=True)
            + lines(steps, lambda one: one.collapsed, reference=True),
            "dashed: all vectors are one",
            low=0.0,
        ),
        Panel(
            "R@1 in validation, mean of both ways",
            lines(looks, lambda one: {n: s.mean_r1 for n, s in one.sets.items()})
            + lines(looks, lambda one: {n: s.chance for n, s in one.sets.items()}, reference=True),
            "dashed: chance",
            low=0.0,
            high=0.05,
            percent=True,
        ),
        Panel(
            "Norm of the gradient, by tower",
            lines(steps, lambda one: one.gradients, smooth=True),
            "0 is on the axis",
            logarithmic=True,
        ),
        Panel(
            "Time spent waiting for data",
            lines(steps, lambda one: {"": one.waited_share}, smooth=True)
            + lines(steps, lambda _: {"": _MUCH_WAITING}, reference=True),
            "dashed: much",
            low=0.0,
            high=0.2,
            percent=True,
        ),
        Panel(
            "Gap between the sides, in spreads",
            lines(steps, _gaps, smooth=True),
            low=0.0,
        ),
        Panel(
            "Temperature",
            lines(
                steps,
                lambda one: {
                    n: 1 / x if x > 0 else None for n, x in one.inverse_temperatures.items()
                },
            ),
            low=0.0,
        ),
    )
    return Sheet(name or "Training run", _described(log), panels, "steps", divisions)


def _lines(
    records: Sequence[StepRecord] | Sequence[ValidationRecord],
    values: Callable[..., Values],
    offsets: Mapping[str, int],
    *,
    reference: bool,
    smooth: bool,
) -> tuple[Line, ...]:
    """A line for each name in the values; it is broken where another stage begins."""
    points: dict[str, list[tuple[float, float]]] = {}
    stages: dict[str, str] = {}
    for record in records:
        x = float(offsets[record.stage] + record.step)
        for name, value in values(record).items():
            own = points.setdefault(name, [])
            if stages.get(name, record.stage) != record.stage:
                own.append((x, math.nan))
            stages[name] = record.stage
            own.append((x, math.nan if value is None else value))
    return tuple(Line(name, tuple(own), reference, smooth) for name, own in points.items())


def _stage_offsets(log: RunLog) -> tuple[dict[str, int], tuple[tuple[float, str], ...]]:
    """What to add to the steps of each stage, and where each begins."""
    offsets: dict[str, int] = {}
    divisions = []
    reached = 0
    for stage in log.stages:
        part = log.stage(stage)
        numbers = [one.step for one in part.steps] + [one.step for one in part.validations]
        offsets[stage] = reached
        divisions.append((float(reached), stage))
        reached += max(numbers, default=0)
    return offsets, tuple(divisions) if len(divisions) > 1 else ()


def _gaps(record: StepRecord) -> Values:
    found: dict[str, float | None] = {}
    for name, signs in record.signs.items():
        spread = (signs.spread_left + signs.spread_right) / 2
        found[name] = signs.gap / spread if spread > 1e-3 else None
    return found


def _described(log: RunLog) -> str:
    facts = facts_of(log)
    parts = [f"{facts.steps:,} steps", f"{facts.minutes:.1f} minutes"]
    if math.isfinite(facts.pairs_per_s):
        parts.append(f"{facts.pairs_per_s:,.0f} pairs a second")
    parts.append(facts.ended or "not ended")
    return ", ".join(parts)
