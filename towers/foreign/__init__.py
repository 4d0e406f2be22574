"""Backbones of other libraries by name: CLAP, MERT, AST, timm, open_clip, sentence models."""

from unisono.towers.foreign.importing import BackboneError
from unisono.towers.foreign.native import native_dimension
from unisono.towers.foreign.registry import KINDS, build_backbone

__all__ = ["KINDS", "BackboneError", "build_backbone", "native_dimension"]
