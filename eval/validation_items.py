"""What the default space is validated on: valid splits only, encoded once.

Scores sound through FluidSynth with a soundfont that training did not hear.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from unisono.data.captions import Description, Known, describe, mode_of
from unisono.data.corpus import long_strip
from unisono.data.engraving import engrave
from unisono.data.modality import Modality
from unisono.data.notes import Notes
from unisono.data.pages.strips import LongStrip
from unisono.data.readers.midi import read_midi
from unisono.data.readers.musicxml import read_musicxml
from unisono.data.sources import msmd, openscore
from unisono.data.sources.clips import CaptionedClip, PicturedClip, captioned_clips, pictured_clips
from unisono.eval.harness.engraved_scores import sounding_notes
from unisono.eval.harness.rendered_sound import synthesise
from unisono.towers.encoding import Encoding
from unisono.towers.space import Space

FloatArray = npt.NDArray[np.float32]

FINEST_HOP_S = 0.2
SPLIT = "valid"
"""The split that choices are made on and the table shows; nothing here touches the test split."""


@dataclass(frozen=True)
class ScoreItem:
    """A valid piece in three modalities, passages at the finest hop, and a description."""

    name: str
    audio: Encoding
    midi: Encoding
    sheet: Encoding
    description: Description
    strip: LongStrip

    def encoding(self, modality: Modality) -> Encoding:
        """Of audio, MIDI or sheet."""
        encoding: Encoding = getattr(self, str(modality))
        return encoding


@dataclass(frozen=True)
class ClipItem:
    """A real clip with its genre."""

    clip: CaptionedClip
    audio: Encoding


@dataclass(frozen=True)
class PictureItem:
    """A real picture and the music that belongs to it."""

    picture: PicturedClip
    cover: Encoding
    audio: Encoding


def msmd_items(space: Space, root: Path, soundfont: Path) -> Iterator[ScoreItem]:
    """The valid pieces of the msmd folder."""
    for name, _ in msmd.piece_names(root, SPLIT):
        folder = root / SPLIT / name
        strip, _ = msmd.load_strip(folder)
        notes = read_midi(folder / "score.mid").notes
        title = name.rpartition("__")[2].replace("-", " ")
        yield _score_item(space, name, strip, notes, ("piano",), title, soundfont)


def song_items(space: Space, root: Path, soundfont: Path, limit: int) -> Iterator[ScoreItem]:
    """Some valid songs of the lieder folder, the shorter ones."""
    facts = sorted(openscore.songs(root, SPLIT), key=lambda fact: fact.identifier)
    for fact in facts[:: max(1, len(facts) // limit)][:limit]:
        xml = read_musicxml(root / "scores" / f"{fact.identifier}.mxl")
        engraving = engrave(xml, name=fact.identifier)
        instruments = openscore.staff_instruments(xml)
        notes = sounding_notes(engraving, xml)
        strip = long_strip(engraving)
        yield _score_item(space, fact.identifier, strip, notes, instruments, fact.title, soundfont)


def clip_items(space: Space, root: Path) -> list[ClipItem]:
    """Real valid clips with a core genre."""
    return [
        ClipItem(clip, space.encode_item(root / clip.name))
        for clip in captioned_clips(root, SPLIT, free_only=False)
        if clip.genre in CORE_GENRES
    ]


CORE_GENRES = (
    "ambient",
    "chiptune",
    "classical",
    "electronic",
    "folk_song",
    "folk_world",
    "metal",
    "orchestral",
    "soundtrack",
)


def picture_items(space: Space, root: Path) -> list[PictureItem]:
    """Real valid pictures that have music of their own; there are only a few."""
    import pyarrow.parquet as parquet

    audio = {
        row["file"]: row["audio_file"]
        for row in parquet.read_table(root / "covers.parquet").to_pylist()
    }
    return [
        PictureItem(
            picture,
            space.encode_item(root / picture.name, modality=Modality.COVER),
            space.encode_item(root / audio[picture.name]),
        )
        for picture in pictured_clips(root, SPLIT, free_only=False)
    ]


def _score_item(
    space: Space,
    name: str,
    strip: LongStrip,
    notes: Notes,
    instruments: tuple[str, ...],
    title: str,
    soundfont: Path,
) -> ScoreItem:
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "score.wav"
        synthesise(notes, soundfont, sound)
        audio = space.encode_item(sound, hop_s=FINEST_HOP_S)
    duration = notes.offset_s - notes.onset_s
    sheet = space.encode_strip(strip, step=1)
    return ScoreItem(
        name=name,
        audio=audio,
        midi=space.encode_notes(notes, hop_s=FINEST_HOP_S),
        sheet=sheet,
        description=describe(
            notes.onset_s,
            notes.pitch,
            duration,
            instruments=instruments,
            mode=mode_of(notes.pitch, duration),
            known=Known(title=title),
        ),
        strip=strip,
    )
