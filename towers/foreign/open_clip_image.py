"""Any model of open_clip: its visual tower for covers and sheets, its text tower for sentences."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from unisono.towers.foreign.backbone import ImageBackbone, TextBackbone
from unisono.towers.foreign.importing import VISION_EXTRA, BackboneError, importing, loading
from unisono.towers.foreign.keeping import tidy

if TYPE_CHECKING:
    from open_clip import CLIPTextCfg, CLIPVisionCfg

_CONFIG_FILE = "open_clip_config.json"

# The tower that is not kept; open_clip builds both, and these cost nothing.
_NO_PICTURES = {"layers": 1, "width": 8, "head_width": 8, "patch_size": 16, "image_size": 16}
_NO_WORDS = {"context_length": 4, "vocab_size": 8, "width": 8, "heads": 1, "layers": 1}


@dataclass(frozen=True)
class OpenClipConfig:
    """A CLIP of one's own size, in open_clip's terms; it is built at random weights."""

    embed_dim: int
    vision: CLIPVisionCfg
    text: CLIPTextCfg


class OpenClipImage(ImageBackbone):
    """The visual tower of a model of open_clip, which takes RGB.

    source: any of ``open_clip.list_models()``, such as ``ViT-B-32``, or with open_clip's own
    prefixes ``hf-hub:`` and ``local-dir:``; or an OpenClipConfig.
    pretrained: a tag of open_clip (``laion2b_s34b_b79k``), a Path for a checkpoint file, True for
    the weights that a prefixed source names itself, False for random weights.
    Raises BackboneError where open_clip is missing or broken, or the name or weights are not there.
    """

    def __init__(
        self,
        source: str | OpenClipConfig,
        dimension: int | None,
        *,
        pretrained: bool | str | Path = True,
        frozen: bool = False,
    ) -> None:
        visual = _open_clip(source, pretrained).visual
        with importing("open_clip", VISION_EXTRA):
            from open_clip import OPENAI_DATASET_MEAN, OPENAI_DATASET_STD
        size = visual.image_size
        height, width = (size, size) if isinstance(size, int) else size
        with torch.no_grad():
            probe = visual.eval()(torch.zeros(1, 3, height, width))
        super().__init__(
            visual,
            features=(probe[0] if isinstance(probe, tuple) else probe).shape[-1],
            dimension=dimension,
            frozen=frozen,
            mean=tuple(getattr(visual, "image_mean", None) or OPENAI_DATASET_MEAN),
            std=tuple(getattr(visual, "image_std", None) or OPENAI_DATASET_STD),
            size=(height, width),
        )
        self._config = {**model_config(source), "text_cfg": _NO_WORDS}
        # What only the text tower has a use for, and what would build a text tower to match.
        for key in ("custom_text", "multimodal_cfg"):
            self._config.pop(key, None)

    def keep(self, folder: Path) -> None:
        """Write the configuration of the visual tower and the statistics of its pictures."""
        statistics = {name: getattr(self, name).flatten().tolist() for name in ("mean", "std")}
        _keep_config(folder, self._config, statistics)


class OpenClipText(TextBackbone):
    """The text tower of a model of open_clip; source and pretrained as for OpenClipImage."""

    def __init__(
        self,
        source: str | OpenClipConfig,
        dimension: int | None,
        *,
        pretrained: bool | str | Path = True,
        frozen: bool = False,
    ) -> None:
        net = _open_clip(source, pretrained)
        tokenizer = _tokenizer(source)
        # What only pictures, captions and the training loss need would be dead weight here.
        for part in ("visual", "text_decoder", "logit_scale", "logit_bias"):
            if hasattr(net, part):
                delattr(net, part)
        with torch.no_grad():
            features = net.eval().encode_text(tokenizer(["a"])).shape[-1]
        super().__init__(net, features=features, dimension=dimension, frozen=frozen)
        self._tokenizer = tokenizer
        self._config = {**model_config(source), "vision_cfg": _NO_PICTURES}

    def keep(self, folder: Path) -> None:
        """Write the configuration of the text tower, and a tokenizer that is not open_clip's."""
        _keep_config(folder, self._config, {})
        if hasattr(self._tokenizer, "save_pretrained"):
            self._tokenizer.save_pretrained(str(folder))
        # A text tower of transformers has its own configuration beside open_clip's.
        config = getattr(getattr(self.net, "text", None), "config", None)
        if config is not None:
            config.save_pretrained(str(folder))
        tidy(folder)

    def features_of(self, texts: list[str]) -> Tensor:
        """B texts, cut after the model's context -> (B, embed_dim)."""
        # nn.Module's attributes are typed as modules or tensors; this one is a method.
        encode: Any = self.net.encode_text
        features: Tensor = encode(self._tokenizer(texts).to(self.device), normalize=False)
        return features


def _open_clip(source: str | OpenClipConfig, pretrained: bool | str | Path) -> Any:
    with importing("open_clip", VISION_EXTRA):
        import open_clip
    if isinstance(source, OpenClipConfig):
        return open_clip.CLIP(source.embed_dim, source.vision, source.text)
    has_own_weights = source.startswith(("hf-hub:", "local-dir:"))
    if not has_own_weights and source not in open_clip.list_models():
        raise BackboneError(f"open_clip has no model {source!r}; see open_clip.list_models()")
    if pretrained is True and not has_own_weights:
        tags = ", ".join(open_clip.list_pretrained_tags_by_model(source)) or "none"
        raise BackboneError(
            f"open_clip:{source} needs the tag of its weights (open_clip:{source}@tag); "
            f"there are: {tags}"
        )
    with loading(f"open_clip:{source}"):
        return open_clip.create_model(
            source,
            pretrained=None if isinstance(pretrained, bool) else str(pretrained),
            load_weights=pretrained is not False,
            pretrained_text=pretrained is not False,
            **_own_text_config(source),
        )


def split_tag(name: str) -> tuple[str, str | None]:
    """``ViT-B-32@laion2b_s34b_b79k`` -> the model and the tag of its weights, None without one."""
    if name.startswith(("hf-hub:", "local-dir:")):
        return name, None
    model, _, tag = name.partition("@")
    return model, tag or None


def model_config(source: str | OpenClipConfig) -> dict[str, Any]:
    """Give the ``model_cfg`` that open_clip has for a name; BackboneError where it has none."""
    if isinstance(source, OpenClipConfig):
        return {
            "embed_dim": source.embed_dim,
            "vision_cfg": asdict(source.vision),
            "text_cfg": asdict(source.text),
        }
    import open_clip

    with loading(f"open_clip:{source}"):
        config: dict[str, Any] | None = open_clip.get_model_config(source)
    if config is None:
        raise BackboneError(f"open_clip has no model {source!r}; see open_clip.list_models()")
    return config


def _own_text_config(source: str) -> dict[str, Any]:
    """Point open_clip at a kept folder for the configuration of its text tower, not at the Hub."""
    folder = Path(source.removeprefix("local-dir:"))
    if not source.startswith("local-dir:") or not (folder / "config.json").is_file():
        return {}
    text = model_config(source)["text_cfg"]
    if "hf_model_name" not in text:
        return {}
    return {"text_cfg": {**text, "hf_model_name": str(folder), "hf_model_pretrained": False}}


def _keep_config(folder: Path, model: Mapping[str, Any], pictures: Mapping[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    facts = {"model_cfg": model, "preprocess_cfg": pictures}
    (folder / _CONFIG_FILE).write_text(json.dumps(facts, indent=2) + "\n", "utf-8")


def _tokenizer(source: str | OpenClipConfig) -> Any:
    import open_clip

    if isinstance(source, OpenClipConfig):
        return open_clip.SimpleTokenizer(context_length=source.text.context_length)
    with loading(f"open_clip:{source}"):
        return open_clip.get_tokenizer(source)
