"""The folder of a run: made for one configuration, and never shared by two."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from unisono.towers.training.config import TrainingRun
from unisono.towers.training.gathering import gather_objects, world
from unisono.towers.training.reading import ConfigError

RUN_FILE = "run.json"

_FREE_TO_CHANGE = ("out", "workers", "device", "log_every", "checkpoint_minutes", "tensorboard")
"""Settings that change nothing of what is learnt."""


def check_folder(run: TrainingRun, folder: Path, fresh: bool) -> None:
    """Raise ConfigError, in all processes, for a folder that a run may not go into."""
    fault = ""
    if world().rank == 0:
        fault = _fault_of(run, folder, fresh)
    fault = gather_objects(fault)[0]
    if fault:
        raise ConfigError(fault)


def claim_folder(run: TrainingRun, folder: Path, fresh: bool) -> None:
    """Make the folder and write the settings into it; with ``fresh``, an earlier run goes."""
    if world().rank:
        return
    known = folder / RUN_FILE
    if fresh and known.exists():
        shutil.rmtree(folder)
    if not known.exists():
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(_facts(run), indent=1, ensure_ascii=False)
        known.write_text(text + "\n", "utf-8")


def _fault_of(run: TrainingRun, folder: Path, fresh: bool) -> str:
    known = folder / RUN_FILE
    if known.exists():
        if fresh:
            return ""
        try:
            before = json.loads(known.read_text("utf-8"))
        except ValueError:
            return f"{known}: is damaged; give another --out, or --fresh to begin anew"
        differing = _differing(before, _facts(run))
        if not differing:
            return ""
        return (
            f"{folder}: holds a run with other settings ({', '.join(differing[:3])}); give "
            "another --out, or --fresh to begin anew"
        )
    if folder.is_dir() and any(folder.iterdir()):
        return f"{folder}: is not empty and holds no run; give another --out"
    return ""


def _facts(run: TrainingRun) -> dict[str, Any]:
    facts = {name: value for name, value in asdict(run).items() if name not in _FREE_TO_CHANGE}
    plain: dict[str, Any] = json.loads(json.dumps(facts))
    return plain


def _differing(before: Any, now: Any, place: str = "") -> list[str]:
    """Dotted names of the settings that differ."""
    if isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        before, now = dict(enumerate(before)), dict(enumerate(now))
    if not (isinstance(before, Mapping) and isinstance(now, Mapping)):
        return [] if before == now else [place]
    dot = f"{place}." if place else ""
    return [
        name
        for key in dict.fromkeys([*now, *before])
        for name in _differing(before.get(key), now.get(key), f"{dot}{key}")
    ]
