"""Any text model of sentence-transformers, trainable."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor

from unisono.towers.foreign.backbone import TextBackbone
from unisono.towers.foreign.importing import FITTING_TORCHVISION, BackboneError, importing, loading

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_INSTALLED = ("all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2")
"""Names whose weights come with unisono, so that no network is needed for them."""


class SentenceTransformerText(TextBackbone):
    """A model of sentence-transformers, its pooling and normalisation included.

    source: a Hub name or a folder; or a SentenceTransformer. ``all-MiniLM-L6-v2`` is taken from
    the installed package.
    pretrained: False keeps the architecture and tokenizer, and draws new weights for the
    transformer in it.
    Raises BackboneError where the library or the weights cannot be loaded.
    """

    def __init__(
        self,
        source: str | Path | SentenceTransformer,
        dimension: int,
        *,
        pretrained: bool = True,
        frozen: bool = False,
    ) -> None:
        with importing("sentence-transformers", FITTING_TORCHVISION):
            from sentence_transformers import SentenceTransformer
        if isinstance(source, str | Path):
            with loading(source):
                net = SentenceTransformer(str(_installed_or(source)), device="cpu")
        else:
            net = source
        if not pretrained:
            _draw_new_weights(net)
        features = _dimension(net)
        if features is None:
            raise BackboneError(f"{source}: does not say how many numbers its vectors have")
        super().__init__(net, features=features, dimension=dimension, frozen=frozen)

    def features_of(self, texts: list[str]) -> Tensor:
        """B texts, cut after the model's maximum -> (B, features)."""
        net: Any = self.net
        # tokenize was renamed in sentence-transformers 6.
        tokenize = getattr(net, "preprocess", None) or net.tokenize
        tokens = {
            name: value.to(self.device) if isinstance(value, Tensor) else value
            for name, value in tokenize(texts).items()
        }
        embedded: Tensor = net(tokens)["sentence_embedding"]
        return embedded


def _installed_or(source: str | Path) -> str | Path:
    if str(source) not in _INSTALLED:
        return source
    from unisono.towers.minilm import weights_folder

    return weights_folder()


def _dimension(net: Any) -> int | None:
    # Renamed in sentence-transformers 6.
    named = getattr(net, "get_embedding_dimension", None) or net.get_sentence_embedding_dimension
    dimension: int | None = named()
    return dimension


def _draw_new_weights(net: Any) -> None:
    from transformers import PreTrainedModel

    for module in net.modules():
        if isinstance(module, PreTrainedModel):
            fresh = type(module)(module.config)
            module.load_state_dict(fresh.state_dict())
