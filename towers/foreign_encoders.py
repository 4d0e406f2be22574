"""Encoders around foreign backbones: windows of sound or strip, whole pictures, whole texts.

A backbone gives vectors as long as the space's; they are cut into the two views. Pictures and
texts use the character's part alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from unisono.data.modality import Modality
from unisono.data.places import Place, TimeSpan
from unisono.data.readers.audio import read_blocks
from unisono.data.readers.cover import read_cover
from unisono.data.readers.sheet import read_strip
from unisono.towers.foreign.backbone import AudioBackbone, Backbone
from unisono.towers.pooling import ItemViews, unit, weighted_mean
from unisono.towers.text_encoder import text_of, text_views
from unisono.towers.views import Views

FloatArray = npt.NDArray[np.float32]

WINDOW_S = 10.0
STRIP_WINDOW_PX = 256
PICTURE_SIZE = 224


class ForeignAudioEncoder:
    """Windows of ten seconds; a hop of its own does not apply."""

    def __init__(self, backbone: AudioBackbone, views: Views) -> None:
        self._backbone = backbone
        self._views = views

    def encode(self, path: Path, hop_s: float | None = None) -> ItemViews:
        """Raises ReadError for a file without sound."""
        rate = self._backbone.sample_rate
        rows, places, lengths, start = [], list[Place | None](), [], 0.0
        for block in read_blocks(path, rate, WINDOW_S):
            rows.append(_run(self._backbone, torch.from_numpy(block)[None]))
            lengths.append(len(block) / rate)
            places.append(TimeSpan(start, start + lengths[-1]))
            start += lengths[-1]
        weights = np.array(lengths, np.float32) / WINDOW_S
        return _views_of(np.concatenate(rows), weights, places, self._views, start)


class ForeignSheetEncoder:
    """Windows of the long strip, three equal channels."""

    def __init__(self, backbone: Backbone, views: Views) -> None:
        self._backbone = backbone
        self._views = views

    def encode(self, path: Path, hop_s: float | None = None) -> ItemViews:
        """Raises ReadError for a file without music."""
        strip = read_strip(path)
        rows, places = [], list[Place | None]()
        for start in range(0, strip.ink.shape[1], STRIP_WINDOW_PX // 2):
            window = strip.ink[:, start : start + STRIP_WINDOW_PX]
            window = np.pad(window, ((0, 0), (0, STRIP_WINDOW_PX - window.shape[1])))
            image = torch.from_numpy(1.0 - window.astype(np.float32) / 255.0)
            rows.append(_run(self._backbone, image.expand(1, 3, -1, -1)))
            places.append(strip.regions(start + STRIP_WINDOW_PX / 2, STRIP_WINDOW_PX / 2))
        weights = np.ones(len(rows), np.float32)
        return _views_of(np.concatenate(rows), weights, places, self._views, None)


class ForeignCoverEncoder:
    """The middle square of a picture."""

    def __init__(self, backbone: Backbone, views: Views) -> None:
        self._backbone = backbone
        self._views = views

    def encode(self, path: Path, hop_s: float | None = None) -> ItemViews:
        """Raises ReadError for a file that is no picture."""
        image = torch.from_numpy(read_cover(path, PICTURE_SIZE))[None]
        return text_views(_character(_run(self._backbone, image), self._views))


class ForeignTextEncoder:
    """Any text model; needs torch, which the default one does not."""

    def __init__(self, backbone: Backbone, views: Views) -> None:
        self._backbone = backbone
        self._views = views

    def encode_texts(self, texts: Sequence[str]) -> FloatArray:
        """(len(texts), character_dimension), unit length."""
        with torch.inference_mode():
            vectors = self._backbone(list(texts)).float().numpy()
        return _character(vectors, self._views)

    def encode(self, item: str | Path, hop_s: float | None = None) -> ItemViews:
        """A sentence, or a text file; raises ReadError for a file of no text."""
        return text_views(self.encode_texts([text_of(item)]))


def foreign_encoder(
    modality: Modality, backbone: nn.Module, views: Views
) -> ForeignAudioEncoder | ForeignSheetEncoder | ForeignCoverEncoder | ForeignTextEncoder:
    """The encoder of a modality around a backbone built for it."""
    assert isinstance(backbone, Backbone)
    backbone.eval()
    if isinstance(backbone, AudioBackbone):
        return ForeignAudioEncoder(backbone, views)
    if modality == Modality.SHEET:
        return ForeignSheetEncoder(backbone, views)
    if modality == Modality.COVER:
        return ForeignCoverEncoder(backbone, views)
    return ForeignTextEncoder(backbone, views)


def _run(backbone: nn.Module, batch: Tensor) -> FloatArray:
    with torch.inference_mode():
        return np.asarray(backbone(batch).float().numpy(), np.float32)


def _character(vectors: FloatArray, views: Views) -> FloatArray:
    return unit(vectors[:, views.notes_dimension :])


def _views_of(
    vectors: FloatArray,
    weights: FloatArray,
    places: Sequence[Place | None],
    views: Views,
    duration_s: float | None,
) -> ItemViews:
    notes = unit(vectors[:, : views.notes_dimension])
    character = _character(vectors, views)
    return ItemViews(
        notes=notes,
        character=character,
        weights=weights,
        places=places,
        whole_notes=unit(weighted_mean(notes, weights)),
        whole_character=unit(weighted_mean(character, weights)),
        duration_s=duration_s,
    )
