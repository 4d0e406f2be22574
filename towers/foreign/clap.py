"""CLAP (Wu et al., "Large-scale contrastive language-audio pretraining", 2023) by transformers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from unisono.towers.foreign.backbone import AudioBackbone, TextBackbone
from unisono.towers.foreign.importing import from_transformers, load_transformer, loading
from unisono.towers.foreign.keeping import save_parts

if TYPE_CHECKING:
    from transformers import ClapConfig, PreTrainedTokenizerBase


class ClapAudio(AudioBackbone):
    """The audio side of CLAP (HTSAT), with the mel front end of transformers' extractor.

    source: a Hub name or a folder, such as ``laion/clap-htsat-unfused``; or a ClapConfig for
    random weights.
    pretrained: False takes only the configuration from a name or folder.
    Raises BackboneError where transformers or the weights cannot be loaded.
    """

    def __init__(
        self,
        source: str | Path | ClapConfig,
        dimension: int | None,
        *,
        pretrained: bool = True,
        frozen: bool = False,
    ) -> None:
        model_class = from_transformers("ClapAudioModelWithProjection")
        extractor_class = from_transformers("ClapFeatureExtractor")
        if pretrained and isinstance(source, str | Path):
            net = load_transformer(model_class, source)
        else:
            net = model_class(_config(source).audio_config)
        truncation = "fusion" if net.config.enable_fusion else "rand_trunc"
        if isinstance(source, str | Path):
            with loading(source):
                extractor = extractor_class.from_pretrained(str(source))
        else:
            extractor = extractor_class(feature_size=net.config.num_mel_bins, truncation=truncation)
        super().__init__(
            net,
            features=net.config.projection_dim,
            dimension=dimension,
            frozen=frozen,
            sample_rate=extractor.sampling_rate,
            window_samples=int(extractor.nb_max_samples),
        )
        self._extractor = extractor
        self._truncation = truncation

    def keep(self, folder: Path) -> None:
        """Write the configuration of both sides and the extractor's settings."""
        audio: Any = self.net.config
        config = from_transformers("ClapConfig")(
            audio_config=audio.to_dict(), projection_dim=audio.projection_dim
        )
        save_parts(folder, config, self._extractor)

    def features_of(self, window: Tensor) -> Tensor:
        """(B, at most 10 s) -> (B, projection_dim)."""
        mels = self._extractor(
            list(window.detach().cpu().numpy()),
            sampling_rate=self.sample_rate,
            truncation=self._truncation,
            return_tensors="pt",
        )["input_features"]
        # The extractor marks one clip of a batch, drawn at random, as longer than it is.
        longer = torch.zeros(len(window), 1, dtype=torch.bool, device=self.device)
        embedded: Tensor = self.net(
            input_features=mels.to(self.device, torch.float32), is_longer=longer
        ).audio_embeds
        return embedded


class ClapText(TextBackbone):
    """The text side of CLAP (RoBERTa).

    source, pretrained: as for ClapAudio.
    tokenizer: needed with a ClapConfig, which does not say which words there are.
    """

    def __init__(
        self,
        source: str | Path | ClapConfig,
        dimension: int | None,
        *,
        tokenizer: PreTrainedTokenizerBase | None = None,
        pretrained: bool = True,
        frozen: bool = False,
    ) -> None:
        model_class = from_transformers("ClapTextModelWithProjection")
        if tokenizer is None:
            if not isinstance(source, str | Path):
                raise ValueError("a ClapConfig needs a tokenizer beside it")
            with loading(source):
                tokenizer = from_transformers("AutoTokenizer").from_pretrained(str(source))
        if pretrained and isinstance(source, str | Path):
            net = load_transformer(model_class, source)
        else:
            net = model_class(_config(source).text_config)
        super().__init__(
            net, features=net.config.projection_dim, dimension=dimension, frozen=frozen
        )
        self._tokenizer = tokenizer
        # RoBERTa counts positions from pad_token_id + 1.
        self._max_tokens = net.config.max_position_embeddings - net.config.pad_token_id - 1

    def keep(self, folder: Path) -> None:
        """Write the configuration of both sides and the tokenizer."""
        text: Any = self.net.config
        config = from_transformers("ClapConfig")(
            text_config=text.to_dict(), projection_dim=text.projection_dim
        )
        save_parts(folder, config, self._tokenizer)

    def features_of(self, texts: list[str]) -> Tensor:
        """B texts, cut where the positions end -> (B, projection_dim)."""
        tokens = self._tokenizer(
            texts,
            padding=True,
            truncation=True,
            max_length=self._max_tokens,
            return_tensors="pt",
        )
        embedded: Tensor = self.net(
            input_ids=tokens["input_ids"].to(self.device),
            attention_mask=tokens["attention_mask"].to(self.device),
        ).text_embeds
        return embedded


def _config(source: str | Path | ClapConfig) -> Any:
    if not isinstance(source, str | Path):
        return source
    with loading(source):
        return from_transformers("ClapConfig").from_pretrained(str(source))
