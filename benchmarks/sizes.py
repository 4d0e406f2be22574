"""Sizes of the bundle and of the wheel.

    python -m benchmarks.sizes [--bundle FOLDER]

The wheel is built from a copy, so the checkout stays clean.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from argparse import Namespace
from pathlib import Path

from benchmarks.bundle import bundle_folder
from benchmarks.figures import Figure, run_part
from benchmarks.timing import progress

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("pyproject.toml", "README.md", "LICENSE", "unisono", "towers", "alignment", "data", "eval")
MIB = 1 << 20


def part(arguments: Namespace) -> list[Figure]:
    with bundle_folder(arguments.bundle) as bundle:
        files = [path for path in bundle.rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files) / MIB
    progress("building the wheel")
    return [
        Figure("bundle", size, "MiB", "without the text weights", at_most=25.0),
        Figure(
            "wheel", wheel_bytes() / MIB, "MiB", "the default bundle included where it is there"
        ),
    ]


def wheel_bytes() -> int:
    """Build the wheel and give its size."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "source", Path(folder) / "wheel"
        source.mkdir()
        for name in PARTS:
            if (ROOT / name).is_file():
                shutil.copy(ROOT / name, source / name)
            else:
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(ROOT / name, source / name, symlinks=True, ignore=ignored)
        options = ["--quiet", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
        command = [sys.executable, "-m", "pip", "wheel", *options, "-w", str(target), str(source)]
        subprocess.run(command, check=True, stdout=sys.stderr)
        [wheel] = target.glob("*.whl")
        return wheel.stat().st_size


if __name__ == "__main__":
    run_part(__doc__, part)
