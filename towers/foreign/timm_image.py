"""Any net of timm, for covers and sheets, and for recordings by way of their spectrogram."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from unisono.towers.foreign.backbone import AudioBackbone, ImageBackbone
from unisono.towers.foreign.importing import VISION_EXTRA, BackboneError, importing, loading

_SPECTROGRAM_WINDOW_S = 10


class TimmImage(ImageBackbone):
    """A net of timm without its classifier.

    name: any of ``timm.list_models()``, such as ``mobilenetv4_conv_small``.
    in_chans: 1 for gray, 3 for RGB; timm fits pretrained weights to either.
    pretrained: True for timm's own weights, a Path for a checkpoint file, False for random ones.
    Raises BackboneError where timm is missing or broken, or the name or weights are not there.
    """

    def __init__(
        self,
        name: str,
        dimension: int | None,
        *,
        in_chans: int = 3,
        pretrained: bool | Path = True,
        frozen: bool = False,
    ) -> None:
        net = _timm_net(name, in_chans, pretrained)
        settings = net.pretrained_cfg
        super().__init__(
            net,
            features=_features(net),
            dimension=dimension,
            frozen=frozen,
            mean=_one_per_channel(settings["mean"], in_chans),
            std=_one_per_channel(settings["std"], in_chans),
            size=settings["input_size"][1:] if settings.get("fixed_input_size") else None,
        )


class TimmSpectrogram(AudioBackbone):
    """A net of timm that sees the log-frequency spectrogram of ``towers.spectrogram`` in gray.

    name, pretrained: as for TimmImage. A net that takes one size only gets the spectrogram scaled
    to it.
    """

    def __init__(
        self,
        name: str,
        dimension: int | None,
        *,
        pretrained: bool | Path = True,
        frozen: bool = False,
    ) -> None:
        from unisono.towers.spectrogram import SAMPLE_RATE

        net = _timm_net(name, 1, pretrained)
        settings = net.pretrained_cfg
        super().__init__(
            net,
            features=_features(net),
            dimension=dimension,
            frozen=frozen,
            sample_rate=SAMPLE_RATE,
            window_samples=_SPECTROGRAM_WINDOW_S * SAMPLE_RATE,
        )
        self._size = settings["input_size"][1:] if settings.get("fixed_input_size") else None

    def features_of(self, window: Tensor) -> Tensor:
        """(B, at most 10 s) -> (B, features)."""
        from unisono.towers.spectrogram import spectrogram

        clips = window.detach().cpu().numpy().astype(np.float32)
        pictures = torch.from_numpy(np.stack([spectrogram(clip) for clip in clips]))
        pictures = pictures.unsqueeze(1).to(self.device)
        if self._size is not None:
            pictures = torch.nn.functional.interpolate(pictures, self._size, mode="bilinear")
        features: Tensor = self.net(pictures)
        return features


def _timm_net(name: str, in_chans: int, pretrained: bool | Path) -> Any:
    with importing("timm", VISION_EXTRA):
        import timm
    if in_chans not in (1, 3):
        raise ValueError(f"in_chans is 1 or 3, not {in_chans}")
    if not timm.is_model(name):
        near = ", ".join(timm.list_models(f"*{name}*")[:5])
        raise BackboneError(
            f"timm has no model {name!r}; " + (f"near it: {near}" if near else "see list_models()")
        )
    if isinstance(pretrained, Path) and not pretrained.is_file():
        raise BackboneError(f"{pretrained}: no such checkpoint; give a file of weights for {name}")
    with loading(f"timm:{name}"):
        return timm.create_model(
            name,
            pretrained=pretrained is True,
            checkpoint_path=pretrained if isinstance(pretrained, Path) else "",
            in_chans=in_chans,
            num_classes=0,
        )


def _features(net: Any) -> int:
    # Nets with a convolution between pooling and classifier give more than num_features.
    return int(getattr(net, "head_hidden_size", None) or net.num_features)


def _one_per_channel(values: tuple[float, ...], channels: int) -> tuple[float, ...]:
    return tuple(values) if channels == len(values) else (sum(values) / len(values),) * channels
