"""MERT (Li et al., "MERT: Acoustic music understanding model", 2024) by transformers.

MERT-v1-95M computes what HuBERT computes, so transformers' own HubertModel loads its weights and
no code from the Hub is run. Larger ones differ (relaxed attention, DeepNorm, a constant-Q
front end): they need ``trust_remote_code=True``, which runs the authors' code from the Hub.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor

from unisono.towers.foreign.backbone import AudioBackbone
from unisono.towers.foreign.importing import (
    BackboneError,
    from_transformers,
    load_transformer,
    loading,
)
from unisono.towers.foreign.keeping import save_parts

if TYPE_CHECKING:
    from transformers import HubertConfig, Wav2Vec2Config

_SAMPLE_RATE = 24_000
_WINDOW_S = 10

_AS_IN_HUBERT = {"attention_relax": -1.0, "deepnorm": False, "feature_extractor_cqt": False}
"""The settings of a MERT configuration under which it computes what HuBERT computes."""


class Mert(AudioBackbone):
    """MERT, HuBERT or wav2vec 2.0: the mean over time of one layer.

    source: a Hub name or a folder, such as ``m-a-p/MERT-v1-95M``; or a HubertConfig or
    Wav2Vec2Config for random weights.
    pretrained: False takes only the configuration from a name or folder.
    layer: which hidden state is averaged, 0 for the first layer's input, -1 for the last.
    trust_remote_code: run the model code that lies beside the weights, as AutoModel would.
    Raises BackboneError where transformers or the weights cannot be loaded, or where a model
    needs remote code that is not allowed.
    """

    def __init__(
        self,
        source: str | Path | HubertConfig | Wav2Vec2Config,
        dimension: int | None,
        *,
        pretrained: bool = True,
        frozen: bool = False,
        layer: int = -1,
        trust_remote_code: bool = False,
    ) -> None:
        extractor_class = from_transformers("Wav2Vec2FeatureExtractor")
        if isinstance(source, str | Path):
            net = _named(source, pretrained, trust_remote_code)
            with loading(source):
                extractor = extractor_class.from_pretrained(str(source))
        else:
            net = _from_config(source)
            extractor = extractor_class(sampling_rate=_SAMPLE_RATE)
        super().__init__(
            net,
            features=net.config.hidden_size,
            dimension=dimension,
            frozen=frozen,
            sample_rate=extractor.sampling_rate,
            window_samples=_WINDOW_S * extractor.sampling_rate,
        )
        self._extractor = extractor
        self._layer = layer
        self._has_remote_code = trust_remote_code

    def keep(self, folder: Path) -> None:
        """Write the configuration and the extractor's settings; not with remote code."""
        if self._has_remote_code:
            raise BackboneError(
                "a net whose code came with trust_remote_code cannot be kept in a bundle; "
                "take one that transformers has code for, such as m-a-p/MERT-v1-95M"
            )
        save_parts(folder, self.net.config, self._extractor)

    def features_of(self, window: Tensor) -> Tensor:
        """(B, at most 10 s) -> (B, hidden_size)."""
        values = self._extractor(
            list(window.detach().cpu().numpy()),
            sampling_rate=self.sample_rate,
            return_tensors="pt",
        )["input_values"].to(self.device)
        if self._layer == -1:
            frames: Tensor = self.net(values).last_hidden_state
        else:
            layers = self.net(values, output_hidden_states=True).hidden_states
            if layers is None:
                # Seen with the Hub's code for MERT under transformers 5.
                raise BackboneError("this model gives its last layer only; leave layer at -1")
            frames = layers[self._layer]
        return frames.mean(dim=1)


def _named(source: str | Path, pretrained: bool, trust_remote_code: bool) -> Any:
    auto_config, auto_model = from_transformers("AutoConfig"), from_transformers("AutoModel")
    if trust_remote_code:
        if pretrained:
            return load_transformer(auto_model, source, trust_remote_code=True)
        with loading(source):
            config = auto_config.from_pretrained(str(source), trust_remote_code=True)
            return auto_model.from_config(config, trust_remote_code=True)
    with loading(source):
        settings, _ = from_transformers("PretrainedConfig").get_config_dict(str(source))
    kind = settings.get("model_type")
    if kind in ("hubert", "mert_model"):
        _refuse_other_than_hubert(source, settings)
        config = from_transformers("HubertConfig")(**settings)
        hubert = from_transformers("HubertModel")
        if pretrained:
            return load_transformer(hubert, source, config=config)
        return hubert(config)
    if kind == "wav2vec2":
        if pretrained:
            return load_transformer(auto_model, source)
        with loading(source):
            return auto_model.from_config(auto_config.from_pretrained(str(source)))
    raise BackboneError(
        f"{source}: a model of type {kind!r} is neither MERT, HuBERT nor wav2vec 2.0; "
        "if you trust its authors, allow their code with trust_remote_code"
    )


def _refuse_other_than_hubert(source: str | Path, settings: dict[str, Any]) -> None:
    for name, value in _AS_IN_HUBERT.items():
        if settings.get(name, value) != value:
            raise BackboneError(
                f"{source}: {name} is {settings[name]}, for which transformers has no code of its "
                "own; if you trust its authors, allow their code with trust_remote_code"
            )


def _from_config(config: HubertConfig | Wav2Vec2Config) -> Any:
    kind = "HubertModel" if config.model_type == "hubert" else "Wav2Vec2Model"
    return from_transformers(kind)(config)
