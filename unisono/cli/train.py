"""Train or extend a space from pairs, as a YAML file says.

examples:
  unisono train configs/default.yaml --set data=~/Music/sources
  unisono train configs/clap.yaml --set data=pairs/ --out runs/clap
  unisono train my.yaml --set optimiser.steps=200 --set pairs.words.batch=128
  torchrun --nproc-per-node 2 -m unisono train my.yaml

The same command goes on where a run was stopped. --dry-run opens everything, trains nothing and
says what would be trained. Afterwards: unisono doctor RUN_DIR; unisono search --bundle
RUN_DIR/bundle.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from unisono.cli.arguments import add_json
from unisono.data.cores import cores

if TYPE_CHECKING:
    from unisono.cli.entry import Load
    from unisono.towers.training.config import TrainingRun

AFTER_STOP = "; a checkpoint is written, and the same command goes on from it"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("config", type=Path, metavar="CONFIG", help="YAML file; see configs/")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder of the run (runs/NAME)")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="replace a setting, as in optimiser.steps=200, or give a variable of the file",
    )
    parser.add_argument("--fresh", action="store_true", help="remove an earlier run in DIR")
    parser.add_argument("--dry-run", action="store_true", help="check everything, train nothing")
    add_json(parser)


def run(arguments: argparse.Namespace, load: Load) -> int:
    """Train, and say where the bundle is."""
    from unisono.towers.training.reading import read_config

    config = read_config(arguments.config, arguments.set)
    folder = (arguments.out or Path(config.out or f"runs/{config.name}")).expanduser()
    if arguments.dry_run:
        return _describe(config, arguments.json)
    return _train(config, folder, arguments)


def _train(config: TrainingRun, folder: Path, arguments: argparse.Namespace) -> int:
    from unisono.cli.train_progress import ProgressWatcher
    from unisono.eval.pair_validation import make_validate
    from unisono.towers.training import gathering
    from unisono.towers.training.run import choose_device, train
    from unisono.towers.training.watching import (
        LogWatcher,
        TensorBoardWatcher,
        Watcher,
        Watchers,
    )

    device = gathering.start_processes_group(str(choose_device(config)))
    first = gathering.world().rank == 0
    watchers: list[Watcher] = []
    if first:
        watchers = [LogWatcher(folder), ProgressWatcher()]
        if config.tensorboard:
            watchers.append(TensorBoardWatcher(folder))
    try:
        with _threads_beside(config.workers):
            bundle = train(
                config,
                folder,
                device=device,
                watcher=Watchers(watchers),
                make_validate=make_validate,
                fresh=arguments.fresh,
            )
    except RuntimeError as error:
        if gathering.world().size > 1 and "by peer" in str(error):
            raise gathering.ProcessesError(
                "another process of this run has ended; what it said tells why, and the same "
                "command goes on from the checkpoint"
            ) from error
        raise
    finally:
        gathering.stop_processes_group()
    if first:
        _report(folder, bundle, arguments.json)
    return 0


@contextmanager
def _threads_beside(workers: int) -> Iterator[None]:
    """Leave a core to each loader: threads without one of their own wait at every layer for it.

    Whoever sets OMP_NUM_THREADS, as torchrun does, is left alone.
    """
    import torch

    before = torch.get_num_threads()
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(max(1, cores() - workers))
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _report(folder: Path, bundle: Path, as_json: bool) -> None:
    from unisono.towers.training.run_log import read

    log = read(folder)
    last = log.validations[-1] if log.validations else None
    if as_json:
        facts = {
            "bundle": str(bundle),
            "steps": log.steps[-1].step if log.steps else 0,
            "seconds": log.steps[-1].seconds if log.steps else 0.0,
            "ended": log.ends[-1].why if log.ends else "finished",
            "validation": last.to_json() if last else None,
        }
        print(json.dumps(facts, ensure_ascii=False))
        return
    for name, one in last.sets.items() if last else ():
        print(
            f"{name}: R@1 {100 * one.forward_r1:.1f} % there, {100 * one.backward_r1:.1f} % back, "
            f"of {one.candidates} (chance {100 * one.chance:.1f} %)"
        )
    print(f"bundle: {bundle}")
    print(f"next: unisono doctor {folder}; unisono info --bundle {bundle}")


def _describe(config: TrainingRun, as_json: bool) -> int:
    from unisono.data.pairs.opening import open_source
    from unisono.towers.training.building import build
    from unisono.towers.training.optimising import make_optimiser
    from unisono.towers.training.plan import make_plan
    from unisono.towers.training.run import freeze_for_stage

    sources = {name: open_source(source) for name, source in config.sources.items()}
    built = build(config, sources)
    facts = {
        "sources": {
            name: {"items": len(source.works), "works": len(set(source.works))}
            for name, source in sources.items()
        },
        "towers": {
            name: {
                "parameters": sum(p.numel() for p in tower.parameters()),
                "freeze": built.nets.frozen(name),
            }
            for name, tower in built.nets.towers.items()
        },
        "stages": [stage.name for stage in config.stages],
        "pairs": [one.name for one in config.pairs],
    }
    for stage in config.stages:  # whatever would be wrong with one is told now
        freeze_for_stage(config, stage, built.nets, sources)
        make_plan(config, stage, sources)
        make_optimiser(built.nets, built.losses, stage.optimiser, config.towers)
    if as_json:
        print(json.dumps(facts, ensure_ascii=False))
        return 0
    for name, source in facts["sources"].items():  # type: ignore[attr-defined]
        print(f"source {name}: {source['items']} items, {source['works']} works")
    for name, tower in facts["towers"].items():  # type: ignore[attr-defined]
        kept = "" if tower["freeze"] == "none" else f", frozen: {tower['freeze']}"
        print(f"tower {name}: {tower['parameters']:,} weights{kept}")
    for one in config.pairs:
        print(
            f"pairs {one.name}: {one.left} and {one.right} of {one.source}, {one.loss.kind} "
            f"on {one.view}, {one.batch} a step"
        )
    print("nothing trained (--dry-run)")
    return 0
