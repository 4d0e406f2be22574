"""The nets that a run trains, and the front ends that feed them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn

from unisono.data.modality import Modality
from unisono.data.pairs.source import PairSource
from unisono.towers.bundle import Bundle, BundleError, NetsConfig, SpaceConfig, read_tensors
from unisono.towers.convolutional import ConvolutionalTower
from unisono.towers.foreign.backbone import AudioBackbone, Backbone
from unisono.towers.training.config import PredictionConfig, TowerConfig, TrainingRun
from unisono.towers.training.front_ends import (
    FrontEnd,
    PictureFrontEnd,
    RollFrontEnd,
    SentenceFrontEnd,
    SpectrogramFrontEnd,
    StripFrontEnd,
    StripPictureFrontEnd,
    WaveformFrontEnd,
    text_front_end,
)
from unisono.towers.training.nets import SpaceNets
from unisono.towers.training.note_prediction import NotePrediction
from unisono.towers.training.note_targets import near_rows
from unisono.towers.training.pair_loss import PairLoss
from unisono.towers.training.reading import ConfigError

FOREIGN_PICTURE_SIZE = 224
FOREIGN_STRIP_WIDTH = 256
DEFAULT = "default"


@dataclass(frozen=True)
class Built:
    """Nets, losses and front ends of a run, and the configuration of the space they make."""

    nets: SpaceNets
    losses: nn.ModuleDict
    front_ends: Mapping[str, FrontEnd]
    space: SpaceConfig


def build(run: TrainingRun, sources: Mapping[str, PairSource]) -> Built:
    """Build what a run needs: the towers of its pair sets, those it names, those of ``start``.

    Raises ConfigError, BundleError and BackboneError.
    """
    torch.manual_seed(run.seed)
    start = _start(run)
    space = _space_config(run, start)
    used = used_modalities(run, sources)
    unused = sorted({*run.towers} - {str(one) for one in Modality})
    if unused:
        raise ConfigError(f"towers names {unused[0]}; there are {', '.join(Modality)}")
    towers: dict[str, nn.Module] = {}
    for modality in Modality:
        kept = start is not None and str(modality) not in _replaced(run)
        tensors = read_tensors(start.weights, f"{modality}.") if start and kept else {}
        if start is not None and tensors:
            from unisono.towers.encoders import loaded

            towers[str(modality)] = loaded(modality, space, tensors, start.backbones)
        elif modality in used or str(modality) in run.towers:
            towers[str(modality)] = _new_tower(modality, space, run)
    nets = SpaceNets(towers, space.nets)
    for name, settings in run.towers.items():
        if name in towers:
            if settings.checkpointing:
                nets.checkpoint_activations(name)
            nets.freeze(name, settings.freeze)
    losses = nn.ModuleDict()
    for pairs in run.pairs:
        try:
            losses[pairs.name] = PairLoss(pairs.loss, nets.width(pairs.view))
        except (ValueError, KeyError) as error:
            raise ConfigError(f"pairs.{pairs.name}: {error}") from error
        if nets.width(pairs.view) == 0:
            raise ConfigError(
                f"pairs.{pairs.name}: the space has no {pairs.view} (nets.{pairs.view}_dimension "
                "is 0); train the other view"
            )
    for prediction in run.predictions:
        losses[prediction.name] = _note_prediction(prediction, sources, space)
    front_ends = {name: front_end_of(name, tower) for name, tower in towers.items()}
    return Built(nets, losses, front_ends, space)


def _note_prediction(
    prediction: PredictionConfig, sources: Mapping[str, PairSource], space: SpaceConfig
) -> NotePrediction:
    modality = str(sources[prediction.source].roles[prediction.role])
    if modality in space.backbones:
        raise ConfigError(
            f"predictions.{prediction.name}: {space.backbones[modality]} gives no columns to "
            "predict notes from; take the default backbone"
        )
    return NotePrediction(
        space.nets.notes_features, near_rows(modality), prediction.positive_weight
    )


def used_modalities(run: TrainingRun, sources: Mapping[str, PairSource]) -> set[Modality]:
    """The modalities that the pair sets of a run join; raises ConfigError for unknown roles."""
    used = set()
    for pairs in run.pairs:
        roles = sources[pairs.source].roles
        for role in (pairs.left, pairs.right):
            if role not in roles:
                raise ConfigError(
                    f"pairs.{pairs.name}: {pairs.source} has no role {role}; "
                    f"it has {', '.join(roles)}"
                )
            used.add(roles[role])
    return used


def front_end_of(modality: str, tower: nn.Module) -> FrontEnd:
    """What brings sides into the shape that a tower takes."""
    if isinstance(tower, AudioBackbone):
        return WaveformFrontEnd(tower.sample_rate)
    if isinstance(tower, Backbone):
        if modality == Modality.TEXT:
            return text_front_end
        if modality == Modality.SHEET:
            return StripPictureFrontEnd(FOREIGN_STRIP_WIDTH)
        return PictureFrontEnd(FOREIGN_PICTURE_SIZE)
    strides = (1, 1)
    if isinstance(tower, ConvolutionalTower):
        strides = (tower.column_stride, tower.column_multiple)
    makers: Mapping[str, Any] = {
        "audio": lambda: SpectrogramFrontEnd(*strides),
        "midi": lambda: RollFrontEnd(*strides),
        "sheet": lambda: StripFrontEnd(*strides),
        "cover": PictureFrontEnd,
        "text": SentenceFrontEnd,
    }
    made: FrontEnd = makers[modality]()
    return made


def _start(run: TrainingRun) -> Bundle | None:
    if not run.start:
        return None
    from unisono.towers.space import load

    return load(None if run.start == DEFAULT else run.start).bundle


def _replaced(run: TrainingRun) -> set[str]:
    """Modalities whose tower is made anew although the start has one."""
    return {name for name, tower in run.towers.items() if tower.backbone != DEFAULT}


def _space_config(run: TrainingRun, start: Bundle | None) -> SpaceConfig:
    foreign = {n: t.backbone for n, t in run.towers.items() if t.backbone != DEFAULT}
    native = tuple(sorted(n for n, tower in run.towers.items() if tower.native))
    wrong = [name for name in native if name not in foreign]
    if wrong:
        raise ConfigError(f"towers.{wrong[0]}: native needs a foreign backbone")
    if start is not None:
        if run.nets not in (NetsConfig(), start.config.nets):
            raise ConfigError(f"nets differs from that of {run.start}; leave it out")
        backbones = {**start.config.backbones, **foreign}
        kept = set(start.config.native) - set(foreign)
        return replace(
            start.config,
            name=run.name,
            backbones=backbones,
            native=tuple(sorted({*kept, *native})),
        )
    views = {pairs.view for pairs in run.pairs}
    stored = 0.5 if len(views) == 2 else float("notes" in views)
    return SpaceConfig(
        name=run.name, nets=run.nets, stored_notes=stored, backbones=foreign, native=native
    )


def _new_tower(modality: Modality, space: SpaceConfig, run: TrainingRun) -> nn.Module:
    from unisono.towers.encoders import build_net

    settings = run.towers.get(str(modality), TowerConfig())
    if settings.backbone == DEFAULT:
        return build_net(modality, space)
    if modality == Modality.MIDI:
        raise BundleError("the MIDI tower has no foreign backbones; leave towers.midi.backbone out")
    from unisono.towers.foreign.registry import build_backbone

    return build_backbone(
        settings.backbone,
        modality,
        dimension=space.views.dimension,
        pretrained=settings.pretrained,
        native=settings.native,
        trust_remote_code=settings.trust_remote_code,
    )
