"""Describe the bundle: its towers, sizes, licences, validation numbers and fingerprint.

examples:
  unisono info
  unisono info --bundle my_space/ --json

--json prints everything that the bundle's card says, and the fingerprint.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from unisono.cli.arguments import add_bundle, add_json
from unisono.cli.table import table

if TYPE_CHECKING:
    from unisono.cli.entry import Load


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_bundle(parser)
    add_json(parser)


def run(arguments: argparse.Namespace, load: Load) -> int:
    """Print the card."""
    space = load(arguments.bundle)
    facts = {
        "name": space.name,
        "fingerprint": space.fingerprint,
        "dimension": space.dimension,
        "modalities": [str(modality) for modality in space.modalities],
        **space.card.to_json(),
    }
    if arguments.json:
        print(json.dumps(facts, ensure_ascii=False, indent=2))
        return 0
    validation = facts.pop("validation", [])
    print(described(facts))
    if validation:
        print(f"\n{validated(validation)}")
    return 0


def validated(rows: Sequence[Mapping[str, Any]]) -> str:
    """Validation numbers, a block a task: recall at 1 with its 95% interval, beside chance."""
    parts = ["validation: which share of queries finds the right answer first (R@1)"]
    for task, group in groupby(rows, key=lambda row: row["task"]):
        block = list(group)
        cells = [
            [
                f"{row['asks']} to {row['answers']}",
                f"{100 * row['recall_1']:.1f} %",
                f"{100 * row['recall_1_low']:.0f}-{100 * row['recall_1_high']:.0f}",
                f"{row['mean_reciprocal_rank']:.3f}",
                f"{100 * row['chance']:.1f} %",
                "" if row["trained"] else "never trained",
            ]
            for row in block
        ]
        header = ["direction", "R@1", "95%", "MRR", "chance", ""]
        sizes = {f"{row['queries']:,} of {row['candidates']:,}" for row in block}
        parts.append(f"{task} ({' and '.join(sorted(sizes))})")
        parts.append(_indented(table(header, cells, right=(1, 2, 3, 4))))
    return "\n\n".join(parts)


def described(facts: Mapping[str, Any], level: int = 0) -> str:
    """Facts as text: single values first, then each group under its name, tables as tables."""
    single = [(k, _cell(v)) for k, v in facts.items() if not _is_group(v)]
    margin = max((len(_words(key)) for key, _ in single), default=0)
    parts = ["\n".join(f"{_words(key):<{margin}}  {value}" for key, value in single)]
    for key, value in facts.items():
        if _is_group(value):
            parts.append(f"{_words(key)}\n{_group(value, level)}")
    return "\n\n".join(part for part in parts if part)


def _group(value: Any, level: int) -> str:
    if isinstance(value, Mapping):
        rows = list(value.values())
        if rows and all(isinstance(row, Mapping) for row in rows):
            # Records by name: the name is the first column.
            return _records([{"": name, **row} for name, row in value.items()])
        return _indented(described(value, level + 1))
    return _records(value)


def _records(rows: Sequence[Mapping[str, Any]]) -> str:
    header = list(dict.fromkeys(key for row in rows for key in row))
    cells = [[_cell(row.get(key)) for key in header] for row in rows]
    numbers = [
        i
        for i, key in enumerate(header)
        if all(isinstance(row.get(key), int | float | None) for row in rows)
    ]
    widest_first = sorted(range(len(header)), key=lambda i: -max(len(row[i]) for row in cells))
    laid_out = table([_words(key) for key in header], cells, right=numbers, shrink=widest_first)
    return _indented(laid_out)


def _is_group(value: Any) -> bool:
    if isinstance(value, Mapping):
        return bool(value)
    return isinstance(value, list | tuple) and any(isinstance(one, Mapping) for one in value)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".") if abs(value) < 1000 else f"{value:,.0f}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Mapping):
        return ", ".join(f"{_words(k)} {_cell(v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_cell(one) for one in value)
    return str(value)


def _words(key: str) -> str:
    return key.replace("_", " ")


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
