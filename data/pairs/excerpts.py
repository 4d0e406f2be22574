"""Excerpts of prepared pieces as a source of pairs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.data.augmentation import EQUALISER_BINS, draw_equaliser
from unisono.data.building.unpacked import banks_of, opened_pack
from unisono.data.corpus import load_pieces
from unisono.data.errors import ReadError
from unisono.data.excerpts import EXCERPT_S, Excerpt, ExcerptSource
from unisono.data.modality import Modality
from unisono.data.pairs.config import ExcerptsSource
from unisono.data.pairs.folders import open_folder
from unisono.data.pairs.roles import check_roles
from unisono.data.pairs.source import Item, Side, SourceError
from unisono.data.prepare_banks import load_banks
from unisono.data.sound.sampled_notes import BUILT_IN, Bank

_ROLES = {
    "audio": Modality.AUDIO,
    "sheet": Modality.SHEET,
    "midi": Modality.MIDI,
    "text": Modality.TEXT,
    "sheet_text": Modality.TEXT,
}


def open_excerpts(config: ExcerptsSource) -> ExcerptPairs:
    """Load the pieces of a split and the banks; raises SourceError where there are none."""
    prepared = open_prepared(config.prepared)
    folder = prepared / config.split
    if not folder.is_dir():
        there = ", ".join(sorted(path.name for path in prepared.iterdir() if path.is_dir()))
        raise SourceError(
            f"{prepared} has no split '{config.split}'; its splits are {there or 'none'}"
        )
    pieces = load_pieces(folder)
    if not pieces:
        raise SourceError(f"{folder} holds no prepared piece; make some with unisono data build")
    return ExcerptPairs(
        ExcerptSource(pieces, banks_by_word(prepared, config.banks)),
        items=config.items,
        name=str(folder),
    )


def open_prepared(name: str) -> Path:
    """A folder of prepared pieces, or that of a pack; raises SourceError."""
    path = Path(name).expanduser()
    if not path.is_file():
        return open_folder(name)
    try:
        return opened_pack(path)
    except ReadError as error:
        raise SourceError(str(error)) from error


def banks_by_word(prepared: Path, banks: str) -> dict[str, list[Bank]]:
    """Banks of a folder, or those that go with prepared pieces; raises SourceError."""
    folder = banks_of(prepared) if banks == BUILT_IN else open_folder(banks)
    by_word = load_banks(folder)
    if "piano" not in by_word:
        raise SourceError(
            f"{folder} holds no bank of a piano; make one with python -m unisono.data.prepare_banks"
        )
    return by_word


class ExcerptPairs:
    """An item is a piece, drawn as an excerpt of it, or one of ``items`` excerpts kept fixed."""

    def __init__(self, excerpts: ExcerptSource, *, items: int = 0, name: str = "excerpts") -> None:
        self._excerpts = excerpts
        self._name = name
        self.roles: Mapping[str, Modality] = _ROLES
        self.fixed = items > 0
        pieces = excerpts.works
        self.works = [pieces[i % len(pieces)] for i in range(items)] if items else pieces
        # long pieces come more often, by the root of their notes; fixed excerpts all alike
        self.shares = None if self.fixed else excerpts.shares

    def draw(self, index: int, roles: Collection[str], random: np.random.Generator) -> Item:
        """An excerpt of piece ``index``; a fixed one is the same for all generators and roles."""
        check_roles(roles, _ROLES, self._name)
        if self.fixed:
            random = np.random.default_rng(index)
            excerpt = self._excerpts.draw_from(index % len(self._excerpts.works), random)
        else:
            excerpt = self._excerpts.draw_from(
                index, random, sound="audio" in roles, strip="sheet" in roles
            )
        identity = f"{self._name} {index}" if self.fixed else ""
        # drawn last, so that the rest of a fixed excerpt is the same for all roles
        equaliser = draw_equaliser(EQUALISER_BINS, random) if "audio" in roles else None
        sides = {role: _side(excerpt, role, identity, equaliser) for role in roles}
        return Item(sides, excerpt.work, excerpt.usable)


def _side(
    excerpt: Excerpt, role: str, identity: str, equaliser: npt.NDArray[np.float32] | None
) -> Side:
    if role == "audio":
        return Side(
            Modality.AUDIO,
            excerpt.waveform,
            identity,
            anchors=excerpt.audio_s,
            equaliser=equaliser,
        )
    if role == "sheet":
        return Side(Modality.SHEET, excerpt.strip, identity, anchors=excerpt.strip_x)
    if role == "midi":
        return Side(
            Modality.MIDI, excerpt.notes, identity, anchors=excerpt.midi_s, duration_s=EXCERPT_S
        )
    text = excerpt.sounding_caption if role == "text" else excerpt.sheet_caption
    return Side(Modality.TEXT, text, text)
