"""Any text model of sentence-transformers, trainable."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor

from unisono.towers.foreign.backbone import TextBackbone
from unisono.towers.foreign.importing import (
    FITTING_TORCHVISION,
    BackboneError,
    from_transformers,
    importing,
    loading,
)
from unisono.towers.foreign.keeping import tidy

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
        dimension: int | None,
        *,
        pretrained: bool = True,
        frozen: bool = False,
    ) -> None:
        with importing("sentence-transformers", FITTING_TORCHVISION):
            import sentence_transformers  # noqa: F401
        if isinstance(source, str | Path):
            if not pretrained and Path(source).is_dir():
                _refuse_other_code(Path(source))
            with loading(source):
                net = _opened(_installed_or(source))
        else:
            net = source
        if not pretrained:
            _draw_new_weights(net)
        features = _dimension(net)
        if features is None:
            raise BackboneError(f"{source}: does not say how many numbers its vectors have")
        super().__init__(net, features=features, dimension=dimension, frozen=frozen)

    def keep(self, folder: Path) -> None:
        """Write the model as it would be saved, without the weights of its transformer."""
        self.save(folder)
        _refuse_other_code(folder)
        for transformer in _transformers_in(folder):
            for weights in transformer.glob("*.safetensors"):
                weights.unlink()
        tidy(folder)

    def save(self, folder: Path) -> None:
        """Write the model with its weights, without the projection, in its library's form."""
        net: Any = self.net
        net.save(str(folder), create_model_card=False)

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


def _opened(source: str | Path) -> Any:
    from sentence_transformers import SentenceTransformer

    if not Path(source).is_dir():
        return SentenceTransformer(str(source), device="cpu")
    bare = [part for part in _transformers_in(Path(source)) if not _has_weights(part)]
    if not bare:
        return SentenceTransformer(str(source), device="cpu")
    # The library opens no model without weights, so that it is given some.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as copy:
        shutil.copytree(source, copy, dirs_exist_ok=True)
        for part in bare:
            beside = Path(copy) / part.relative_to(source)
            config = from_transformers("AutoConfig").from_pretrained(str(part))
            from_transformers("AutoModel").from_config(config).save_pretrained(str(beside))
        return SentenceTransformer(copy, device="cpu")


def _transformers_in(folder: Path) -> list[Path]:
    return [
        folder / module["path"]
        for module in _modules_in(folder)
        if module["type"].endswith(".Transformer")
    ]


def _modules_in(folder: Path) -> list[dict[str, str]]:
    file = folder / "modules.json"
    modules: list[dict[str, str]] = json.loads(file.read_text("utf-8")) if file.is_file() else []
    return modules


def _refuse_other_code(folder: Path) -> None:
    """Raise BackboneError for modules whose code is not the library's own: a bundle runs none."""
    for module in _modules_in(folder):
        if not module["type"].startswith("sentence_transformers."):
            raise BackboneError(
                f"{folder}: the module {module['type']} is not one of sentence-transformers; "
                "take a model that needs no code of its own"
            )


def _has_weights(folder: Path) -> bool:
    # Large checkpoints come in numbered parts, older ones as pickles.
    return any(folder.glob("*.safetensors")) or any(folder.glob("pytorch_model*.bin"))


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
