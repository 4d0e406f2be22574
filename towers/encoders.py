"""Build the encoder of a modality from a bundle, importing only what that modality needs."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from unisono.data.modality import Modality
from unisono.towers.bundle import (
    BACKBONES_FOLDER,
    Bundle,
    BundleError,
    Card,
    SpaceConfig,
    read_tensors,
    tensor_names,
    write_bundle,
)

if TYPE_CHECKING:
    from torch import nn


def build_encoder(modality: Modality, bundle: Bundle) -> Any:
    """An object with ``encode(item, hop_s) -> ItemViews``; raises BundleError."""
    config = bundle.config
    tensors = read_tensors(bundle.weights, f"{modality}.")
    if not tensors:
        there = ", ".join(modalities_of(bundle)) or "none"
        raise BundleError(f"the space {config.name} has no {modality} tower; its towers: {there}")
    if str(modality) in config.backbones:
        from unisono.towers.foreign_encoders import foreign_encoder

        net = loaded(modality, config, tensors, bundle.backbones)
        return foreign_encoder(modality, net, config.views)
    if modality == Modality.TEXT:
        from unisono.towers.text_encoder import TextEncoder
        from unisono.towers.text_head import WEIGHTS

        if set(tensors) != set(WEIGHTS):
            missing = ", ".join(sorted(set(WEIGHTS) ^ set(tensors)))
            raise BundleError(f"the weights of the text tower do not fit: {missing}")
        return TextEncoder(tensors)
    from unisono.towers.layers import fold_batch_norms

    folded: Any = fold_batch_norms(loaded(modality, config, tensors))
    if modality == Modality.AUDIO:
        from unisono.towers.audio import AudioEncoder

        return AudioEncoder(folded)
    if modality == Modality.MIDI:
        from unisono.towers.midi import MidiEncoder

        return MidiEncoder(folded)
    if modality == Modality.SHEET:
        from unisono.towers.sheet import SheetEncoder

        return SheetEncoder(folded)
    from unisono.towers.cover_encoder import CoverEncoder

    return CoverEncoder(folded)


def modalities_of(bundle: Bundle) -> tuple[Modality, ...]:
    """The modalities that a bundle has towers for."""
    there = {name.partition(".")[0] for name in tensor_names(bundle.weights)}
    return tuple(modality for modality in Modality if str(modality) in there)


def build_net(
    modality: Modality,
    config: SpaceConfig,
    kept: Path | None = None,
    *,
    pretrained: bool = False,
    frozen: bool = False,
) -> nn.Module:
    """The net of a modality: the default one, or the foreign one that is named.

    kept: a bundle's ``backbones`` folder, which is read in place of the Hub.
    pretrained: the foreign net with its own weights; default nets have random ones.
    frozen: only the projection behind a foreign net is trained.
    Raises BackboneError.
    """
    kind = config.backbones.get(str(modality))
    if kind is not None:
        from unisono.towers.foreign.keeping import kept_kind
        from unisono.towers.foreign.registry import build_backbone

        return build_backbone(
            kept_kind(kind, kept / str(modality)) if kept else kind,
            modality,
            dimension=config.views.dimension,
            pretrained=pretrained,
            frozen=frozen,
            native=str(modality) in config.native,
        )
    from unisono.towers.default_nets import DefaultNets

    net: nn.Module = getattr(DefaultNets(config.nets), str(modality))
    return net


def loaded(
    modality: Modality,
    config: SpaceConfig,
    tensors: Mapping[str, np.ndarray],
    kept: Path | None = None,
) -> nn.Module:
    """The net of a modality with its weights, in evaluation mode; kept as for ``build_net``."""
    import torch

    net = build_net(modality, config, kept)
    try:
        net.load_state_dict({name: torch.from_numpy(array) for name, array in tensors.items()})
    except RuntimeError as error:
        reason = str(error).splitlines()[0]
        raise BundleError(f"the weights of the {modality} tower do not fit: {reason}") from error
    return net.eval()


def build_nets(
    config: SpaceConfig, seed: int = 0, *, pretrained: bool = False
) -> dict[Modality, nn.Module]:
    """All nets of a space before training; ``pretrained`` as for ``build_net``."""
    import torch

    torch.manual_seed(seed)
    return {modality: build_net(modality, config, pretrained=pretrained) for modality in Modality}


def write_nets(
    folder: Path, config: SpaceConfig, card: Card, nets: Mapping[Modality, nn.Module]
) -> None:
    """Write a bundle of nets, with what foreign ones need to be built again.

    Raises BackboneError for a net that cannot be kept.
    """
    from unisono.towers.foreign.backbone import Backbone

    kept = folder / BACKBONES_FOLDER
    if kept.is_dir():
        shutil.rmtree(kept)
    for modality, net in nets.items():
        if isinstance(net, Backbone):
            net.keep(kept / str(modality))
    tensors = {
        f"{modality}.{name}": tensor.detach().cpu().numpy()
        for modality, net in nets.items()
        for name, tensor in net.state_dict().items()
    }
    write_bundle(folder, config, card, tensors)
