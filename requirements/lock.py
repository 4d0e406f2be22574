"""Write the lock files from what is installed in the running environment.

``python requirements/lock.py`` (or ``make lock``) walks the installed packages' own metadata
from unisono's dependencies on, so a package that happens to be installed but that nothing
needs does not enter a lock. Versions lose their local part: 2.13.0+cpu is locked as 2.13.0, and
pip takes whichever build of it is at hand.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

HERE = Path(__file__).parent
APART = ("pip", "setuptools", "torch", "unisono")
"""Not in core.txt: the Makefile installs torch first and alone, and leaves one that is there."""

VISION = ("open-clip-torch", "timm", "torchvision")
"""Installed with --no-deps: they ask for a torchvision build that may not exist for this torch."""

HEADER = """\
# Exact versions of {what}.
# Made by `make lock` from a working .venv with Python {python}; do not edit by hand.
"""


def main() -> None:
    """Write core.txt, dev.txt and vision.txt beside this file."""
    core = closure("unisono", extras=frozenset())
    everything = closure("unisono", extras=frozenset({"data", "dev", "scale", "scores", "vision"}))
    for unlocked in (core, everything):
        for name in APART:
            unlocked.pop(name, None)
    vision = {name: everything[name] for name in VISION}
    dev = {n: v for n, v in everything.items() if n not in core and n not in vision}
    dev["setuptools"] = distribution("setuptools").version
    write("core.txt", "what unisono needs to run", core)
    write("dev.txt", "what the tests, the checks and the data work need besides", dev)
    write("vision.txt", "the vision extra, installed with --no-deps", vision)


def closure(name: str, extras: frozenset[str]) -> dict[str, str]:
    """Return {normalised name: version} of a package and of all that it needs here."""
    found: dict[str, str] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    queue = [(normalised(name), extras)]
    while queue:
        current, wanted = queue.pop()
        if (current, wanted) in seen:
            continue
        seen.add((current, wanted))
        try:
            package = distribution(current)
        except PackageNotFoundError:
            sys.exit(f"{current} is needed but not installed: run `make install-dev` first")
        found[current] = package.version.split("+")[0]
        for line in package.requires or ():
            requirement = Requirement(line)
            if applies(requirement, wanted):
                queue.append((normalised(requirement.name), frozenset(requirement.extras)))
    return found


def applies(requirement: Requirement, extras: frozenset[str]) -> bool:
    """Tell whether a requirement holds on this machine for any of the wanted extras."""
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in extras | {""})


def normalised(name: str) -> str:
    """Return the name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def write(file: str, what: str, versions: dict[str, str]) -> None:
    """Write one lock file, sorted by name."""
    python = ".".join(map(str, sys.version_info[:2]))
    lines = "".join(f"{name}=={version}\n" for name, version in sorted(versions.items()))
    (HERE / file).write_text(HEADER.format(what=what, python=python) + lines)


if __name__ == "__main__":
    main()
