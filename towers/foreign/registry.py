"""Foreign backbones by name: ``timm:mobilenetv4_conv_small``, ``clap:laion/clap-htsat-unfused``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from unisono.data.modality import Modality
from unisono.towers.foreign.importing import BackboneError
from unisono.towers.foreign.native import check_native, native_dimension

if TYPE_CHECKING:
    from unisono.towers.foreign.backbone import Backbone

_PICTURES = (Modality.COVER, Modality.SHEET)

KINDS: dict[str, tuple[Modality, ...]] = {
    "ast": (Modality.AUDIO,),
    "clap": (Modality.AUDIO, Modality.TEXT),
    "mert": (Modality.AUDIO,),
    "open_clip": (*_PICTURES, Modality.TEXT),
    "sentence-transformers": (Modality.TEXT,),
    "timm": (*_PICTURES, Modality.AUDIO),
}
"""What stands before the colon, and the modalities for which it has a backbone."""


def build_backbone(
    kind: str,
    modality: Modality,
    *,
    dimension: int,
    pretrained: bool | str | Path = True,
    frozen: bool = False,
    in_chans: int = 3,
    trust_remote_code: bool = False,
    native: bool = False,
) -> Backbone:
    """Build the backbone that ``kind`` names, for one modality.

    kind: ``library:name``, the name as that library knows it (or a folder, where it takes one);
    for open_clip ``open_clip:name@tag``, the tag that of its weights.
    dimension: of the vectors that come out.
    pretrained: False for random weights; for timm a checkpoint file, for open_clip the tag or
    file of the weights.
    frozen: train the projection only.
    in_chans: for timm's pictures, 1 or 3.
    trust_remote_code: for MERT, run the model code that lies beside the weights.
    native: keep the net's own embedding, which must have ``dimension`` numbers, without a
    projection behind it: the audio and the text side of CLAP stay comparable, and those of
    open_clip. Other nets have no joint embedding, and give their features.

    Audio backbones take (B, samples) at their ``sample_rate``, those for pictures
    (B, channels, H, W) in 0..1, those for text a list of B strings; all give (B, dimension).
    Raises BackboneError for an unknown kind, a modality that it has no backbone for, a library
    that is missing or broken, weights that cannot be loaded, and a native embedding of another
    length.
    """
    library, _, name = kind.partition(":")
    if library not in KINDS or not name:
        known = ", ".join(f"{known}:…" for known in KINDS)
        raise BackboneError(f"unknown backbone {kind!r}; there are {known}")
    if modality not in KINDS[library]:
        fitting = ", ".join(known for known, modalities in KINDS.items() if modality in modalities)
        raise BackboneError(
            f"{library} has no backbone for {modality}; those that do: {fitting or 'none'}"
        )
    if native and pretrained is not False:  # before anything large is fetched
        check_native(kind, native_dimension(kind, modality), dimension)
    options = _Options(
        None if native else dimension, pretrained, frozen, in_chans, trust_remote_code
    )
    backbone = _BUILDERS[library](name, modality, options)
    check_native(kind, backbone.dimension, dimension)
    return backbone


@dataclass(frozen=True)
class _Options:
    dimension: int | None
    pretrained: bool | str | Path
    frozen: bool
    in_chans: int
    trust_remote_code: bool

    def file_or_flag(self) -> bool | Path:
        return self.pretrained if isinstance(self.pretrained, bool) else Path(self.pretrained)

    def flag(self) -> bool:
        if isinstance(self.pretrained, bool):
            return self.pretrained
        raise BackboneError(
            "only timm and open_clip take separate weights; name a folder after the colon"
        )


# torch and the libraries are imported in the builders, so that a list of kinds costs nothing.


def _ast(name: str, modality: Modality, options: _Options) -> Backbone:
    from unisono.towers.foreign.audio_spectrogram_transformer import AudioSpectrogramTransformer

    return AudioSpectrogramTransformer(
        name, options.dimension, pretrained=options.flag(), frozen=options.frozen
    )


def _clap(name: str, modality: Modality, options: _Options) -> Backbone:
    from unisono.towers.foreign.clap import ClapAudio, ClapText

    side = ClapText if modality is Modality.TEXT else ClapAudio
    return side(name, options.dimension, pretrained=options.flag(), frozen=options.frozen)


def _mert(name: str, modality: Modality, options: _Options) -> Backbone:
    from unisono.towers.foreign.mert import Mert

    return Mert(
        name,
        options.dimension,
        pretrained=options.flag(),
        frozen=options.frozen,
        trust_remote_code=options.trust_remote_code,
    )


def _open_clip(name: str, modality: Modality, options: _Options) -> Backbone:
    from unisono.towers.foreign.open_clip_image import OpenClipImage, OpenClipText, split_tag

    side = OpenClipText if modality is Modality.TEXT else OpenClipImage
    model, tag = split_tag(name)
    weights = tag if tag and options.pretrained is True else options.pretrained
    return side(model, options.dimension, pretrained=weights, frozen=options.frozen)


def _sentence_transformers(name: str, modality: Modality, options: _Options) -> Backbone:
    from unisono.towers.foreign.sentence_transformer import SentenceTransformerText

    return SentenceTransformerText(
        name, options.dimension, pretrained=options.flag(), frozen=options.frozen
    )


def _timm(name: str, modality: Modality, options: _Options) -> Backbone:
    from unisono.towers.foreign.timm_image import TimmImage, TimmSpectrogram

    weights, frozen = options.file_or_flag(), options.frozen
    if modality is Modality.AUDIO:
        return TimmSpectrogram(name, options.dimension, pretrained=weights, frozen=frozen)
    return TimmImage(
        name, options.dimension, in_chans=options.in_chans, pretrained=weights, frozen=frozen
    )


_BUILDERS: dict[str, Callable[[str, Modality, _Options], Backbone]] = {
    "ast": _ast,
    "clap": _clap,
    "mert": _mert,
    "open_clip": _open_clip,
    "sentence-transformers": _sentence_transformers,
    "timm": _timm,
}
