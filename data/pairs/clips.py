"""Real recordings with words of their genre as a source of pairs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from unisono.data.augmentation import EQUALISER_BINS, augment_waveform, draw_equaliser
from unisono.data.errors import ReadError
from unisono.data.excerpts import EXCERPT_S
from unisono.data.modality import Modality
from unisono.data.pairs.config import ClipsSource
from unisono.data.pairs.crops import crop_waveform
from unisono.data.pairs.folders import open_folder, open_table
from unisono.data.pairs.roles import check_roles
from unisono.data.pairs.source import WAVEFORM_RATE, Item, Side, SourceError
from unisono.data.sources.clips import CaptionedClip, captioned_clips

FloatArray = npt.NDArray[np.float32]

_ROLES = {"audio": Modality.AUDIO, "text": Modality.TEXT}


def open_clips(config: ClipsSource) -> ClipPairs:
    """Read the clips of a split; raises SourceError where there are none."""
    folder = open_folder(config.folder)
    table = open_table(folder, "clips.parquet")
    try:
        clips = captioned_clips(folder, config.split, free_only=config.free_only)
    except ReadError as error:
        raise SourceError(str(error)) from error
    if not clips:
        free = " under a free licence" if config.free_only else ""
        raise SourceError(f"{table} has no clip of the split '{config.split}'{free}")
    return ClipPairs(clips, augment=config.augment, name=str(folder))


class ClipPairs:
    """An item is a clip: ``EXCERPT_S`` seconds of it and one of the captions it may have.

    Augmented, both are drawn anew every time; otherwise it is the middle and the first caption.
    """

    def __init__(
        self, clips: Sequence[CaptionedClip], *, augment: bool, name: str = "clips"
    ) -> None:
        self._clips = clips
        self._augment = augment
        self._name = name
        self.roles: Mapping[str, Modality] = _ROLES
        self.works: Sequence[str] = [clip.name for clip in clips]  # each clip is one
        self.shares: npt.NDArray[np.float64] | None = None
        self.fixed = not augment

    def draw(self, index: int, roles: Collection[str], random: np.random.Generator) -> Item:
        """An excerpt of clip ``index``."""
        check_roles(roles, _ROLES, self._name)
        clip = self._clips[index]
        chosen = random if self._augment else None
        sides = {}
        if "text" in roles:
            sides["text"] = text_side(clip.captions, chosen)
        if "audio" in roles:
            sides["audio"] = audio_side(clip.waveform, clip.name, chosen)
        return Item(sides, clip.name)


def audio_side(waveform: FloatArray, identity: str, random: np.random.Generator | None) -> Side:
    """``EXCERPT_S`` seconds at a random place as another room would give them; or the middle.

    identity: of the recording, by which two excerpts of it are known as the same.
    """
    crop = crop_waveform(waveform, round(EXCERPT_S * WAVEFORM_RATE), random)
    if random is None:
        return Side(Modality.AUDIO, crop, identity)
    changed = augment_waveform(crop, random)
    equaliser = draw_equaliser(EQUALISER_BINS, random)
    return Side(Modality.AUDIO, changed, identity, equaliser=equaliser)


def text_side(captions: Sequence[str], random: np.random.Generator | None) -> Side:
    """One of the captions at random, or the first."""
    text = captions[0 if random is None else int(random.integers(len(captions)))]
    return Side(Modality.TEXT, text, text)
