"""AST (Gong et al., "AST: Audio spectrogram transformer", 2021) by transformers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from unisono.towers.foreign.backbone import AudioBackbone
from unisono.towers.foreign.importing import from_transformers, load_transformer, loading
from unisono.towers.foreign.keeping import save_parts

if TYPE_CHECKING:
    from transformers import ASTConfig

# Kaldi's frames, which AST's front end takes: 25 ms every 10 ms.
_FRAME_S = 0.025
_HOP_S = 0.010


class AudioSpectrogramTransformer(AudioBackbone):
    """AST without its classifier, with the filter banks of transformers' extractor.

    source: a Hub name or a folder, such as ``MIT/ast-finetuned-audioset-10-10-0.4593``; or an
    ASTConfig for random weights.
    pretrained: False takes only the configuration from a name or folder.
    Raises BackboneError where transformers or the weights cannot be loaded.
    """

    def __init__(
        self,
        source: str | Path | ASTConfig,
        dimension: int | None,
        *,
        pretrained: bool = True,
        frozen: bool = False,
    ) -> None:
        model_class = from_transformers("ASTModel")
        extractor_class = from_transformers("ASTFeatureExtractor")
        if not isinstance(source, str | Path):
            net = model_class(source)
            extractor = extractor_class(
                num_mel_bins=source.num_mel_bins, max_length=source.max_length
            )
        else:
            with loading(source):
                config = from_transformers("ASTConfig").from_pretrained(str(source))
                extractor = extractor_class.from_pretrained(str(source))
            net = load_transformer(model_class, source) if pretrained else model_class(config)
        rate = extractor.sampling_rate
        super().__init__(
            net,
            features=net.config.hidden_size,
            dimension=dimension,
            frozen=frozen,
            sample_rate=rate,
            window_samples=round(((net.config.max_length - 1) * _HOP_S + _FRAME_S) * rate),
        )
        self._extractor = extractor

    def keep(self, folder: Path) -> None:
        """Write the configuration and the extractor's settings."""
        save_parts(folder, self.net.config, self._extractor)

    def features_of(self, window: Tensor) -> Tensor:
        """(B, at most 10.2 s) -> (B, hidden_size): the mean of the two class tokens."""
        banks = self._extractor(
            list(window.detach().cpu().numpy()),
            sampling_rate=self.sample_rate,
            return_tensors="pt",
        )["input_values"]
        pooled: Tensor = self.net(banks.to(self.device, torch.float32)).pooler_output
        return pooled
