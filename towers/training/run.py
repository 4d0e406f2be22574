"""A whole training run: from a configuration to a bundle, resumable at any step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path

import torch

from unisono.data.modality import Modality
from unisono.data.pairs.opening import open_source
from unisono.data.pairs.source import PairSource
from unisono.towers.bundle import Card
from unisono.towers.text import TextHead
from unisono.towers.training.building import Built, build
from unisono.towers.training.config import PairSetConfig, StageConfig, TowerConfig, TrainingRun
from unisono.towers.training.features import (
    KeptFeatures,
    keep_features,
    load_features,
    save_features,
)
from unisono.towers.training.gathering import broadcast_parameters, world
from unisono.towers.training.nets import SpaceNets
from unisono.towers.training.plan import make_plan
from unisono.towers.training.reading import ConfigError
from unisono.towers.training.run_folder import check_folder, claim_folder
from unisono.towers.training.run_log import MOST_SHARED_NAMED, StartRecord
from unisono.towers.training.stage import Stage, Validate
from unisono.towers.training.watching import Watcher

BUNDLE_FOLDER = "bundle"
MakeValidate = Callable[[TrainingRun, Built, Mapping[str, PairSource], torch.device], Validate]


def train(
    run: TrainingRun,
    folder: Path,
    *,
    device: torch.device | None = None,
    watcher: Watcher | None = None,
    make_validate: MakeValidate | None = None,
    fresh: bool = False,
) -> Path:
    """Train in ``folder``, going on with what is there, and return the bundle's folder.

    device: where to train; what ``choose_device`` says if None.
    fresh: begin anew, removing an earlier run in the folder.
    make_validate: makes what looks at ``validation.pairs``; without it nothing is looked at.
    Raises ConfigError (also for a folder with a run of another configuration), SourceError,
    BundleError and BackboneError; on Ctrl-C a checkpoint is written and KeyboardInterrupt goes on.
    """
    watcher = watcher or Watcher()
    device = device or choose_device(run)
    _check_processes(run)
    check_folder(run, folder, fresh)
    sources = {name: open_source(config) for name, config in run.sources.items()}
    built = build(run, sources)
    for stage in run.stages:
        make_plan(run, stage, sources, world().size)
    claim_folder(run, folder, fresh)
    built.nets.to(device)
    built.losses.to(device)
    broadcast_parameters(built.nets)
    broadcast_parameters(built.losses)
    validate = None
    if run.validation.pairs and make_validate is not None and world().rank == 0:
        validate = make_validate(run, built, sources, device)
    for stage in run.stages:
        _train_stage(run, stage, built, sources, folder, device, watcher, validate)
    bundle = folder / BUNDLE_FOLDER
    if world().rank == 0:
        save_space(built, bundle, run)
    return bundle


def save_space(built: Built, folder: Path, run: TrainingRun) -> None:
    """Write the nets as a bundle."""
    from unisono.towers.encoders import write_nets

    nets = {Modality(name): net.cpu().eval() for name, net in built.nets.towers.items()}
    facts = {"name": run.name, "trained": [asdict(pairs) for pairs in run.pairs]}
    write_nets(folder, built.space, Card(facts), nets)


def choose_device(run: TrainingRun) -> torch.device:
    """The device that the configuration names, or CUDA where there is one, or the processor."""
    if run.device:
        try:
            return torch.device(run.device)
        except RuntimeError as error:
            raise ConfigError(f"device: there is no {run.device}") from error
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def _train_stage(
    run: TrainingRun,
    config: StageConfig,
    built: Built,
    sources: Mapping[str, PairSource],
    folder: Path,
    device: torch.device,
    watcher: Watcher,
    validate: Validate | None,
) -> None:
    nets = built.nets
    freeze_for_stage(run, config, nets, sources)
    pairs = [one for one in run.pairs if one.name in config.pairs]
    own = folder / config.name if len(run.stages) > 1 else folder
    kept = _kept_features(pairs, built, sources, own / "features", device, watcher)
    stage = Stage(
        run,
        config,
        nets,
        built.losses,
        sources,
        built.front_ends,
        own,
        device=device,
        watcher=watcher,
        validate=validate,
        kept=kept,
    )
    stage.train(_start_record(run, config, pairs, built, sources))


def freeze_for_stage(
    run: TrainingRun, config: StageConfig, nets: SpaceNets, sources: Mapping[str, PairSource]
) -> None:
    """Freeze what stays as it is in a stage; towers of which no pair speaks do in any case."""
    pairs = [one for one in run.pairs if one.name in config.pairs]
    joined = {_modality(one, role, sources) for one in pairs for role in (one.left, one.right)}
    for modality in nets.towers:
        usual = run.towers.get(modality, TowerConfig()).freeze
        how = config.freeze.get(modality, usual)
        nets.freeze(modality, how if modality in joined else "all")


def _modality(pairs: PairSetConfig, role: str, sources: Mapping[str, PairSource]) -> str:
    return str(sources[pairs.source].roles[role])


def _kept_features(
    pairs: list[PairSetConfig],
    built: Built,
    sources: Mapping[str, PairSource],
    folder: Path,
    device: torch.device,
    watcher: Watcher,
) -> dict[tuple[str, str], KeptFeatures]:
    """Features of frozen trunks for every fixed source, from disk where they are there already."""
    wanted: dict[str, list[str]] = {}
    for one in pairs:
        for role in (one.left, one.right):
            modality = _modality(one, role, sources)
            tower = built.nets.towers[modality]
            frozen = built.nets.frozen(modality) != "none" or isinstance(tower, TextHead)
            roles = wanted.setdefault(one.source, [])
            if sources[one.source].fixed and frozen and role not in roles:
                roles.append(role)
    kept: dict[tuple[str, str], KeptFeatures] = {}
    for name, roles in wanted.items():
        paths = {role: folder / f"{name}-{role}.npz" for role in roles}
        missing = [role for role in roles if not paths[role].exists()]
        kept |= {(name, r): load_features(paths[r]) for r in roles if r not in missing}
        if missing:
            progress = partial(watcher.kept, name)
            made = keep_features(
                built.nets, sources[name], missing, built.front_ends, device, progress
            )
            kept |= {(name, role): one for role, one in made.items()}
            if world().rank == 0:
                for role, features in made.items():
                    save_features(features, paths[role])
    return kept


def _start_record(
    run: TrainingRun,
    config: StageConfig,
    pairs: list[PairSetConfig],
    built: Built,
    sources: Mapping[str, PairSource],
) -> StartRecord:
    trained = {work for one in pairs for work in sources[one.source].works}
    looked_at = {work for name in run.validation.pairs.values() for work in sources[name].works}
    shared = sorted(trained & looked_at)
    frozen = {name for name in built.nets.towers if built.nets.frozen(name) == "all"}
    return StartRecord(
        stage=config.name,
        train_works=len(trained),
        validation_works=len(looked_at),
        shared_works=tuple(shared[:MOST_SHARED_NAMED]),
        shared_count=len(shared),
        trained=tuple(name for name in built.nets.towers if name not in frozen),
        frozen=tuple(sorted(frozen)),
        batch={one.name: one.batch for one in pairs},
        temperature_bounds={
            one.name: one.loss.temperature_bounds
            for one in pairs
            if one.loss.kind in ("info_nce", "sigmoid") and one.loss.learn_temperature
        },
    )


def _check_processes(run: TrainingRun) -> None:
    if world().size > 1 and run.validation.patience:
        raise ConfigError("validation.patience works in one process only; set it to 0")
