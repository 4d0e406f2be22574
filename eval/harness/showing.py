"""Results as tables: the cells, and Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from unisono.eval.harness.running import Report, TaskRun
from unisono.eval.harness.task import EvalSettings, ResultRow, Score
from unisono.eval.markdown_table import markdown

_SHARES = ("R@", "top-", "accuracy", "within ")


def cells(rows: Sequence[ResultRow]) -> tuple[list[str], list[list[str]]]:
    """Header and rows of strings; rows of one condition and direction stand together.

    Shares are percent. The first score has its 95% interval beside it.
    """
    names = list(dict.fromkeys(name for row in rows for name in row.scores))
    header = ["candidates", "direction", "", *_headings(names)]
    order = {(row.condition, row.asks, row.answers): i for i, row in reversed([*enumerate(rows)])}
    together = sorted(rows, key=lambda row: order[row.condition, row.asks, row.answers])
    lines, before = [], ("", "")
    for row in together:
        place = (row.condition, f"{row.asks} to {row.answers}")
        shown = place if place != before else ("", "")
        before = place
        who = f"{row.who} (published)" if row.kind == "published" else row.who
        numbers = [_number(name, row.scores.get(name)) for name in names]
        numbers.insert(1, _interval(names[0], row.scores.get(names[0])))
        lines.append([*shown, who, *numbers])
    return header, lines


def to_markdown(report: Report) -> str:
    """All runs, each with its protocol, table, counts, notes and sources."""
    parts = [
        f"# {report.space}",
        f"Space `{report.fingerprint}`, measured by\n\n    {report.command}",
        *(run_markdown(run) for run in report.runs),
    ]
    return "\n\n".join(parts) + "\n"


def run_markdown(run: TaskRun) -> str:
    """One run under a heading of its own."""
    rows = run.outcome.rows
    facts = run.facts
    parts = [
        f"## {facts.name}",
        f"{facts.summary[0].upper()}{facts.summary[1:]}: {facts.protocol}.",
        f"Main score: {facts.main_score}. {_sentence(settings_line(run))}",
        table(rows),
        _sentence(counts_line(run)),
        *(_sentence(note) for note in run.outcome.notes),
    ]
    sources = {row.who: row.source for row in rows if row.source}
    if sources:
        parts.append("\n".join(f"- {who}: {source}" for who, source in sources.items()))
    parts.append(f"Protocol of {facts.citation}.")
    return "\n\n".join(parts)


def table(rows: Sequence[ResultRow]) -> str:
    """The Markdown table alone."""
    header, lines = cells(rows)
    return markdown(header, lines, right=range(3, len(header)))


def results_table(runs: Sequence[TaskRun]) -> str:
    """The first score of all runs, a line for each condition and direction."""
    lines = []
    for run in runs:
        rows = run.outcome.rows
        for row in (row for row in rows if row.kind == "measured"):
            place = (row.condition, row.asks, row.answers)
            beside = [r for r in rows if (r.condition, r.asks, r.answers) == place]
            first = next(iter(row.scores))
            best = max(
                (r.scores[first].value for r in beside if r.kind == "published"), default=None
            )
            chance = next((r.scores[first] for r in beside if r.kind == "chance"), None)
            lines.append(
                [
                    run.facts.name,
                    ", ".join(f"{name} {value}" for name, value in changed_settings(run).items()),
                    row.condition,
                    f"{row.asks} to {row.answers}",
                    f"{first} {_number(first, row.scores[first])}",
                    _interval(first, row.scores[first]),
                    _number(first, Score(best)) if best is not None else "",
                    _number(first, chance),
                ]
            )
    header = ["task", "settings", "candidates", "direction", "score", "95%"]
    return markdown([*header, "best published", "chance"], lines, right=(4, 5, 6, 7))


def changed_settings(run: TaskRun) -> dict[str, str]:
    """What was set otherwise than the protocol says, among what the task heeds."""
    default = asdict(EvalSettings())
    return {
        name: value.name if isinstance(value, Path) else str(value)
        for name, value in asdict(run.settings).items()
        if name in (*run.facts.options, "limit", "seed") and value != default[name]
    }


def settings_line(run: TaskRun) -> str:
    """The same in words."""
    said = [f"{name} {value}" for name, value in changed_settings(run).items()]
    return f"settings: {', '.join(said) or 'the defaults'}"


def counts_line(run: TaskRun) -> str:
    """What there was to measure."""
    counts = [f"{name}: {value:,}" for name, value in run.outcome.counts.items()]
    return "; ".join([*counts, f"{run.seconds:g} s"])


def _headings(names: Sequence[str]) -> list[str]:
    headings = [f"{name} %" if name.startswith(_SHARES) else name for name in names]
    headings.insert(1, "95%")
    return headings


def _number(name: str, score: Score | None) -> str:
    if score is None:
        return ""
    if name.startswith(_SHARES):
        return f"{100 * score.value:.{1 if score.value >= 0.01 or not score.value else 2}f}"
    return f"{score.value:.3f}" if score.value < 1 else f"{score.value:,.4g}"


def _interval(name: str, score: Score | None) -> str:
    if score is None or score.low is None or score.high is None:
        return ""
    scale = 100 if name.startswith(_SHARES) else 1
    digits = 1 if scale == 100 else 3
    return f"{scale * score.low:.{digits}f} to {scale * score.high:.{digits}f}"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
