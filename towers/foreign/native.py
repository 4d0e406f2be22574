"""How many numbers a foreign net's own vectors have, before any of its weights are fetched."""

from __future__ import annotations

from typing import Any

from unisono.data.modality import Modality
from unisono.towers.foreign.importing import (
    VISION_EXTRA,
    BackboneError,
    from_transformers,
    importing,
    loading,
)


def native_dimension(kind: str, modality: Modality) -> int:
    """Length of the vectors of ``build_backbone(kind, modality, native=True)``.

    Those of a joint model (CLAP, open_clip) are its joint embedding; of other nets the features.
    Only the configuration is read; a model of sentence-transformers is loaded as a whole, since
    its modules decide together. Raises BackboneError where the configuration cannot be read.
    """
    library, _, name = kind.partition(":")
    if library == "timm":
        return _of_timm(name, 1 if modality is Modality.AUDIO else 3)
    if library == "open_clip":
        return _of_open_clip(name)
    if library == "sentence-transformers":
        from unisono.towers.foreign.sentence_transformer import SentenceTransformerText

        return SentenceTransformerText(name, None).dimension
    with loading(name):
        settings, _ = from_transformers("PretrainedConfig").get_config_dict(name)
    if library == "clap":
        config: Any = from_transformers("ClapConfig").from_dict(settings)
        return int(config.projection_dim)
    # The default of every configuration class that ast and mert may have.
    return int(settings.get("hidden_size", 768))


def check_native(kind: str, has: int, dimension: int) -> None:
    """Raise BackboneError unless the net's own vectors are as long as the space's."""
    if has != dimension:
        raise BackboneError(
            f"{kind} has {has} dimensions of its own, and the space {dimension}; "
            f"set nets.character_dimension to {has} and nets.notes_dimension to 0"
        )


def _of_timm(name: str, in_chans: int) -> int:
    import torch

    from unisono.towers.foreign.timm_image import TimmImage

    with torch.device("meta"):  # shapes without numbers
        return TimmImage(name, None, in_chans=in_chans, pretrained=False).dimension


def _of_open_clip(name: str) -> int:
    from unisono.towers.foreign.open_clip_image import model_config, split_tag

    with importing("open_clip", VISION_EXTRA):
        import open_clip  # noqa: F401
    return int(model_config(split_tag(name)[0])["embed_dim"])
