"""The bundle that is measured: a given one, the default one, or random weights in its shape."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import unisono
from benchmarks.timing import progress


@contextmanager
def bundle_folder(named: Path | None) -> Iterator[Path]:
    """Give the folder of the bundle; random weights are made in a process of their own.

    Speed and memory do not depend on the weights, only on the shapes of the nets.
    """
    default = Path(unisono.__file__).parent / "bundle"
    if named is not None:
        yield named
    elif (default / "space.json").is_file():
        yield default
    else:
        progress("there is no default bundle: random weights stand in for it")
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, "-m", "benchmarks.bundle", folder], check=True)
            yield Path(folder)


if __name__ == "__main__":
    from unisono.towers.bundle import SpaceConfig
    from unisono.towers.space import build

    build(SpaceConfig(), Path(sys.argv[1]))
