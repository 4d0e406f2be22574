"""Pictures with music of their own as a source of pairs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from unisono.data.errors import ReadError
from unisono.data.modality import Modality
from unisono.data.pairs.clips import audio_side, text_side
from unisono.data.pairs.config import CoversSource
from unisono.data.pairs.crops import crop_picture
from unisono.data.pairs.folders import open_folder, open_table
from unisono.data.pairs.roles import check_roles
from unisono.data.pairs.source import Item, Side, SourceError
from unisono.data.sources.clips import PicturedClip, pictured_clips

_ROLES = {"cover": Modality.COVER, "audio": Modality.AUDIO, "text": Modality.TEXT}


def open_covers(config: CoversSource) -> CoverPairs:
    """Read the pictures of a split that have music; raises SourceError where there are none."""
    folder = open_folder(config.folder)
    table = open_table(folder, "covers.parquet")
    try:
        covers = pictured_clips(folder, config.split, free_only=config.free_only)
    except ReadError as error:
        raise SourceError(str(error)) from error
    if not covers:
        free = " under a free licence" if config.free_only else ""
        raise SourceError(f"{table} has no picture with music{free} in the split '{config.split}'")
    return CoverPairs(covers, augment=config.augment, name=str(folder))


class CoverPairs:
    """An item is a picture, the music it belongs to and words for it.

    Augmented, the picture is cropped to three quarters of its side and mirrored or not, and
    excerpt and caption are drawn anew every time; otherwise it is the whole picture, the middle
    of the music and the first caption.
    """

    def __init__(
        self, covers: Sequence[PicturedClip], *, augment: bool, name: str = "covers"
    ) -> None:
        self._covers = covers
        self._augment = augment
        self._name = name
        self.roles: Mapping[str, Modality] = _ROLES
        self.works: Sequence[str] = [cover.name for cover in covers]  # each picture is one
        self.shares: npt.NDArray[np.float64] | None = None
        self.fixed = not augment

    def draw(self, index: int, roles: Collection[str], random: np.random.Generator) -> Item:
        """Picture ``index`` with an excerpt of its music."""
        check_roles(roles, _ROLES, self._name)
        cover = self._covers[index]
        chosen = random if self._augment else None
        sides = {}
        if "cover" in roles:
            picture = cover.image if chosen is None else crop_picture(cover.image, chosen)
            sides["cover"] = Side(Modality.COVER, picture, cover.name)
        if "text" in roles:
            sides["text"] = text_side(cover.captions, chosen)
        if "audio" in roles:
            sides["audio"] = audio_side(cover.waveform, cover.name, chosen)
        return Item(sides, cover.name)
