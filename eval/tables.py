"""Tables for people, made from a bundle's card and from what ``unisono eval --json`` wrote.

``python -m unisono.eval.tables README.md docs/model_card.md --results valid.json scans.json``
writes them between the markers ``<!-- NAME:begin -->`` and ``<!-- NAME:end -->`` of the files.
Names are numbers, summary, towers and data; of results, the name of each run (``run_name``: the
task, the list of pairs and what was set otherwise) and, for all runs together, results.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from unisono.eval.harness.running import TaskRun, read_report
from unisono.eval.harness.showing import changed_settings, results_table, table
from unisono.eval.markdown_table import markdown
from unisono.towers.space import load


def main() -> None:
    """Fill the markers of the files that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--bundle", type=Path)
    parser.add_argument("--results", type=Path, nargs="+", default=[], metavar="JSON")
    arguments = parser.parse_args()
    reports = [read_report(path) for path in arguments.results]
    facts = load(arguments.bundle).card.to_json()
    tables = {
        "numbers": numbers_table(facts["validation"]),
        "summary": numbers_table([row for row in facts["validation"] if _in_summary(row)]),
        "towers": towers_table(facts["towers"]),
        "data": data_table(facts["towers"]),
        **result_tables([run for report in reports for run in report.runs]),
    }
    for file in arguments.files:
        text = file.read_text("utf-8")
        for name, shown in tables.items():
            text = filled(text, name, shown)
        file.write_text(text, "utf-8")


def filled(text: str, name: str, table: str) -> str:
    """The text with a table between the markers of a name; unchanged without such markers."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    if begin not in text or end not in text:
        return text
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n{table}\n{end}{after}"


def result_tables(runs: Sequence[TaskRun]) -> dict[str, str]:
    """A table for each run by its name, and one line a direction of all of them."""
    if not runs:
        return {}
    return {"results": results_table(runs), **{run_name(r): table(r.outcome.rows) for r in runs}}


def run_name(run: TaskRun) -> str:
    """``sheet-retrieval pairs_valid pages=scan``: the task, its list, and what was set."""
    changed = changed_settings(run)
    pairs = changed.pop("pairs", None)
    words = [run.facts.name, *([Path(pairs).stem] if pairs else [])]
    return " ".join([*words, *(f"{name}={value}" for name, value in changed.items())])


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
    shown = ("whole pieces", "genre")  # passages have the harness' tables
    return str(row["task"]).startswith(shown)


def towers_table(towers: Mapping[str, Mapping[str, Any]]) -> str:
    """Net and size of each tower."""
    cells = [[n, facts["net"], f"{facts['trained_parameters']:,}"] for n, facts in towers.items()]
    return markdown(["tower", "net", "parameters"], cells, right=(2,))


def data_table(towers: Mapping[str, Mapping[str, Any]]) -> str:
    """Data and licences behind each tower."""
    cells = [[name, facts["data_and_licences"]] for name, facts in towers.items()]
    return markdown(["tower", "trained on"], cells)


if __name__ == "__main__":
    main()
