"""Tables for people, made from a bundle's card.

``python -m unisono.eval.tables README.md docs/model_card.md`` writes them between the markers
``<!-- NAME:begin -->`` and ``<!-- NAME:end -->`` of the files; names are numbers, summary, towers
and data.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from unisono.towers.space import load


def main() -> None:
    """Fill the markers of the files that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--bundle", type=Path)
    arguments = parser.parse_args()
    facts = load(arguments.bundle).card.to_json()
    tables = {
        "numbers": numbers_table(facts["validation"]),
        "summary": numbers_table([row for row in facts["validation"] if _in_summary(row)]),
        "towers": towers_table(facts["towers"]),
        "data": data_table(facts["towers"]),
    }
    for file in arguments.files:
        text = file.read_text("utf-8")
        for name, table in tables.items():
            text = filled(text, name, table)
        file.write_text(text, "utf-8")


def filled(text: str, name: str, table: str) -> str:
    """The text with a table between the markers of a name; unchanged without such markers."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    if begin not in text or end not in text:
        return text
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n{table}\n{end}{after}"


def numbers_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """One line a direction; recall at 1 in percent with its 95% interval, beside chance."""
    cells = []
    for row in rows:
        trained = "" if row["trained"] else " (never trained)"
        cells.append(
            [
                row["task"],
                f"{row['asks']} to {row['answers']}{trained}",
                f"{row['queries']:,} of {row['candidates']:,}",
                f"{100 * row['recall_1']:.1f}",
                f"{100 * row['recall_1_low']:.0f}-{100 * row['recall_1_high']:.0f}",
                f"{row['mean_reciprocal_rank']:.3f}",
                f"{100 * row['chance']:.1f}",
            ]
        )
    header = ["task", "direction", "queries", "R@1 %", "95%", "MRR", "chance %"]
    return markdown(header, cells, right=(3, 4, 5, 6))


def _in_summary(row: Mapping[str, Any]) -> bool:
    shown = ("passages, msmd valid, 2,000", "whole pieces", "genre")
    return str(row["task"]).startswith(shown)


def towers_table(towers: Mapping[str, Mapping[str, Any]]) -> str:
    """Net and size of each tower."""
    cells = [[n, facts["net"], f"{facts['trained_parameters']:,}"] for n, facts in towers.items()]
    return markdown(["tower", "net", "parameters"], cells, right=(2,))


def data_table(towers: Mapping[str, Mapping[str, Any]]) -> str:
    """Data and licences behind each tower."""
    cells = [[name, facts["data_and_licences"]] for name, facts in towers.items()]
    return markdown(["tower", "trained on"], cells)


def markdown(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()
) -> str:
    """A Markdown table; columns in ``right`` are right-aligned."""
    rule = ["---:" if column in right else "---" for column in range(len(header))]
    return "\n".join("| " + " | ".join(row) + " |" for row in (header, rule, *rows))


if __name__ == "__main__":
    main()
