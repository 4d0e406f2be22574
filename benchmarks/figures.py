"""What a part found: figures, their targets, and the table and JSON of them."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.timing import rounded, use_two_cores
from unisono.cli.table import table

HEADER = ("what", "measured", "target", "verdict", "how")


@dataclass(frozen=True)
class Figure:
    """One measured number; ``at_most`` or ``at_least`` is its target where it has one."""

    what: str
    value: float
    unit: str
    how: str = ""
    at_most: float | None = None
    at_least: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None without one."""
        if self.at_most is not None:
            return self.value <= self.at_most
        if self.at_least is not None:
            return self.value >= self.at_least
        return None

    @property
    def target(self) -> str:
        """The target in words."""
        if self.at_most is not None:
            return f"at most {rounded(self.at_most)}"
        return "" if self.at_least is None else f"at least {rounded(self.at_least)}"

    @property
    def verdict(self) -> str:
        """``met``, ``missed`` or nothing."""
        return {True: "met", False: "missed", None: ""}[self.met]


def figures_table(figures: Iterable[Figure]) -> str:
    """The figures as a plain table."""
    rows = [(f.what, f"{rounded(f.value)} {f.unit}", f.target, f.verdict, f.how) for f in figures]
    return table(HEADER, rows, right=(1, 2))


def write_figures(figures: Iterable[Figure], path: Path) -> None:
    """As a JSON list of objects with the fields of ``Figure`` and ``met``."""
    path.write_text(json.dumps([figure_json(figure) for figure in figures], indent=2) + "\n")


def read_figures(path: Path) -> list[Figure]:
    """Read what ``write_figures`` wrote."""
    rows = json.loads(path.read_text())
    return [Figure(**{key: row[key] for key in row if key != "met"}) for row in rows]


def figure_json(figure: Figure) -> dict[str, object]:
    """One figure as plain values."""
    return {**asdict(figure), "met": figure.met}


def run_part(
    description: str | None,
    part: Callable[[Namespace], Sequence[Figure]],
    configure: Callable[[ArgumentParser], object] | None = None,
) -> None:
    """Run one part by itself: ``--bundle`` and ``--json``, two cores, a table at the end."""
    parser = ArgumentParser(description=(description or "").partition("\n")[0])
    parser.add_argument("--bundle", type=Path, help="another bundle than the default one")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write JSON, no table")
    if configure is not None:
        configure(parser)
    arguments = parser.parse_args()
    use_two_cores()
    figures = part(arguments)
    if arguments.json:
        write_figures(figures, arguments.json)
    else:
        print(figures_table(figures))
