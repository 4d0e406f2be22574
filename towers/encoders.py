"""Build the encoder of a modality from a bundle, importing only what that modality needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from unisono.data.modality import Modality
from unisono.towers.bundle import Bundle, BundleError, SpaceConfig, read_tensors

if TYPE_CHECKING:
    from torch import nn


def build_encoder(modality: Modality, bundle: Bundle) -> Any:
    """An object with ``encode(item, hop_s) -> ItemViews``; raises BundleError."""
    config = bundle.config
    tensors = read_tensors(bundle.weights, f"{modality}.")
    if str(modality) in config.backbones:
        from unisono.towers.foreign_encoders import foreign_encoder

        return foreign_encoder(modality, loaded(modality, config, tensors), config.views)
    if modality == Modality.TEXT:
        from unisono.towers.text_encoder import TextEncoder
        from unisono.towers.text_head import WEIGHTS

        if set(tensors) != set(WEIGHTS):
            missing = ", ".join(sorted(set(WEIGHTS) ^ set(tensors)))
            raise BundleError(f"the weights of the text tower do not fit: {missing}")
        return TextEncoder(tensors)
    from unisono.towers.convolutional import fold_batch_norms

    net: Any = fold_batch_norms(loaded(modality, config, tensors))
    if modality == Modality.AUDIO:
        from unisono.towers.audio import AudioEncoder

        return AudioEncoder(net)
    if modality == Modality.MIDI:
        from unisono.towers.midi import MidiEncoder

        return MidiEncoder(net)
    if modality == Modality.SHEET:
        from unisono.towers.sheet import SheetEncoder

        return SheetEncoder(net)
    from unisono.towers.cover_encoder import CoverEncoder

    return CoverEncoder(net)


def build_net(modality: Modality, config: SpaceConfig) -> nn.Module:
    """The untrained net of a modality: the default one, or the foreign one that is named."""
    kind = config.backbones.get(str(modality))
    if kind is not None:
        from unisono.towers.foreign.registry import build_backbone

        return build_backbone(kind, modality, dimension=config.views.dimension, pretrained=False)
    from unisono.towers.default_nets import DefaultNets

    net: nn.Module = getattr(DefaultNets(config.nets), str(modality))
    return net


def loaded(modality: Modality, config: SpaceConfig, tensors: Mapping[str, np.ndarray]) -> nn.Module:
    """The net of a modality with its weights, in evaluation mode."""
    import torch

    net = build_net(modality, config)
    try:
        net.load_state_dict({name: torch.from_numpy(array) for name, array in tensors.items()})
    except RuntimeError as error:
        reason = str(error).splitlines()[0]
        raise BundleError(f"the weights of the {modality} tower do not fit: {reason}") from error
    return net.eval()


def random_tensors(config: SpaceConfig, seed: int = 0) -> dict[str, np.ndarray]:
    """Weights of an untrained space, by the names that bundles use."""
    import torch

    torch.manual_seed(seed)
    return {
        f"{modality}.{name}": tensor.numpy()
        for modality in Modality
        for name, tensor in build_net(modality, config).state_dict().items()
    }
