"""Exit with 0 when a package is installed in the range that pyproject.toml gives for it."""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def main(name: str) -> bool:
    """Compare the installed release with the dependency's bounds, with nothing but the library."""
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
    wanted = next(line for line in project["dependencies"] if re.match(rf"{name}\b", line))
    try:
        installed = release(version(name))
    except PackageNotFoundError:
        return False
    checks = {">=": lambda bound: installed >= bound, "<": lambda bound: installed < bound}
    bounds = re.findall(r"(>=|<)([\d.]+)", wanted)
    return all(checks[sign](release(bound)) for sign, bound in bounds)


def release(text: str) -> tuple[int, ...]:
    """Return the numbers of a version: 2.13.0+cpu gives (2, 13, 0)."""
    return tuple(map(int, re.findall(r"\d+", text.split("+")[0])))


if __name__ == "__main__":
    sys.exit(not main(sys.argv[1]))
