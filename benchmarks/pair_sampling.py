"""How many audio-sheet pairs a second come out of the cache of a built dataset.

    python -m benchmarks.pair_sampling [--pairs 2000] [--built DIR]

Without --built, the scores of the example collection are built and played by made-up instruments.
An excerpt is 6.4 s of sound at 16 kHz and 256 columns of a strip, cut at an anchor. Counted is
the processor's time for a pair, twice over for two cores, since the machine may be shared; and the
wall clock of one process. With augmentation, sound and ink are changed as training changes them.
"""

from __future__ import annotations

import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure, run_part
from benchmarks.timing import CORES, progress, rounded

ROOT = Path(__file__).resolve().parents[1]
TARGET = 1000
_WARM_UP = 50


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("--pairs", type=int, default=2000, help="pairs that are cut")
    parser.add_argument("--built", type=Path, help="a dataset with a train split")


def part(arguments: Namespace) -> list[Figure]:
    from unisono.data.building.built import BuiltFolder

    if arguments.built:
        return measured(BuiltFolder(arguments.built), "builtin", arguments.pairs)
    with tempfile.TemporaryDirectory() as folder:
        progress("building the example collection")
        built = BuiltFolder(Path(folder) / "built")
        build_examples(built)
        return measured(built, str(write_banks(Path(folder) / "banks")), arguments.pairs)


def build_examples(built: object) -> None:
    """All scores of the example collection, as training material."""
    from unisono.data.building.build import BuildOptions, build
    from unisono.data.building.built import BuiltFolder
    from unisono.data.building.folder_source import FolderSource

    assert isinstance(built, BuiltFolder)
    options = BuildOptions(splits=("train",), workers=CORES)
    build(FolderSource("examples"), ROOT / "examples" / "collection", built, options)


def write_banks(folder: Path) -> Path:
    """The made-up instruments of the training benchmarks."""
    from benchmarks.training_material import made_banks
    from unisono.data.sound.sampled_notes import save_bank

    folder.mkdir()
    for bank in made_banks():
        save_bank(bank, folder)
    return folder


def measured(built: object, banks: str, count: int) -> list[Figure]:
    from unisono.data.building.built import BuiltFolder
    from unisono.data.pairs.built_pairs import open_pairs
    from unisono.data.pairs.config import CachedSource
    from unisono.data.pairs.opening import open_source

    assert isinstance(built, BuiltFolder)
    progress("making renditions")
    pairs = open_pairs(built.root, "audio", "sheet", banks=banks)
    rows = np.random.default_rng(0).integers(len(pairs), size=count).tolist()
    sources = {
        augment: open_source(CachedSource(str(built.root), banks, augment=augment))
        for augment in (False, True)
    }

    def draw(augment: bool) -> Callable[[int], object]:
        source, random = sources[augment], np.random.default_rng(1)
        works = len(source.works)
        return lambda number: source.draw(number % works, ("audio", "sheet"), random)

    progress("cutting pairs")
    return [
        *_figures("open_pairs, one by one", lambda n: pairs[rows[n % count]], count, TARGET),
        *_figures("source of training, plain", draw(False), count, TARGET),
        *_figures("source of training, augmented", draw(True), max(count // 8, 10), None),
    ]


def _figures(
    what: str, cut: Callable[[int], object], count: int, target: int | None
) -> list[Figure]:
    for number in range(_WARM_UP):
        cut(number)
    wall, processor = time.perf_counter(), time.process_time()
    for number in range(count):
        cut(number)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    how = f"{rounded(1e6 * processor / count)} microseconds of processor a pair"
    return [
        Figure(
            f"{what}, {CORES} cores", CORES * count / processor, "pairs/s", how, at_least=target
        ),
        Figure(f"{what}, wall clock of one process", count / wall, "pairs/s"),
    ]


if __name__ == "__main__":
    run_part(__doc__, part, configure)
