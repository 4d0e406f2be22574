"""Read a training configuration from YAML: typed, checked, with errors that say where and what."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import inf
from pathlib import Path
from typing import Any

from unisono.data.modality import Modality
from unisono.towers.bundle import NetsConfig
from unisono.towers.training.config import LossConfig, PairSetConfig, PredictionConfig, TrainingRun


class ConfigError(ValueError):
    """A configuration that cannot be used; the message names the file, the setting, the remedy."""


def read_config(path: Path, settings: Sequence[str] = ()) -> TrainingRun:
    """Read a YAML file; raises ConfigError.

    ``${name}`` in any string stands for the entry of that name under ``variables``.
    settings: ``key=value`` that replace entries, the key with dots (``optimiser.steps=200``); a
        key without a dot that is no entry of a configuration is a variable (``data=~/Music``).
    A configuration without ``stages`` is one stage of all its pairs with its ``optimiser``.
    """
    import yaml

    try:
        values = yaml.safe_load(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: does not exist") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error})") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: is not YAML ({' '.join(str(error).split())})") from error
    if not isinstance(values, dict):
        raise ConfigError(f"{path}: must hold settings (name, sources, pairs ...)")
    if not isinstance(values.get("variables") or {}, dict):
        raise ConfigError(f"{path}: variables must hold names and values (data: null)")
    for setting in settings:
        _apply(values, setting)
    variables = values.pop("variables", None) or {}
    return parse_config(_filled_in(values, variables, path), str(path))


def parse_config(values: Mapping[str, Any], where: str) -> TrainingRun:
    """Make a run of plain values and check that its parts fit; raises ConfigError."""
    from pydantic import TypeAdapter, ValidationError

    values = _with_stages(dict(values))
    if "optimiser" in values:
        raise ConfigError(f"{where}: optimiser is of each stage; set stages.NAME.optimiser")
    nets = values.get("nets")
    unknown = sorted({*nets} - {*NetsConfig.__dataclass_fields__}) if isinstance(nets, dict) else []
    if unknown:
        raise ConfigError(f"{where}: nets.{unknown[0]} is no setting")
    try:
        run = TypeAdapter(TrainingRun).validate_python(values)
    except ValidationError as error:
        raise ConfigError(f"{where}: {_in_words(error.errors())}") from None
    fault = find_fault(run)
    if fault:
        raise ConfigError(f"{where}: {fault}")
    return run


def find_fault(run: TrainingRun) -> str:
    """What does not fit together, in a sentence; empty when all does."""
    names = [pairs.name for pairs in run.pairs]
    if not names:
        return "pairs is empty; name at least one pair set"
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        return f"pairs has two sets of the name {twice[0]}"
    for pairs in run.pairs:
        fault = _fault_of_pairs(pairs, run)
        if fault:
            return f"pairs.{pairs.name}: {fault}"
    for prediction in run.predictions:
        fault = _fault_of_prediction(prediction, run)
        if fault:
            return f"predictions.{prediction.name}: {fault}"
    for stage in run.stages:
        unknown = [name for name in stage.pairs if name not in names]
        if unknown or not stage.pairs:
            wrong = unknown[0] if unknown else "nothing"
            return f"stages.{stage.name} trains {wrong}; pairs has {', '.join(names)}"
        predicted = [one.name for one in run.predictions]
        if strange := sorted({*stage.predictions} - {*predicted}):
            there = ", ".join(predicted) or "nothing"
            return f"stages.{stage.name} predicts {strange[0]}; predictions has {there}"
        if strange := sorted({*stage.freeze} - {*Modality}):
            return f"stages.{stage.name}.freeze names {strange[0]}; there are {', '.join(Modality)}"
        if (stage.optimiser.steps > 0) == (stage.optimiser.minutes > 0):
            return f"stages.{stage.name}: give either optimiser.steps or optimiser.minutes"
    for name, source in run.validation.pairs.items():
        if name not in names:
            return f"validation.pairs names {name}; pairs has {', '.join(names)}"
        if source not in run.sources:
            return f"validation.pairs.{name}: there is no source {source}"
    if run.validation.patience and not run.validation.pairs:
        return "validation.patience needs validation.pairs"
    return ""


def _fault_of_pairs(pairs: PairSetConfig, run: TrainingRun) -> str:
    if pairs.source not in run.sources:
        return f"there is no source {pairs.source}; sources has {', '.join(run.sources)}"
    if pairs.batch < 2:
        return "batch must be at least 2, since the others of a batch are its negatives"
    if pairs.weight <= 0:
        return "weight must be more than 0"
    if pairs.same_work != "apart" and pairs.per_work < 2:
        return f"same_work: {pairs.same_work} needs per_work of at least 2"
    fault = _fault_of_temperature(pairs.loss)
    if fault:
        return fault
    if pairs.view == "notes":
        words = [role for role in (pairs.left, pairs.right) if role.startswith(("text", "cover"))]
        if words:
            return f"view: notes cannot train {words[0]}, which has no notes; use view: character"
    return ""


def _fault_of_prediction(prediction: PredictionConfig, run: TrainingRun) -> str:
    named = [pairs.name for pairs in run.pairs] + [one.name for one in run.predictions]
    if named.count(prediction.name) > 1:
        return "the name is taken; pair sets and predictions have names of their own"
    if prediction.source not in run.sources:
        return f"there is no source {prediction.source}; sources has {', '.join(run.sources)}"
    if run.sources[prediction.source].kind != "cached":
        return f"{prediction.source} does not know its notes; take a source of the kind cached"
    if prediction.role not in ("audio", "sheet"):
        return f"{prediction.role} cannot tell notes; the role is audio or sheet"
    if prediction.weight <= 0 or prediction.positive_weight <= 0:
        return "weight and positive_weight must be more than 0"
    return ""


def _fault_of_temperature(loss: LossConfig) -> str:
    lowest, highest = loss.temperature_bounds
    if loss.kind in ("info_nce", "sigmoid") and not 0 < lowest < loss.temperature < highest < inf:
        return (
            f"loss.temperature {loss.temperature:g} must lie between loss.temperature_bounds"
            f" {lowest:g} and {highest:g}, and these above 0"
        )
    if loss.kind == "bilinear" and loss.temperature <= 0:
        return f"loss.temperature must be above 0, not {loss.temperature:g}"
    return ""


def _with_stages(values: dict[str, Any]) -> dict[str, Any]:
    if "stages" in values:
        return values
    values["stages"] = [
        {
            "name": "train",
            "pairs": _names(values.get("pairs")),
            "predictions": _names(values.get("predictions")),
            "optimiser": values.pop("optimiser", {}),
        }
    ]
    return values


def _names(entries: Any) -> list[Any]:
    if not isinstance(entries, list):
        return []
    return [entry.get("name") for entry in entries if isinstance(entry, dict)]


def _apply(values: dict[str, Any], setting: str) -> None:
    import yaml

    key, equals, text = setting.partition("=")
    if not equals or not key:
        raise ConfigError(f"--set {setting}: write KEY=VALUE, as in --set optimiser.steps=200")
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise ConfigError(f"--set {setting}: the value is not YAML ({reason})") from error
    path = key.split(".")
    if len(path) == 1 and key not in {*TrainingRun.__dataclass_fields__, "optimiser"}:
        _check_variable(values, key, setting)
        path = ["variables", key]
    place: Any = values
    for part in path[:-1]:
        place = _inside(place, part, setting)
    if isinstance(place, list):
        raise ConfigError(f"--set {setting}: name a setting of the entry, as in pairs.NAME.batch")
    place[path[-1]] = value


def _check_variable(values: Mapping[str, Any], key: str, setting: str) -> None:
    known = values.get("variables") or {}
    if key not in known and f"${{{key}}}" not in str(values):
        there = ", ".join(known) or "none"
        raise ConfigError(
            f"--set {setting}: {key} is neither a setting nor a variable; variables: {there}"
        )


def _inside(place: Any, part: str, setting: str) -> Any:
    if isinstance(place, dict):
        inner = place[part] = place.get(part) or {}  # null as nothing yet
        if isinstance(inner, dict | list):
            return inner
    elif isinstance(place, list):
        for entry in place:
            if isinstance(entry, dict) and entry.get("name") == part:
                return entry
    raise ConfigError(f"--set {setting}: there is no {part} in the configuration")


def _filled_in(value: Any, variables: Mapping[str, Any], path: Path) -> Any:
    if isinstance(value, dict):
        return {key: _filled_in(inner, variables, path) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled_in(inner, variables, path) for inner in value]
    if not isinstance(value, str):
        return value

    def one(match: re.Match[str]) -> str:
        name = match.group(1)
        if variables.get(name) in (None, ""):
            raise ConfigError(f"{path}: {name} is not given; add --set {name}=VALUE")
        return str(variables[name])

    return re.sub(r"\$\{(\w+)\}", one, value)


def _in_words(errors: Sequence[Any]) -> str:
    """The first faults, each with its place."""
    words = []
    for error in errors[:3]:
        place = ".".join(str(part) for part in error["loc"])
        if error["type"] == "unexpected_keyword_argument":
            words.append(f"{place} is no setting")
        elif error["type"] == "missing":
            words.append(f"{place} is missing")
        else:
            message = str(error["msg"])
            words.append(f"{place}: {message[0].lower()}{message[1:]}")
    more = f" (and {len(errors) - 3} more)" if len(errors) > 3 else ""
    return "; ".join(words) + more
